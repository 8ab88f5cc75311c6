import {
  type CompiledQuery,
  type DatabaseConnection,
  type DatabaseIntrospector,
  type Driver,
  type Kysely,
  PostgresDialect,
  type PostgresDialectConfig,
  type QueryResult,
} from 'kysely';
import type pg from 'pg';
import { isDispatched } from '../database.ts';
import { translatePostgresError } from './postgres-errors.ts';
import { SchemaIntrospector } from './schema-introspector.ts';
import type { StatementNames } from './statement-names.ts';

/** What is needed of a connection that a pool has lent. */
export interface LentConnection {
  /** Sends it at once, whatever is unanswered. */
  query(query: pg.QueryConfig): Promise<pg.QueryResult>;
  release(isBroken: boolean): void;
}

export interface PipelinedDialectOptions {
  readonly connect: () => Promise<LentConnection>;
  readonly names: StatementNames;
}

/**
 * PostgreSQL for Kysely. A transaction waits for an answer only where its command needs one: its begin goes out with the first
 * look, and what is dispatched goes out with whatever comes next, at the latest with the commit. Errors are the interface's.
 */
export class PipelinedDialect extends PostgresDialect {
  readonly #options: PipelinedDialectOptions;

  constructor(options: PipelinedDialectOptions) {
    // What the base class says about the language of PostgreSQL needs no pool.
    super({} as PostgresDialectConfig);
    this.#options = options;
  }

  override createDriver(): Driver {
    return new PipelinedDriver(this.#options);
  }

  override createIntrospector(db: Kysely<unknown>): DatabaseIntrospector {
    return new SchemaIntrospector(db);
  }
}

class PipelinedDriver implements Driver {
  readonly #options: PipelinedDialectOptions;

  constructor(options: PipelinedDialectOptions) {
    this.#options = options;
  }

  async init(): Promise<void> {}

  async acquireConnection(): Promise<PipelinedConnection> {
    const { connect, names } = this.#options;
    try {
      return new PipelinedConnection(await connect(), names);
    } catch (error) {
      throw translatePostgresError(error);
    }
  }

  async beginTransaction(connection: PipelinedConnection): Promise<void> {
    connection.begin();
  }

  commitTransaction(connection: PipelinedConnection): Promise<void> {
    return connection.commit();
  }

  rollbackTransaction(connection: PipelinedConnection): Promise<void> {
    return connection.rollBack();
  }

  async releaseConnection(connection: PipelinedConnection): Promise<void> {
    connection.release();
  }

  async destroy(): Promise<void> {}
}

/** A connection for as long as it is lent. */
class PipelinedConnection implements DatabaseConnection {
  readonly #client: LentConnection;
  readonly #names: StatementNames;
  /** Answers that nobody has waited for yet, in the order in which they come. */
  #unanswered: Promise<unknown>[] = [];
  #hasFailed = false;
  #hasOnlyBegun = false;
  #isInTransaction = false;
  #isBroken = false;

  constructor(client: LentConnection, names: StatementNames) {
    this.#client = client;
    this.#names = names;
  }

  begin(): void {
    this.#dispatch({ text: 'begin' });
    this.#isInTransaction = true;
    this.#hasOnlyBegun = true;
  }

  /** @throws what a statement of the transaction has failed by; nothing of it is written then */
  async commit(): Promise<void> {
    this.#isInTransaction = false;
    if (this.#unanswered.length > 0) {
      // What the client could not send never reached PostgreSQL, which would commit the rest. It says so by now.
      await new Promise<void>((resolve) => process.nextTick(resolve));
      if (this.#hasFailed) throwFirst(await this.#settle());
    }
    const { command } = await this.#ask({ text: 'commit' });
    // So it answers for a transaction of which a statement has failed, whose error has been thrown already.
    if (command === 'ROLLBACK') throw new Error('PostgreSQL has undone the transaction instead of committing it');
  }

  async rollBack(): Promise<void> {
    this.#isInTransaction = false;
    await this.#settle();
    try {
      await this.#client.query({ text: 'rollback' });
    } catch (error) {
      this.#isBroken = true;
      throw translatePostgresError(error);
    }
  }

  async executeQuery<Row>(compiled: CompiledQuery): Promise<QueryResult<Row>> {
    const { sql: text, parameters } = compiled;
    const name = this.#names.nameOf(text);
    const query = { text, values: [...parameters], ...(name !== undefined && { name }) };
    if (this.#hasOnlyBegun) {
      this.#hasOnlyBegun = false;
      // Where the begin failed a look does no harm; a write would be one by itself.
      if (compiled.query.kind !== 'SelectQueryNode') throwFirst(await this.#settle());
    }
    if (this.#isInTransaction && isDispatched(compiled)) {
      this.#dispatch(query);
      return { rows: [] };
    }
    const { command, rowCount, rows } = await this.#ask(query);
    const isWrite = command === 'INSERT' || command === 'UPDATE' || command === 'DELETE';
    return { rows, ...(isWrite && { numAffectedRows: BigInt(rowCount ?? 0) }) };
  }

  // biome-ignore lint/correctness/useYield: the interface wants a generator
  async *streamQuery<Row>(): AsyncIterableIterator<QueryResult<Row>> {
    throw new Error('queries are not streamed here');
  }

  release(): void {
    this.#client.release(this.#isBroken);
  }

  #dispatch(query: pg.QueryConfig): void {
    const answer = this.#client.query(query);
    answer.catch(() => {
      this.#hasFailed = true;
    });
    this.#unanswered.push(answer);
  }

  async #ask(query: pg.QueryConfig): Promise<pg.QueryResult> {
    const answer = this.#client.query(query);
    answer.catch(() => undefined);
    // The first failure is the one that says something: after it PostgreSQL refuses whatever comes.
    throwFirst(await this.#settle());
    try {
      return await answer;
    } catch (error) {
      throw translatePostgresError(error);
    }
  }

  /** @returns the failures among the answers that nobody has waited for */
  async #settle(): Promise<readonly unknown[]> {
    if (this.#unanswered.length === 0) return [];
    const answers = await Promise.allSettled(this.#unanswered);
    this.#unanswered = [];
    return answers.flatMap((answer) => (answer.status === 'rejected' ? [answer.reason] : []));
  }
}

function throwFirst(failures: readonly unknown[]): void {
  if (failures.length > 0) throw translatePostgresError(failures[0]);
}
