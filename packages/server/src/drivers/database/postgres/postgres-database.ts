import { type Compilable, Kysely, sql } from 'kysely';
import type { BoundValue, Database, DatabaseCapabilities, Hints } from '../database.ts';
import { PipelinedDialect } from './pipelined-dialect.ts';
import { RetryableError, translated, translatePostgresError } from './postgres-errors.ts';
import { createPostgresHints } from './postgres-hints.ts';
import { dropSchema, ensureSchema, findSchemaRole, prepareSchema } from './prepare-schema.ts';
import { ReplicaWatch } from './replica-watch.ts';
import { SharedPool } from './shared-pool.ts';

const CAPABILITIES: DatabaseCapabilities = {
  rowLocks: true,
  identityColumns: true,
  codePointCollation: 'C',
  bytesType: 'bytea',
  triggerFunctions: true,
  readOneState: 'set transaction isolation level repeatable read',
  // An insert takes the lock of its table before it takes an id, and holds it until its transaction ends.
  openWriters: `
    select c.relname as table_name, l.virtualtransaction as writer
      from pg_locks l
      join pg_class c on c.oid = l.relation
      join pg_namespace n on n.oid = c.relnamespace and n.nspname = current_schema()
     where l.locktype = 'relation' and l.mode = 'RowExclusiveLock' and l.granted
       and l.database = (select oid from pg_database where datname = current_database())`,
  maxBoundValues: 60_000,
  clockText: '(extract(epoch from clock_timestamp()) * 1000)::bigint',
};

const WRITE_SHARE = 0.6;
/** Whoever waits for a replica could have had the answer of the primary. */
const REPLICA_TIMEOUT_MS = 1_000;
/** A step that waits for a table keeps everybody who comes after it waiting as well: it gives up soon, and is tried again. */
const MIGRATION_LOCK_TIMEOUT = '300ms';
const MAX_ATTEMPTS = 6;
const FIRST_BACKOFF_MS = 5;

export interface PostgresCellOptions {
  readonly url: string;
  /** Of both kinds: some write and the others read, so that reads never queue behind writes that wait for a lock. */
  readonly maxConnections: number;
  readonly connectTimeoutMs: number;
  /** A standby that may answer long lists. */
  readonly replicaUrl?: string | undefined;
}

export interface PostgresOptions extends PostgresCellOptions {
  /** The schema that holds the tables. */
  readonly schema: string;
  readonly owner: SchemaOwner;
}

/** Whose the schema is: a role's of its own, or the user's; `as-found` creates nothing and changes no owner. */
export type SchemaOwner = 'role' | 'user' | 'as-found';

/** One PostgreSQL database (15 or newer) that holds the schemas of many instances, which share its connections. */
export interface PostgresCell {
  /** Opens a schema, which is created when it is missing, unless it is to be left as found. @throws Error when the server cannot be reached */
  openDatabase<Schema>(schema: string, owner: SchemaOwner): Promise<Database<Schema>>;
  /** After all that it has opened. */
  close(): Promise<void>;
}

/** Nothing is asked of the server before a schema is opened. */
export function createPostgresCell(options: PostgresCellOptions): PostgresCell {
  const writeConnections = Math.max(1, Math.ceil(options.maxConnections * WRITE_SHARE));
  const readConnections = Math.max(1, options.maxConnections - writeConnections);
  const writing = new SharedPool({ ...options, maxConnections: writeConnections });
  const reading = new SharedPool({ ...options, maxConnections: readConnections });
  const replica = openReplica(options, readConnections);
  return {
    openDatabase: async <Schema>(schema: string, owner: SchemaOwner) => {
      const role = await SET_UP[owner](writing, schema);
      writing.setRole(schema, role);
      reading.setRole(schema, role);
      replica?.pool.setRole(schema, role);
      const hints = createPostgresHints<Schema>({ ...options, channel: schema });
      return new PostgresDatabase<Schema>({ writing, reading, replica, schema, hints });
    },
    close: async () => {
      await Promise.all([writing.close(), reading.close(), replica?.pool.close(), replica?.watch.close()]);
    },
  };
}

interface Replica {
  readonly pool: SharedPool;
  readonly watch: ReplicaWatch;
}

