import type { Compilable, CompiledQuery, Kysely } from 'kysely';
import { ProductError } from '../../kernel/errors.ts';

/** What the engines do differently, by name: nobody else asks which engine it is. */
export interface DatabaseCapabilities {
  /** `SELECT … FOR UPDATE / FOR SHARE` exists and is needed; where writes are serialized anyway it is neither. */
  readonly rowLocks: boolean;
  /** How ids are declared: `integer primary key` or an identity column. */
  readonly identityColumns: boolean;
  /** Text that sorts and compares by code point is declared with a collation of its own. */
  readonly codePointCollation: string | undefined;
  /** The column type of byte strings. */
  readonly bytesType: 'blob' | 'bytea';
  /** The body of a trigger is a function of its own. */
  readonly triggerFunctions: boolean;
  /** The first statement of a transaction whose reads shall all see one state; undefined where every transaction's do. */
  readonly readOneState: string | undefined;
  /**
   * SQL text of a query that lists who has a transaction open that has written to a table of the schema, or is about to, in
   * the columns `table_name` and `writer` (never the same text twice): such a transaction may commit a row with an id below
   * ones that are there already. Undefined where ids are given in the order of the commits.
   */
  readonly openWriters: string | undefined;
  /** How many values one statement may bind. */
  readonly maxBoundValues: number;
  /** SQL text of the engine's own clock in milliseconds UTC: one clock for all who share a database. */
  readonly clockText: string;
}

/**
 * What an acknowledged write survives. `power-cut`: everything. `crash`: the end of any process of ours, however it comes,
 * but not the end of the machine; the next write of the other kind makes it as durable. It costs no fsync, and it never
 * reorders: what survives is a prefix of what was written.
 */
export type Durability = 'power-cut' | 'crash';

/** What any process may do with a database, wherever its writer is. */
export interface ReadDatabase<Schema> {
  readonly engine: 'sqlite' | 'postgres';
  /** The schema that its tables are in, where the engine has several in one database. */
  readonly schema: string | undefined;
  readonly capabilities: DatabaseCapabilities;
  /** For queries that only read. It sees every write that was acknowledged before it was asked. */
  readonly reader: Kysely<Schema>;

  /**
   * A statement prepared once per connection, for the hot reads. Placeholders are `?`.
   * @returns a function from bound values to rows
   */
  prepareRead<Row>(name: string, text: string): (values: readonly BoundValue[]) => Promise<readonly Row[]>;

  /**
   * The values of a query's only column, for long lists: as a row each would cost three times as much. Where there is a
   * replica it may answer, and then the list may be as old as that may lag: nothing is decided by it.
   */
  readColumn<Value>(query: Compilable<Record<string, Value>>): Promise<readonly Value[]>;

  /** Proves that the database answers and can be written to now; throws what is wrong. */
  checkHealth(): Promise<void>;

  close(): Promise<void>;
}

/**
 * The database of one instance (or of the control plane), where it is written. Reads go through `reader` or a prepared
 * statement; every write is a command that runs in a transaction of the driver's choosing.
 */
export interface Database<Schema> extends ReadDatabase<Schema> {
  /**
   * Runs `command` in a transaction and resolves once that is durable. The command awaits nothing but `tx`: it may share its
   * commit with others, and it may run again after a serialization failure.
   * @param durability `power-cut` unless it says so; an engine may do more than it asks for
   * @throws what the command throws, its own writes undone.
   */
  write<Result>(command: (tx: Kysely<Schema>) => Promise<Result>, durability?: Durability): Promise<Result>;

  /** Words between the processes that have the database open; undefined where the engine has no such thing. */
  readonly hints: Hints<Schema> | undefined;
  /** Lends a connection that may change the schema, for `db/migrate.ts` only, while nothing else writes. */
  runMigrations(migrate: (db: Kysely<Schema>) => Promise<void>): Promise<void>;
}

/** Words that may be lost, and that nothing may depend on: who hears one looks sooner than he would have. */
export interface Hints<Schema> {
  /** Says words to whoever listens by then, when the transaction commits. */
  send(tx: Kysely<Schema>, words: readonly string[]): Promise<void>;
  /** @param onWord is told each word that is said from now on; undefined: some may have been lost, as at the beginning */
  listen(onWord: (word: string | undefined) => void): { close(): Promise<void> };
}

export type BoundValue = string | number | Uint8Array | null;

const dispatched = new WeakSet<CompiledQuery>();

/**
 * Runs a statement of a transaction whose answer its command does not need, neither rows nor how many it has changed. An
 * engine that is far away may be sent what comes next before it has answered. When it fails, the transaction does: then
 * its error is that of a later statement or of the commit.
 */
export async function dispatch<Schema>(tx: Kysely<Schema>, query: Compilable): Promise<void> {
  await dispatchCompiled(tx, query.compile());
}

/** The same for a statement that is built already. */
export async function dispatchCompiled<Schema>(tx: Kysely<Schema>, query: CompiledQuery): Promise<void> {
  dispatched.add(query);
  await tx.executeQuery(query);
}

/** For drivers: whether nobody needs the answer. */
export function isDispatched(query: CompiledQuery): boolean {
  return dispatched.has(query);
}

/** The row would break a uniqueness or a reference; drivers translate their engine's own errors to it. */
export class ConstraintError extends ProductError {
  override readonly name = 'ConstraintError';
  readonly kind: 'unique' | 'foreign-key';

  constructor(kind: 'unique' | 'foreign-key', cause: unknown) {
    super('CONFLICT', 'Something that this needs was changed or deleted meanwhile: try again.', { cause });
    this.kind = kind;
  }
}

/** The database cannot be reached, or takes no more connections, for now. Whether a write was committed is not known. */
export class DatabaseUnavailableError extends ProductError {
  override readonly name: string = 'DatabaseUnavailableError';

  constructor(cause: unknown) {
    super('UNAVAILABLE', 'The database cannot be reached now: try again in a moment.', { cause, retryAfterSeconds: 5 });
  }
}

/** The database has no room or may not be written to now (disk full, read-only medium). */
export class DatabaseFullError extends ProductError {
  override readonly name = 'DatabaseFullError';

  constructor(message: string, options: { cause?: unknown } = {}) {
    super('INSUFFICIENT_STORAGE', message, options);
  }
}
