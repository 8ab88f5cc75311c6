import { type CompiledQuery, Kysely, sql } from 'kysely';
import pg from 'pg';
import type { BoundValue, Database, DatabaseCapabilities } from '../database.ts';
import { RetryableError, translatePostgresError } from './postgres-errors.ts';
import { TranslatingDialect } from './translating-dialect.ts';

const CAPABILITIES: DatabaseCapabilities = {
  rowLocks: true,
  identityColumns: true,
  codePointCollation: 'C',
  bytesType: 'bytea',
  maxBoundValues: 60_000,
};

const MAX_ATTEMPTS = 6;
const FIRST_BACKOFF_MS = 5;
const INT8_OID = 20;

export interface PostgresOptions {
  readonly url: string;
  /** The schema that holds the tables; it is created when it is missing. */
  readonly schema: string;
  readonly maxConnections: number;
  readonly connectTimeoutMs: number;
}

/**
 * Opens one schema of a PostgreSQL database (15 or newer).
 * @throws Error when the server cannot be reached within the time-out.
 */
export async function openPostgresDatabase<Schema>(options: PostgresOptions): Promise<Database<Schema>> {
  const pool = createPool(options);
  try {
    await pool.query(`create schema if not exists ${quoteIdentifier(options.schema)}`);
  } catch (error) {
    await pool.end();
    throw error;
  }
  return new PostgresDatabase<Schema>(pool, options.schema);
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
    options: `-c search_path=${options.schema}`,
    types: { getTypeParser: (oid: number, format?: 'text' | 'binary') => parserOf(oid, format) },
  });
  // An idle connection that breaks is replaced by the pool; without a listener it would end the process.
  pool.on('error', () => undefined);
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
  readonly #pool: pg.Pool;
  readonly #writes = new Set<Promise<unknown>>();
  #isClosed = false;

  constructor(pool: pg.Pool, schema: string) {
    this.#pool = pool;
    this.schema = schema;
    this.reader = new Kysely<Schema>({ dialect: new TranslatingDialect({ pool }) });
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
        return await this.reader.transaction().execute(command);
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
        const result = await this.#pool.query({ name, text: numbered, values: [...values] });
        return result.rows as Row[];
      } catch (error) {
        throw translatePostgresError(error);
      }
    };
  }

  async runMigrations(migrate: (db: Kysely<Schema>) => Promise<void>): Promise<void> {
    await migrate(this.reader);
  }

  async checkHealth(): Promise<void> {
    const query: CompiledQuery = sql`select pg_is_in_recovery() as standby`.compile(this.reader);
    const { rows } = await this.reader.executeQuery<{ standby: boolean }>(query);
    if (rows[0]?.standby === true) throw new Error('the database is a standby: it cannot be written to');
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.allSettled(this.#writes);
    await this.reader.destroy();
    // Kysely ends only what it has used.
    if (!this.#pool.ended) await this.#pool.end();
  }
}

function delay(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