function openReplica(options: PostgresCellOptions, maxConnections: number): Replica | undefined {
  const { url: primaryUrl, replicaUrl, connectTimeoutMs } = options;
  if (replicaUrl === undefined) return undefined;
  return {
    pool: new SharedPool({ url: replicaUrl, maxConnections, connectTimeoutMs: REPLICA_TIMEOUT_MS, isReplica: true }),
    watch: new ReplicaWatch({ primaryUrl, replicaUrl, connectTimeoutMs }),
  };
}

/** Opens one schema with connections of its own. @throws Error when the server cannot be reached within the time-out */
export async function openPostgresDatabase<Schema>(options: PostgresOptions): Promise<Database<Schema>> {
  const cell = createPostgresCell(options);
  try {
    const database = await cell.openDatabase<Schema>(options.schema, options.owner);
    const closeDatabase = database.close.bind(database);
    database.close = async () => {
      await closeDatabase();
      await cell.close();
    };
    return database;
  } catch (error) {
    await cell.close();
    throw error;
  }
}

/** How a schema is made ready; the role to work as, if there is one. */
const SET_UP: Readonly<Record<SchemaOwner, (pool: SharedPool, schema: string) => Promise<string | undefined>>> = {
  role: prepareSchema,
  user: async (pool, schema) => {
    await ensureSchema(pool, schema);
    return undefined;
  },
  'as-found': findSchemaRole,
};

/** Drops the schema with everything in it, and its role: the end of an instance. */
export async function dropPostgresSchema(options: Omit<PostgresOptions, 'owner'>): Promise<void> {
  const pool = new SharedPool(options);
  try {
    await dropSchema(pool, options.schema);
  } finally {
    await pool.close();
  }
}

class PostgresDatabase<Schema> implements Database<Schema> {
  readonly engine = 'postgres';
  readonly schema: string;
  readonly capabilities = CAPABILITIES;
  readonly hints: Hints<Schema>;
  readonly reader: Kysely<Schema>;
  readonly #reading: SharedPool;
  readonly #replica: Replica | undefined;
  readonly #writer: Kysely<Schema>;
  readonly #writes = new Set<Promise<unknown>>();
  #isClosed = false;

  constructor(init: {
    readonly writing: SharedPool;
    readonly reading: SharedPool;
    readonly replica: Replica | undefined;
    readonly schema: string;
    readonly hints: Hints<Schema>;
  }) {
    const { writing, reading, schema } = init;
    this.#reading = reading;
    this.#replica = init.replica;
    this.schema = schema;
    this.hints = init.hints;
    this.#writer = openKysely(writing, schema);
    this.reader = openKysely(reading, schema);
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
      return translated(this.#reading.query<Row>(this.schema, { name, text: numbered, values: [...values] }));
    };
  }

  async readColumn<Value>(query: Compilable<Record<string, Value>>): Promise<readonly Value[]> {
    const { sql: text, parameters } = query.compile();
    const values = [...parameters];
    const rows =
      (await this.#askReplica<Record<string, Value>>({ text, values })) ??
      (await translated(this.#reading.query<Record<string, Value>>(this.schema, { text, values })));
    return rows.flatMap((row) => Object.values(row));
  }

  /** Undefined when there is no replica that is up to date, or it does not answer: the primary always knows. */
  async #askReplica<Row>(query: { text: string; values: unknown[] }): Promise<readonly Row[] | undefined> {
    const replica = this.#replica;
    if (replica?.watch.isFresh() !== true) return undefined;
    try {
      return await replica.pool.query<Row>(this.schema, { ...query, query_timeout: REPLICA_TIMEOUT_MS });
    } catch {
      // It may also be that a step of the schema has not come there yet, or that a cleaning has cancelled the query.
      replica.watch.distrust();
      return undefined;
    }
  }

  async runMigrations(migrate: (db: Kysely<Schema>) => Promise<void>): Promise<void> {
    await this.#writer.connection().execute(async (db) => {
      // An index on a large table may take its time.
      await sql`select set_config('lock_timeout', ${MIGRATION_LOCK_TIMEOUT}, false),
        set_config('statement_timeout', '0', false)`.execute(db);
      try {
        await migrate(db);
      } finally {
        await sql`reset lock_timeout`.execute(db);
        await sql`reset statement_timeout`.execute(db);
      }
    });
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
  }
}

function openKysely<Schema>(pool: SharedPool, schema: string): Kysely<Schema> {
  return new Kysely<Schema>({
    dialect: new PipelinedDialect({ connect: () => pool.connect(schema), names: pool.statementNames }),
  });
}

function delay(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
