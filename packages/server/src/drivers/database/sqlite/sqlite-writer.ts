import type SqliteConnection from 'better-sqlite3';
import { Kysely, SqliteDialect } from 'kysely';
import { failpoint } from '../../../kernel/failpoints.ts';
import { DatabaseUnavailableError, type Durability } from '../database.ts';
import { isBusy, translateSqliteError } from './sqlite-errors.ts';
import { StatementCache } from './statement-cache.ts';

interface QueuedCommand<Schema> {
  readonly run: (tx: Kysely<Schema>) => Promise<unknown>;
  readonly durability: Durability;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** How many commands share one commit at most, so that none waits long for its neighbours. */
const MAX_GROUP = 64;
const LOCK_WAIT_MS = 5_000;
const LOCK_RETRY_MS = 10;

/**
 * The one writer of an SQLite file: commands queue here, and those that have queued while the last group was written
 * share the next commit (one fsync for all, or none where no command asks for it), each in a savepoint of its own.
 */
export class SqliteWriter<Schema> {
  readonly #connection: SqliteConnection.Database;
  readonly #statements: StatementCache;
  readonly #kysely: Kysely<Schema>;
  #queue: QueuedCommand<Schema>[] = [];
  #draining: Promise<void> | undefined;
  #closed = false;
  /** Whether the connection syncs the log at each commit now. */
  #isSyncing = true;

  constructor(connection: SqliteConnection.Database) {
    this.#connection = connection;
    this.#statements = new StatementCache(connection);
    this.#kysely = new Kysely<Schema>({ dialect: new SqliteDialect({ database: this.#statements }) });
  }

  /** @param durability of the commit; a group is as durable as the strictest of its commands asks for */
  execute<Result>(run: (tx: Kysely<Schema>) => Promise<Result>, durability: Durability = 'power-cut'): Promise<Result> {
    if (this.#closed) return Promise.reject(new Error('the database is closed'));
    return new Promise<Result>((resolve, reject) => {
      this.#queue.push({ run, durability, resolve: resolve as (value: unknown) => void, reject });
      this.#draining ??= this.#drain();
    });
  }

  /** Proves that the file can be written to: a full or read-only medium fails here. */
  async probe(): Promise<void> {
    await this.execute(async () => {
      const version = this.#connection.pragma('user_version', { simple: true });
      this.#connection.pragma(`user_version = ${Number(version)}`);
    });
  }

  /** Lends the connection for migrations before the first command: all of them are there at the end, or none. */
  async executeAlone(run: (db: Kysely<Schema>) => Promise<void>): Promise<void> {
    await this.#draining;
    this.#sync(true);
    await this.#begin();
    try {
      await run(this.#kysely);
      this.#run('COMMIT');
    } catch (error) {
      this.#rollBack();
      throw error;
    } finally {
      this.#statements.clear();
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#draining;
    await this.#kysely.destroy();
    // Kysely closes only what it has used.
    this.#connection.close();
  }

  async #drain(): Promise<void> {
    // One turn of the event loop, so that requests which arrived together share a commit.
    await new Promise((resolve) => setImmediate(resolve));
    while (this.#queue.length > 0) {
      const group = this.#queue.slice(0, MAX_GROUP);
      this.#queue = this.#queue.slice(MAX_GROUP);
      await this.#runGroup(group);
    }
    this.#draining = undefined;
  }

  async #runGroup(group: readonly QueuedCommand<Schema>[]): Promise<void> {
    const settle: (() => void)[] = [];
    try {
      this.#sync(group.some(({ durability }) => durability === 'power-cut'));
      await this.#begin();
      for (const command of group) settle.push(await this.#runInSavepoint(command));
      failpoint('writer.commit');
      this.#run('COMMIT');
    } catch (error) {
      // Nothing of the group is durable: each of its commands fails, also those that had succeeded in their savepoint.
      for (const command of group) command.reject(translateSqliteError(error));
      this.#rollBack();
      return;
    }
    failpoint('writer.committed');
    for (const done of settle) done();
  }

  /**
   * Takes the write lock. Another process may hold it for a moment (a maintenance command): the wait is ours, not SQLite's,
   * which would stop every request.
   */
  async #begin(): Promise<void> {
    const deadline = Date.now() + LOCK_WAIT_MS;
    for (;;) {
      try {
        failpoint('writer.begin');
        this.#run('BEGIN IMMEDIATE');
        return;
      } catch (error) {
        if (!isBusy(error)) throw error;
        if (Date.now() > deadline) throw new DatabaseUnavailableError(error);
        await new Promise((resolve) => setTimeout(resolve, LOCK_RETRY_MS));
      }
    }
  }

  /** A commit that does not sync the log still writes it: in the system's memory it outlives this process. */
  #sync(isSyncing: boolean): void {
    if (this.#isSyncing === isSyncing) return;
    this.#connection.pragma(`synchronous = ${isSyncing ? 'FULL' : 'NORMAL'}`);
    this.#isSyncing = isSyncing;
  }

  #run(text: string): void {
    this.#statements.prepare(text).run();
  }

  #rollBack(): void {
    try {
      if (this.#connection.inTransaction) this.#run('ROLLBACK');
    } catch {
      // The medium fails: the next BEGIN says so to whoever asks next.
    }
  }

  /** Runs one command; returns how to answer its caller after the commit. */
  async #runInSavepoint(command: QueuedCommand<Schema>): Promise<() => void> {
    this.#run('SAVEPOINT command');
    try {
      failpoint('writer.command');
      const value = await command.run(this.#kysely);
      this.#run('RELEASE command');
      return () => command.resolve(value);
    } catch (error) {
      // A full disk may have rolled the whole transaction back already.
      if (!this.#connection.inTransaction) throw error;
      this.#run('ROLLBACK TO command');
      this.#run('RELEASE command');
      return () => command.reject(translateSqliteError(error));
    }
  }
}
