import type { Database } from '../../../drivers/database/database.ts';
import { copyTable } from './copy-table.ts';
import { readIdSequences, readNeededSequences, writeIdSequences } from './id-sequences.ts';
import { assertKnownTables, type MovedTables, VOLATILE_TABLES } from './moved-tables.ts';
import { measureTable } from './row-batches.ts';
import { digestTable } from './row-digest.ts';
import type { TableShape } from './table-shape.ts';
import { assertTriggersRun, resumeTriggers, suspendTriggers } from './triggers.ts';

export interface SchemaMoveDeps<Schema> {
  readonly source: Database<Schema>;
  /** Migrated, by the same steps as the source. */
  readonly target: Database<Schema>;
  readonly moved: MovedTables;
  readonly onRows: (table: string, count: number) => void;
}

/** A table as it was compared. */
export interface ComparedTable {
  readonly name: string;
  readonly rows: number;
  /** Undefined when both sides are equal, else in what they differ. */
  readonly difference: string | undefined;
}

/** Copies what the target does not have yet, parents first, and keeps the ids that come next. */
export async function copySchema<Schema>({ source, target, moved, onRows }: SchemaMoveDeps<Schema>): Promise<void> {
  await assertKnownTables(source, moved.tables);
  const tables = lasting(moved);
  await suspendTriggers(target, moved);
  for (const shape of tables) {
    const staying = moved.staying[shape.name];
    await copyTable(source, target, shape, { staying, onRows: (count) => onRows(shape.name, count) });
  }
  await writeIdSequences(target, tables, await readNeededSequences(source, tables));
  await resumeTriggers(target, moved);
}

/** Reads both sides, and compares every value of every row. */
export async function compareSchema<Schema>({
  source,
  target,
  moved,
  onRows,
}: SchemaMoveDeps<Schema>): Promise<readonly ComparedTable[]> {
  const tables = lasting(moved);
  await assertTriggersRun(target, moved);
  const needed = await readNeededSequences(source, tables);
  const given = await readIdSequences(target, tables);
  const compared: ComparedTable[] = [];
  for (const shape of tables) {
    const staying = moved.staying[shape.name];
    const [there, here] = await Promise.all([
      digestTable(source.reader, shape, { staying, onRows: (count) => onRows(shape.name, count) }),
      digestTable(target.reader, shape, { staying }),
    ]);
    const hasSameIds = needed.get(shape.name) === given.get(shape.name);
    const difference = describeDifference(there, here, hasSameIds);
    compared.push({ name: shape.name, rows: there.rows, difference });
  }
  return compared;
}

/** What there is to copy, exactly; changes nothing. */
export async function measureSchema<Schema>(
  source: Database<Schema>,
  moved: MovedTables,
): Promise<readonly { readonly name: string; readonly rows: number; readonly bytes: number }[]> {
  await assertKnownTables(source, moved.tables);
  const measured = [];
  for (const shape of lasting(moved)) {
    const options = { staying: moved.staying[shape.name] };
    measured.push({ name: shape.name, ...(await measureTable(source.reader, shape, options)) });
  }
  return measured;
}

function lasting({ tables }: MovedTables): readonly TableShape[] {
  return tables.filter(({ name }) => !VOLATILE_TABLES.includes(name));
}

function describeDifference(
  there: { readonly rows: number; readonly sha256: string },
  here: { readonly rows: number; readonly sha256: string },
  hasSameIds: boolean,
): string | undefined {
  if (there.rows !== here.rows) return `${there.rows} rows became ${here.rows}`;
  if (there.sha256 !== here.sha256) return 'some value of some row is another';
  return hasSameIds ? undefined : 'the next id is another';
}
