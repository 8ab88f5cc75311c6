import { type Kysely, type RawBuilder, sql } from 'kysely';
import type { TableShape } from './table-shape.ts';

export type MovedValue = string | number | Uint8Array | null;
export type MovedRow = Readonly<Record<string, MovedValue>>;
/** Values of the key's columns, in its order. */
export type RowKey = readonly MovedValue[];

export interface BatchOptions {
  /** Rows behind this key; undefined: from the first on. */
  readonly after?: RowKey | undefined;
  /** A row that is left out: the text of its key. */
  readonly staying?: string | undefined;
}

const MAX_ROWS = 500;
/** One row always goes, however large it is; a manifest has a few MiB at most. */
const MAX_BYTES = 8 * 1024 ** 2;

/** All rows in the order of the key, in batches that fit into memory. */
export async function* readBatches<Schema>(
  db: Kysely<Schema>,
  shape: TableShape,
  { after, staying }: BatchOptions = {},
): AsyncGenerator<readonly MovedRow[], void, undefined> {
  for (let last = after; ; ) {
    const end = await findBatchEnd(db, shape, { after: last, staying });
    if (end === undefined) return;
    const columns = sql.join(shape.columns.map(({ name }) => sql.ref(name)));
    const { rows } = await sql<MovedRow>`
      select ${columns} from ${sql.table(shape.name)}
       where ${isBehind(shape, last)} and ${isUpTo(shape, end)} and ${isMoved(shape, staying)}
       order by ${keyOf(shape)}`.execute(db);
    yield rows;
    last = end;
  }
}

/** The key of the last row; undefined when there is none. */
export async function findLastKey<Schema>(
  db: Kysely<Schema>,
  shape: TableShape,
  { staying }: BatchOptions = {},
): Promise<RowKey | undefined> {
  const order = sql.join(shape.key.map((name) => sql`${sql.ref(name)} desc`));
  const { rows } = await sql<MovedRow>`
    select ${keyOf(shape)} from ${sql.table(shape.name)} where ${isMoved(shape, staying)}
     order by ${order} limit 1`.execute(db);
  return rows[0] === undefined ? undefined : toKey(shape, rows[0]);
}

/** How many rows there are, and how many bytes their texts and byte strings have. */
export async function measureTable<Schema>(
  db: Kysely<Schema>,
  shape: TableShape,
  options: BatchOptions = {},
): Promise<{ readonly rows: number; readonly bytes: number }> {
  let [rows, bytes] = [0, 0];
  for (let after: RowKey | undefined; ; ) {
    const page = await weigh(db, shape, { ...options, after });
    rows += page.length;
    bytes += page.reduce((sum, { weight }) => sum + weight, 0);
    const last = page.at(-1);
    if (last === undefined) return { rows, bytes };
    after = last.key;
  }
}

/** Where the batch behind `after` ends, before any of its rows is read. */
async function findBatchEnd<Schema>(
  db: Kysely<Schema>,
  shape: TableShape,
  options: BatchOptions,
): Promise<RowKey | undefined> {
  let end: RowKey | undefined;
  let bytes = 0;
  for (const { key, weight } of await weigh(db, shape, options)) {
    bytes += weight;
    if (end !== undefined && bytes > MAX_BYTES) break;
    end = key;
  }
  return end;
}

async function weigh<Schema>(
  db: Kysely<Schema>,
  shape: TableShape,
  { after, staying }: BatchOptions,
): Promise<readonly { readonly key: RowKey; readonly weight: number }[]> {
  const sizes = shape.columns
    .filter(({ type }) => type !== 'integer')
    .map(({ name }) => sql`coalesce(octet_length(${sql.ref(name)}), 0)`);
  const { rows } = await sql<MovedRow & { readonly row_weight: number }>`
    select ${keyOf(shape)}, ${sizes.length === 0 ? sql`0` : sql.join(sizes, sql` + `)} as row_weight
      from ${sql.table(shape.name)}
     where ${isBehind(shape, after)} and ${isMoved(shape, staying)}
     order by ${keyOf(shape)} limit ${sql.lit(MAX_ROWS)}`.execute(db);
  return rows.map((row) => ({ key: toKey(shape, row), weight: Number(row.row_weight) }));
}

function keyOf({ key }: TableShape): RawBuilder<unknown> {
  return sql.join(key.map((name) => sql.ref(name)));
}

function toKey({ key }: TableShape, row: MovedRow): RowKey {
  return key.map((name) => row[name] ?? null);
}

function isBehind(shape: TableShape, after: RowKey | undefined): RawBuilder<unknown> {
  return after === undefined ? sql`1 = 1` : sql`(${keyOf(shape)}) > (${sql.join([...after])})`;
}

function isUpTo(shape: TableShape, end: RowKey): RawBuilder<unknown> {
  return sql`(${keyOf(shape)}) <= (${sql.join([...end])})`;
}

function isMoved({ key }: TableShape, staying: string | undefined): RawBuilder<unknown> {
  return staying === undefined ? sql`1 = 1` : sql`${sql.ref(key[0] ?? '')} <> ${staying}`;
}
