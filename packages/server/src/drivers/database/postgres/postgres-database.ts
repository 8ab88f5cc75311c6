import { type Compilable, Kysely, sql } from 'kysely';
import pg from 'pg';
import { type BoundValue, ConstraintError, type Database, type DatabaseCapabilities } from '../database.ts';
import { RetryableError, translatePostgresError } from './postgres-errors.ts';
import { TranslatingDialect } from './translating-dialect.ts';

const CAPABILITIES: DatabaseCapabilities = {
  rowLocks: true,
  identityColumns: true,
  codePointCollation: 'C',
  bytesType: 'bytea',
  maxBoundValues: 60_000,
};

const WRITE_SHARE = 0.6;
const MAX_ATTEMPTS = 6;
const FIRST_BACKOFF_MS = 5;
const INT8_OID = 20;
/** No statement, lock or forgotten transaction holds a connection for long. */
const SESSION_SETTINGS = ['statement_timeout=30s', 'lock_timeout=5s', 'idle_in_transaction_session_timeout=60s'];

export interface PostgresOptions {
  readonly url: string;
  /** The schema that holds the tables; it is created when it is missing. */
  readonly schema: string;
  /** Of both kinds: some write and the others read, so that reads never queue behind writes that wait for a lock. */
  readonly maxConnections: number;
  readonly connectTimeoutMs: number;
}

/**
 * Opens one schema of a PostgreSQL database (15 or newer).
 * @throws Error when the server cannot be reached within the time-out.
 */
export async function openPostgresDatabase<Schema>(options: PostgresOptions): Promise<Database<Schema>> {
  const writeConnections = Math.max(1, Math.ceil(options.maxConnections * WRITE_SHARE));
  const readConnections = Math.max(1, options.maxConnections - writeConnections);
  const writing = createPool({ ...options, maxConnections: writeConnections });
  try {
    await createSchema(writing, options.schema);
  } catch (error) {
    await writing.end();
    throw translatePostgresError(error);
  }
  const reading = createPool({ ...options, maxConnections: readConnections });
  return new PostgresDatabase<Schema>(writing, reading, options.schema);
}

/** `if not exists` is not safe against itself: of two starts at once one may still hear that the schema exists. */
async function createSchema(pool: pg.Pool, schema: string): Promise<void> {
  try {
    await pool.query(`create schema if not exists ${quoteIdentifier(schema)}`);
  } catch (error) {
    if (!(translatePostgresError(error) instanceof ConstraintError)) throw error;
  }
}

/** Drops the schema with everything in it: the end of an instance. */
export async function dropPostgresSchema(options: PostgresOptions): Promise<void> {
  const pool = createPool(options);
  try {
    await pool.query(`drop schema if exists ${quoteIdentifier(options.schema)} cascade`);
  } finally {
    await pool.end();
  }
}

function createPool(options: PostgresOptions): pg.Pool {
  const pool = new pg.Pool({
    connectionString: options.url,
    max: options.maxConnections,
    connectionTimeoutMillis: options.connectTimeoutMs,
    application_name: 'roadstead',
    options: [`search_path=${options.schema}`, ...SESSION_SETTINGS].map((setting) => `-c ${setting}`).join(' '),
    types: { getTypeParser: (oid: number, format?: 'text' | 'binary') => parserOf(oid, format) },
  });
  // An idle connection that breaks is replaced by the pool; without a listener it would end the process.
  pool.on('error', () => undefined);
  // The same for one that breaks while it is in use: whoever uses it hears of it from the statement.
  pool.on('connect', (client) => client.on('error', () => undefined));
  return pool;
}

/** 64-bit integers arrive as numbers: ids, sizes and instants all stay below 2^53. */
function parserOf(oid: number, format?: 'text' | 'binary'): (value: string) => unknown {
  if (oid === INT8_OID) return Number;
  return pg.types.getTypeParser(oid, format ?? 'text') as (value: string) => unknown;
}

function quoteIdentifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

class PostgresDatabase<Schema> implements Database<Schema> {
  readonly engine = 'postgres';
  readonly schema: string;
  readonly capabilities = CAPABILITIES;
  readonly reader: Kysely<Schema>;
  readonly #reading: pg.Pool;
  readonly #writer: Kysely<Schema>;
  readonly #pools: readonly pg.Pool[];
  readonly #writes = new Set<Promise<unknown>>();
  #isClosed = false;

  constructor(writing: pg.Pool, reading: pg.Pool, schema: string) {
    this.#reading = reading;
    this.#pools = [writing, reading];
    this.schema = schema;
    this.#writer = new Kysely<Schema>({ dialect: new TranslatingDialect({ pool: writing }) });
    this.reader = new Kysely<Schema>({ dialect: new TranslatingDialect({ pool: reading }) });
  }

  write<Result>(command: (tx: Kysely<Schema>) => Promise<Result>): Promise<Result> {
    if (this.#isClosed) return Promise.reject(new Error('the database is closed'));
    const writing = this.#writeWithRetries(command).finally(() => this.#writes.delete(writing));
    this.#writes.add(writing);
    return writing;
  }

  async #writeWithRetries<Result>(command: (tx: Kysely<Schema>) => Promise<Result>): Promise<Result> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.#writer.transaction().execute(command);
      } catch (error) {
        if (!(error instanceof RetryableError) || attempt === MAX_ATTEMPTS) throw translatePostgresError(error);
        await delay(FIRST_BACKOFF_MS * 2 ** attempt * (0.5 + Math.random()));
      }
    }
  }

  prepareRead<Row>(name: string, text: string): (values: readonly BoundValue[]) => Promise<readonly Row[]> {
    let position = 0;
    const numbered = text.replaceAll('?', () => {
      position += 1;
      return `$${position}`;
    });
    return async (values) => {
      try {
        const result = await this.#reading.query({ name, text: numbered, values: [...values] });
        return result.rows as Row[];
      } catch (error) {
        throw translatePostgresError(error);
      }
    };
  }

  async readColumn<Value>(query: Compilable<Record<string, Value>>): Promise<readonly Value[]> {
    const { rows } = await this.reader.executeQuery<Record<string, Value>>(query.compile());
    return rows.flatMap((row) => Object.values(row));
  }

  async runMigrations(migrate: (db: Kysely<Schema>) => Promise<void>): Promise<void> {
    await migrate(this.#writer);
  }

  async checkHealth(): Promise<void> {
    const { rows } = await sql<{ refusal: boolean }>`
      select pg_is_in_recovery() or current_setting('transaction_read_only')::boolean as refusal`.execute(this.#writer);
    if (rows[0]?.refusal === true) throw new Error('the database is a standby or read-only: it cannot be written to');
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.allSettled(this.#writes);
    await Promise.all([this.reader.destroy(), this.#writer.destroy()]);
    // Kysely ends only what it has used.
    for (const pool of this.#pools) if (!pool.ended) await pool.end();
  }
}

function delay(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
