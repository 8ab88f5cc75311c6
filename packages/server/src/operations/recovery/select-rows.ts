import { type Kysely, type RawBuilder, sql } from 'kysely';
import type { InstanceSchema } from '../../db/instance/schema.ts';
import { PARTS, type RecoveredRow, type RowValues } from './recovered-row.ts';
import type { RecoveredTable } from './recovered-tables.ts';
import { fromRowKey, toRowKey } from './row-key.ts';

type Db = Kysely<InstanceSchema>;
type Row = Record<string, RowValues[string]>;

/** Keys that one statement asks for. */
const MAX_KEYS = 250;

/** The rows of these keys as they are now; each key is answered. */
export async function selectRows(
  db: Db,
  table: RecoveredTable,
  keys: readonly string[],
): Promise<readonly RecoveredRow[]> {
  const found = new Map<string, RowValues>();
  for (let start = 0; start < keys.length; start += MAX_KEYS) {
    const some = keys.slice(start, start + MAX_KEYS);
    const rows = await selectWhere(db, table, isOneOf(table, some), sql``);
    for (const row of await withParts(db, table, rows)) found.set(toRowKey(table, row), row);
  }
  return keys.map((key) => ({ table: table.name, key, values: found.get(key) }));
}

export interface PageInput {
  /** The key of the last row of the page before. */
  readonly after: string | undefined;
  readonly maxRows: number;
  /** Of the rows whose bytes are counted. */
  readonly maxBytes: number;
}

/** Rows in the order of their keys, at least one if there is one. */
export async function selectPage(db: Db, table: RecoveredTable, input: PageInput): Promise<readonly RecoveredRow[]> {
  const columns = sql.join(table.key.map((column) => sql.ref(column)));
  const after =
    input.after === undefined ? sql`1 = 1` : sql`(${columns}) > (${sql.join([...fromRowKey(table, input.after)])})`;
  const limit = await findPageRows(db, table, after, input);
  const rows = await selectWhere(db, table, after, sql`order by ${columns} limit ${sql.lit(limit)}`);
  const whole = await withParts(db, table, rows);
  return whole.map((values) => ({ table: table.name, key: toRowKey(table, values), values }));
}

/** The bytes of the rows of these keys, where they are counted. */
export async function sumRowBytes(db: Db, table: RecoveredTable, keys: readonly string[]): Promise<number> {
  if (table.sizeColumn === undefined) return 0;
  let sum = 0;
  for (let start = 0; start < keys.length; start += MAX_KEYS) {
    const { rows } = await sql<{ bytes: number | null }>`
      select cast(sum(${sql.ref(table.sizeColumn)}) as bigint) as bytes from ${sql.table(table.name)}
       where ${isOneOf(table, keys.slice(start, start + MAX_KEYS))}`.execute(db);
    sum += rows[0]?.bytes ?? 0;
  }
  return sum;
}

async function findPageRows(
  db: Db,
  table: RecoveredTable,
  after: RawBuilder<unknown>,
  { maxRows, maxBytes }: PageInput,
): Promise<number> {
  if (table.sizeColumn === undefined) return maxRows;
  const { rows } = await sql<{ bytes: number }>`
    select ${sql.ref(table.sizeColumn)} as bytes from ${sql.table(table.name)}
     where ${after} order by ${sql.join(table.key.map((column) => sql.ref(column)))} limit ${sql.lit(maxRows)}`.execute(
    db,
  );
  let left = maxBytes;
  const end = rows.findIndex(({ bytes }) => {
    left -= bytes;
    return left < 0;
  });
  return end === -1 ? maxRows : Math.max(1, end);
}

async function selectWhere(
  db: Db,
  table: RecoveredTable,
  condition: RawBuilder<unknown>,
  tail: RawBuilder<unknown>,
): Promise<readonly Row[]> {
  const columns = sql.join([...table.key, ...table.columns].map((column) => sql.ref(column)));
  const there = table.where === undefined ? sql`` : sql`and ${sql.raw(table.where)}`;
  const { rows } = await sql<Row>`
    select ${columns} from ${sql.table(table.name)} where ${condition} ${there} ${tail}`.execute(db);
  return rows;
}

async function withParts(db: Db, table: RecoveredTable, rows: readonly Row[]): Promise<readonly RowValues[]> {
  const { parts } = table;
  if (parts === undefined || rows.length === 0) return rows;
  const columns = sql.join([parts.of, ...parts.columns].map((column) => sql.ref(column)));
  const of = new Map<unknown, RowValues[]>(rows.map((row) => [row['id'], []]));
  const found = await sql<Row>`
    select ${columns} from ${sql.table(parts.table)} where ${sql.ref(parts.of)} in (${sql.join([...of.keys()])})
     order by ${sql.ref(parts.of)}, ${sql.ref(parts.orderBy)}`.execute(db);
  for (const { [parts.of]: id, ...part } of found.rows) of.get(id)?.push(part);
  return rows.map((row) => ({ ...row, [PARTS]: of.get(row['id']) ?? [] }));
}

function isOneOf(table: RecoveredTable, keys: readonly string[]): RawBuilder<unknown> {
  const [column, second] = table.key;
  if (column === undefined) return sql`1 = 0`;
  if (second === undefined)
    return sql`${sql.ref(column)} in (${sql.join(keys.map((key) => fromRowKey(table, key)[0]))})`;
  const pairs = keys.map((key) => {
    const [first, other] = fromRowKey(table, key);
    return sql`(${sql.ref(column)} = ${first} and ${sql.ref(second)} = ${other})`;
  });
  return sql`(${sql.join(pairs, sql` or `)})`;
}
