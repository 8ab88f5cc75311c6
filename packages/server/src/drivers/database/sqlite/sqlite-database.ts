import { mkdir, statfs } from 'node:fs/promises';
import path from 'node:path';
import SqliteConnection from 'better-sqlite3';
import { type Compilable, Kysely, SqliteDialect } from 'kysely';
import type { BoundValue, Database, DatabaseCapabilities, Durability, ReadDatabase } from '../database.ts';
import { SqliteWriter } from './sqlite-writer.ts';
import { StatementCache } from './statement-cache.ts';

const CAPABILITIES: DatabaseCapabilities = {
  rowLocks: false,
  identityColumns: false,
  codePointCollation: undefined,
  bytesType: 'blob',
  triggerFunctions: false,
  readOneState: undefined,
  openWriters: undefined,
  maxBoundValues: 30_000,
  clockText: "cast(unixepoch('subsec') * 1000 as integer)",
};

const BUSY_TIMEOUT_MS = 5_000;
const READER_CACHE_KIB = 16_384;

/** File systems on which SQLite's locks and its write-ahead log are not safe; numbers of statfs(2). */
const NETWORK_FILESYSTEMS: ReadonlyMap<number, string> = new Map([
  [0x6969, 'NFS'],
  [0x517b, 'SMB'],
  [0xff534d42, 'CIFS'],
  [0xfe534d42, 'SMB 2'],
  [0x00c36400, 'Ceph'],
  [0x01021997, '9P'],
  [0x5346414f, 'AFS'],
]);

/**
 * Opens (and creates) the SQLite file of one instance: write-ahead log, `synchronous=FULL`, one writer, one reader.
 * @throws Error when the file lies on a network file system.
 */
export async function openSqliteDatabase<Schema>(file: string): Promise<Database<Schema>> {
  await mkdir(path.dirname(file), { recursive: true });
  await assertLocalFilesystem(path.dirname(file));
  return new SqliteDatabase<Schema>(openWriteConnection(file), new SqliteReads(() => openReadConnection(file)));
}

/** Opens a file that is written elsewhere, by another thread or process. */
export async function openSqliteReads<Schema>(file: string): Promise<ReadDatabase<Schema>> {
  const connection = openReadConnection(file);
  return new SqliteReads<Schema>(() => connection);
}

function openReadConnection(file: string): SqliteConnection.Database {
  const connection = openConnection(file);
  connection.pragma('query_only = ON');
  connection.pragma(`cache_size = -${READER_CACHE_KIB}`);
  return connection;
}

function openWriteConnection(file: string): SqliteConnection.Database {
  const connection = openConnection(file);
  connection.pragma('journal_mode = WAL');
  connection.pragma('synchronous = FULL');
  connection.pragma('foreign_keys = ON');
  connection.pragma('busy_timeout = 0');
  return connection;
}

function openConnection(file: string): SqliteConnection.Database {
  const connection = new SqliteConnection(file, { timeout: BUSY_TIMEOUT_MS });
  connection.pragma('trusted_schema = OFF');
  // Else a statement that needs a journal of its own writes to the system's temporary folder, which may be full.
  connection.pragma('temp_store = MEMORY');
  return connection;
}

async function assertLocalFilesystem(folder: string): Promise<void> {
  const { type } = await statfs(folder);
  const name = NETWORK_FILESYSTEMS.get(type);
  if (name === undefined) return;
  throw new Error(
    `${folder} lies on ${name}, where SQLite can lose data: choose a local folder, or PostgreSQL by ROADSTEAD_DATABASE_URL`,
  );
}

class SqliteReads<Schema> implements ReadDatabase<Schema> {
  readonly engine = 'sqlite';
  readonly schema = undefined;
  readonly capabilities = CAPABILITIES;
  readonly reader: Kysely<Schema>;
  readonly #open: () => SqliteConnection.Database;
  #opened: ReadStatements | undefined;
  #isClosed = false;

  /** @param open is called once, when something is read */
  constructor(open: () => SqliteConnection.Database) {
    this.#open = open;
    this.reader = new Kysely<Schema>({ dialect: new SqliteDialect({ database: async () => this.#use().rows }) });
  }

  prepareRead<Row>(_name: string, text: string): (values: readonly BoundValue[]) => Promise<readonly Row[]> {
    let statement: SqliteConnection.Statement | undefined;
    return async (values) => {
      statement ??= this.#use().connection.prepare(text);
      return statement.all(...values) as Row[];
    };
  }

  async readColumn<Value>(query: Compilable<Record<string, Value>>): Promise<readonly Value[]> {
    const { sql, parameters } = query.compile();
    return this.#use()
      .columns.prepare(sql)
      .pluck()
      .all(...parameters) as Value[];
  }

  async checkHealth(): Promise<void> {
    this.#use().connection.prepare('select 1').get();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.reader.destroy();
    // Kysely closes only what it has used.
    this.#opened?.connection.close();
  }

  #use(): ReadStatements {
    if (this.#isClosed) throw new Error('the database is closed');
    if (this.#opened === undefined) {
      const connection = this.#open();
      this.#opened = { connection, rows: new StatementCache(connection), columns: new StatementCache(connection) };
    }
    return this.#opened;
  }
}

interface ReadStatements {
  readonly connection: SqliteConnection.Database;
  readonly rows: StatementCache;
  /** Of their own, since such a statement gives no rows. */
  readonly columns: StatementCache;
}

class SqliteDatabase<Schema> implements Database<Schema> {
  readonly engine = 'sqlite';
  readonly schema = undefined;
  readonly capabilities = CAPABILITIES;
  readonly hints = undefined;
  readonly #reads: SqliteReads<Schema>;
  readonly #writer: SqliteWriter<Schema>;

  constructor(writing: SqliteConnection.Database, reads: SqliteReads<Schema>) {
    this.#reads = reads;
    this.#writer = new SqliteWriter(writing);
  }

  get reader(): Kysely<Schema> {
    return this.#reads.reader;
  }

  write<Result>(command: (tx: Kysely<Schema>) => Promise<Result>, durability?: Durability): Promise<Result> {
    return this.#writer.execute(command, durability);
  }

  prepareRead<Row>(name: string, text: string): (values: readonly BoundValue[]) => Promise<readonly Row[]> {
    return this.#reads.prepareRead(name, text);
  }

  readColumn<Value>(query: Compilable<Record<string, Value>>): Promise<readonly Value[]> {
    return this.#reads.readColumn(query);
  }

  runMigrations(migrate: (db: Kysely<Schema>) => Promise<void>): Promise<void> {
    return this.#writer.executeAlone(migrate);
  }

  async checkHealth(): Promise<void> {
    await this.#reads.checkHealth();
    await this.#writer.probe();
  }

  async close(): Promise<void> {
    await this.#writer.close();
    await this.#reads.close();
  }
}
