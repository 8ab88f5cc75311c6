import { createHash } from 'node:crypto';
import type { Kysely } from 'kysely';
import { type BatchOptions, type MovedRow, type MovedValue, readBatches } from './row-batches.ts';
import type { TableShape } from './table-shape.ts';

/** What a table holds, in a line: equal on both sides of a move, whatever the engines. */
export interface TableDigest {
  readonly rows: number;
  /** SHA-256 over every value of every row, in the order of the key. */
  readonly sha256: string;
}

export async function digestTable<Schema>(
  db: Kysely<Schema>,
  shape: TableShape,
  options: Pick<BatchOptions, 'staying'> & { readonly onRows?: (count: number) => void } = {},
): Promise<TableDigest> {
  const hash = createHash('sha256');
  let rows = 0;
  for await (const batch of readBatches(db, shape, options)) {
    for (const row of batch) hash.update(encodeRow(shape, row));
    rows += batch.length;
    options.onRows?.(batch.length);
  }
  return { rows, sha256: hash.digest('hex') };
}

/** The values in the order of the columns, as JSON; a byte string is an array of its base64 text, which no other value is. */
function encodeRow({ name, columns }: TableShape, row: MovedRow): string {
  const values = columns.map((column) => {
    const value = row[column.name] ?? null;
    assertExact(value, `${name}.${column.name}`);
    return value instanceof Uint8Array ? [Buffer.from(value).toString('base64')] : value;
  });
  return `${JSON.stringify(values)}\n`;
}

/** @throws RangeError for a number that has lost digits on its way here */
export function assertExact(value: MovedValue, where: string): void {
  if (typeof value !== 'number' || Number.isSafeInteger(value)) return;
  throw new RangeError(`${where} has the number ${value}, which cannot be moved exactly`);
}
