import { type Compilable, Kysely, sql } from 'kysely';
import { type BoundValue, ConstraintError, type Database, type DatabaseCapabilities } from '../database.ts';
import { RetryableError, translatePostgresError } from './postgres-errors.ts';
import { quoteIdentifier } from './quote-identifier.ts';
import { SharedPool } from './shared-pool.ts';
import { TranslatingDialect } from './translating-dialect.ts';

const CAPABILITIES: DatabaseCapabilities = {
  rowLocks: true,
  identityColumns: true,
  codePointCollation: 'C',
  bytesType: 'bytea',
  maxBoundValues: 60_000,
  clockText: '(extract(epoch from clock_timestamp()) * 1000)::bigint',
};

const WRITE_SHARE = 0.6;
const MAX_ATTEMPTS = 6;
const FIRST_BACKOFF_MS = 5;

export interface PostgresCellOptions {
  readonly url: string;
  /** Of both kinds: some write and the others read, so that reads never queue behind writes that wait for a lock. */
  readonly maxConnections: number;
  readonly connectTimeoutMs: number;
}

export interface PostgresOptions extends PostgresCellOptions {
  /** The schema that holds the tables; it is created when it is missing. */
  readonly schema: string;
}

/** One PostgreSQL database (15 or newer) that holds the schemas of many instances, which share its connections. */
export interface PostgresCell {
  /** Opens a schema, which is created when it is missing. @throws Error when the server cannot be reached */
  openDatabase<Schema>(schema: string): Promise<Database<Schema>>;
  /** After all that it has opened. */
  close(): Promise<void>;
}

/** Nothing is asked of the server before a schema is opened. */
export function createPostgresCell(options: PostgresCellOptions): PostgresCell {
  const writeConnections = Math.max(1, Math.ceil(options.maxConnections * WRITE_SHARE));
  const readConnections = Math.max(1, options.maxConnections - writeConnections);
  const writing = new SharedPool({ ...options, maxConnections: writeConnections });
  const reading = new SharedPool({ ...options, maxConnections: readConnections });
  return {
    openDatabase: async <Schema>(schema: string) => {
      await createSchema(writing, schema);
      return new PostgresDatabase<Schema>({ writing, reading, schema });
    },
    close: async () => {
      await Promise.all([writing.close(), reading.close()]);
    },
  };
}

/** Opens one schema with connections of its own. @throws Error when the server cannot be reached within the time-out */
export async function openPostgresDatabase<Schema>(options: PostgresOptions): Promise<Database<Schema>> {
  const cell = createPostgresCell(options);
  try {
    const database = await cell.openDatabase<Schema>(options.schema);
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

/** `if not exists` is not safe against itself: of two starts at once one may still hear that the schema exists. */
async function createSchema(pool: SharedPool, schema: string): Promise<void> {
  try {
    await pool.query(schema, { text: `create schema if not exists ${quoteIdentifier(schema)}` });
  } catch (cause) {
    const error = translatePostgresError(cause);
    if (!(error instanceof ConstraintError)) throw error;
  }
}

/** Drops the schema with everything in it: the end of an instance. */
export async function dropPostgresSchema(options: PostgresOptions): Promise<void> {
  const pool = new SharedPool(options);
  try {
    await pool.query(options.schema, { text: `drop schema if exists ${quoteIdentifier(options.schema)} cascade` });
  } finally {
    await pool.close();
  }
}

class PostgresDatabase<Schema> implements Database<Schema> {
  readonly engine = 'postgres';
  readonly schema: string;
  readonly capabilities = CAPABILITIES;
  readonly reader: Kysely<Schema>;
  readonly #reading: SharedPool;
  readonly #writer: Kysely<Schema>;
  readonly #writes = new Set<Promise<unknown>>();
  #isClosed = false;

  constructor(init: { readonly writing: SharedPool; readonly reading: SharedPool; readonly schema: string }) {
    const { writing, reading, schema } = init;
    this.#reading = reading;
    this.schema = schema;
    this.#writer = new Kysely<Schema>({ dialect: new TranslatingDialect({ pool: writing.forSchema(schema) }) });
    this.reader = new Kysely<Schema>({ dialect: new TranslatingDialect({ pool: reading.forSchema(schema) }) });
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
        return await this.#reading.query<Row>(this.schema, { name, text: numbered, values: [...values] });
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
  }
}

function delay(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
