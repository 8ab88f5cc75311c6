import { type Kysely, sql } from 'kysely';
import type { Database, ReadDatabase } from '../../../drivers/database/database.ts';
import { ProductError } from '../../../kernel/errors.ts';
import { findLastKey, type MovedRow, type MovedValue, readBatches } from './row-batches.ts';
import { assertExact } from './row-digest.ts';
import type { TableShape } from './table-shape.ts';

export interface CopyTableOptions {
  readonly staying?: string | undefined;
  readonly onRows?: ((count: number) => void) | undefined;
}

/** SQLite compiles a text for each number of rows, and few are as fast as many. */
const MAX_ROWS_PER_STATEMENT = 200;

/**
 * Copies the rows that are behind the last one of the target. Batches go in the order of the key, each in a transaction, so what
 * the target has is how far an earlier call has come.
 * @throws ProductError with the table's name when the target does not take a row as it is
 */
export async function copyTable<Schema>(
  source: Pick<ReadDatabase<Schema>, 'reader'>,
  target: Database<Schema>,
  shape: TableShape,
  { staying, onRows }: CopyTableOptions = {},
): Promise<void> {
  const after = await findLastKey(target.reader, shape, { staying });
  const { maxBoundValues, identityColumns } = target.capabilities;
  const size = Math.min(MAX_ROWS_PER_STATEMENT, Math.floor(maxBoundValues / shape.columns.length));
  for await (const batch of readBatches(source.reader, shape, { after, staying })) {
    try {
      await target.write(async (tx) => {
        for (let start = 0; start < batch.length; start += size) {
          await insertRows(tx, shape, batch.slice(start, start + size), identityColumns);
        }
      }, 'crash');
    } catch (error) {
      throw explain(shape, batch, error);
    }
    onRows?.(batch.length);
  }
}

async function insertRows<Schema>(
  tx: Kysely<Schema>,
  { name, columns }: TableShape,
  rows: readonly MovedRow[],
  identityColumns: boolean,
): Promise<void> {
  const names = sql.join(columns.map((column) => sql.ref(column.name)));
  const tuples = rows.map((row) => {
    const values = columns.map((column) => {
      const value = row[column.name] ?? null;
      assertExact(value, `${name}.${column.name}`);
      return value;
    });
    return sql`(${sql.join(values)})`;
  });
  const overriding = identityColumns ? sql`overriding system value` : sql``;
  await sql`insert into ${sql.table(name)} (${names}) ${overriding} values ${sql.join(tuples)}`.execute(tx);
}

function explain({ name, key }: TableShape, batch: readonly MovedRow[], error: unknown): unknown {
  if (error instanceof ProductError && (error.code === 'UNAVAILABLE' || error.code === 'INSUFFICIENT_STORAGE'))
    return error;
  const [first, last] = [batch[0], batch.at(-1)].map((row) => key.map((column) => showValue(row?.[column])).join('/'));
  const reason = error instanceof Error ? error.message : String(error);
  return new ProductError('CONFLICT', `rows ${first} to ${last} of the table ${name} cannot be moved: ${reason}`, {
    cause: error,
  });
}

function showValue(value: MovedValue | undefined): string {
  return value instanceof Uint8Array ? Buffer.from(value).toString('hex') : String(value);
}
