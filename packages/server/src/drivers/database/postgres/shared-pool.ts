import pg from 'pg';
import { FairTurns } from '../../../kernel/fair-turns.ts';
import { DatabaseUnavailableError } from '../database.ts';
import { quoteIdentifier } from './quote-identifier.ts';
import { StatementNames } from './statement-names.ts';

export interface SharedPoolOptions {
  readonly url: string;
  readonly maxConnections: number;
  readonly connectTimeoutMs: number;
  /** Its server may be a standby. Otherwise connections to one are refused. */
  readonly isReplica?: boolean;
}

export interface PoolQuery extends pg.QueryConfig {
  /** In ms: then the query is given up, and its connection with it. */
  readonly query_timeout?: number;
}

/** What the client says when a query with a `query_timeout` has none. */
const READ_TIMEOUT = 'Query read timeout';
const INT8_OID = 20;
/** No statement, lock or forgotten transaction holds a connection for long. */
const SESSION_SETTINGS = ['statement_timeout=30s', 'lock_timeout=5s', 'idle_in_transaction_session_timeout=60s'];
/**
 * A server that has gone without a word (no power, an address that moved meanwhile) answers no probe: the system then ends
 * the connection within some twenty seconds. Without probes whoever waits for an answer waits for ever.
 */
const KEEP_ALIVE_MS = 10_000;
/** Whoever waits for a connection for longer is told to come again. */
const MAX_WAIT_MS = 10_000;

/**
 * The connections of one process to one PostgreSQL, for all schemas in it. A connection stays set to the schema that it last
 * worked for, and to its role, and is set to another when that needs one; schemas that want connections at the same time get them in turn.
 */
export class SharedPool {
  readonly statementNames = new StatementNames();
  readonly #pool: pg.Pool;
  readonly #turns: FairTurns;
  readonly #isReplica: boolean;
  /** What sets a connection to a schema; made anew when the schema is opened, since its role may have been as well. */
  readonly #bindings = new Map<string, Binding>();
  /** What each connection was last set to. */
  readonly #bound = new WeakMap<pg.PoolClient, Binding>();

  constructor({ url, maxConnections, connectTimeoutMs, isReplica = false }: SharedPoolOptions) {
    this.#isReplica = isReplica;
    this.#turns = new FairTurns(maxConnections);
    this.#pool = new pg.Pool({
      connectionString: url,
      max: maxConnections,
      connectionTimeoutMillis: connectTimeoutMs,
      application_name: 'roadstead',
      // What is sent goes out at once, whether or not the answers to what went before have come.
      pipeline: true,
      keepAlive: true,
      keepAliveInitialDelayMillis: KEEP_ALIVE_MS,
      options: SESSION_SETTINGS.map((setting) => `-c ${setting}`).join(' '),
      types: { getTypeParser: (oid: number, format?: 'text' | 'binary') => parserOf(oid, format) },
    });
    // An idle connection that breaks is replaced by the pool; without a listener it would end the process.
    this.#pool.on('error', () => undefined);
    // The same for one that breaks while it is in use: whoever uses it hears of it from the statement.
    this.#pool.on('connect', (client) => client.on('error', () => undefined));
  }

  /** From now on, whoever works in the schema does so as this role. */
  setRole(schema: string, role: string | undefined): void {
    this.#bindings.set(schema, createBinding(schema, role));
  }

  /** A connection that is set to this schema; `release` gives it back. @throws DatabaseUnavailableError; errors of PostgreSQL */
  connect(schema: string): Promise<pg.PoolClient> {
    return this.#connect(schema, this.#bindings.get(schema) ?? createBinding(schema, undefined));
  }

  /** The same as the user of the connection, whatever role the schema has or had. */
  connectAsUser(schema: string): Promise<pg.PoolClient> {
    return this.#connect(schema, createBinding(schema, undefined));
  }

  async #connect(schema: string, binding: Binding): Promise<pg.PoolClient> {
    const endTurn = await this.#turns.take(schema, MAX_WAIT_MS);
    if (endTurn === undefined) {
      throw new DatabaseUnavailableError(new Error(`no connection was free within ${MAX_WAIT_MS} ms`));
    }
    try {
      const client = await this.#pool.connect();
      const release = client.release.bind(client);
      client.release = (error) => {
        endTurn();
        release(error);
      };
      await this.#bind(client, binding);
      return client;
    } catch (error) {
      endTurn();
      throw error;
    }
  }

  async query<Row>(schema: string, query: PoolQuery): Promise<readonly Row[]> {
    const client = await this.connect(schema);
    try {
      const { rows } = await client.query(query);
      client.release();
      return rows as Row[];
    } catch (error) {
      // The answer of a query that was given up may still come.
      client.release(error instanceof Error && error.message === READ_TIMEOUT);
      throw error;
    }
  }

  async close(): Promise<void> {
    if (!this.#pool.ended) await this.#pool.end();
  }

  async #bind(client: pg.PoolClient, binding: Binding): Promise<void> {
    if (this.#bound.get(client) === binding) return;
    try {
      if (!this.#bound.has(client) && !this.#isReplica) await assertPrimary(client);
      await client.query(binding.text);
      this.#bound.set(client, binding);
    } catch (error) {
      client.release(true);
      throw error;
    }
  }
}

interface Binding {
  readonly text: string;
}

/** Both in one message, which PostgreSQL does wholly or not at all. */
function createBinding(schema: string, role: string | undefined): Binding {
  const name = role === undefined ? 'none' : quoteIdentifier(role);
  return { text: `set search_path to ${quoteIdentifier(schema)}; set role ${name}` };
}

/** Once for each connection: what a standby answers may be no longer true, and a primary that becomes one ends its connections. */
async function assertPrimary(client: pg.PoolClient): Promise<void> {
  const { rows } = await client.query<{ standby: boolean }>('select pg_is_in_recovery() as standby');
  if (rows[0]?.standby === true) throw new DatabaseUnavailableError(new Error('the address leads to a standby'));
}

/** 64-bit integers arrive as numbers: ids, sizes and instants all stay below 2^53. */
function parserOf(oid: number, format?: 'text' | 'binary'): (value: string) => unknown {
  if (oid === INT8_OID) return Number;
  return pg.types.getTypeParser(oid, format ?? 'text') as (value: string) => unknown;
}
