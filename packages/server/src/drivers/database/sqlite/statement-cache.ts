import type SqliteConnection from 'better-sqlite3';

const MAX_STATEMENTS = 500;

/**
 * A connection for Kysely that compiles each text once: compiling costs more than most of our statements take to run.
 * SQLite compiles a statement again by itself when the schema has changed.
 */
export class StatementCache {
  readonly #connection: SqliteConnection.Database;
  readonly #statements = new Map<string, SqliteConnection.Statement>();

  constructor(connection: SqliteConnection.Database) {
    this.#connection = connection;
  }

  prepare(text: string): SqliteConnection.Statement {
    const known = this.#statements.get(text);
    if (known !== undefined) return known;
    const statement = this.#connection.prepare(text);
    // There are a few hundred texts, so this happens when something builds texts of values; then the busy ones come back.
    if (this.#statements.size >= MAX_STATEMENTS) this.#statements.clear();
    this.#statements.set(text, statement);
    return statement;
  }

  /** Forgets statements that know the columns of an earlier schema. */
  clear(): void {
    this.#statements.clear();
  }

  close(): void {
    this.clear();
    this.#connection.close();
  }
}
