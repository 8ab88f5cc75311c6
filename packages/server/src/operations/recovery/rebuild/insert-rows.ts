import { type Kysely, sql } from 'kysely';
import type { InstanceSchema } from '../../../db/instance/schema.ts';
import type { Database } from '../../../drivers/database/database.ts';
import { PARTS, type RowValues } from '../recovered-row.ts';
import type { RecoveredTable } from '../recovered-tables.ts';

/** Inserts rows with their ids and their parts. Columns that a row does not have get their default. */
export async function insertRows(
  database: Pick<Database<InstanceSchema>, 'capabilities'>,
  tx: Kysely<InstanceSchema>,
  table: RecoveredTable,
  rows: readonly RowValues[],
): Promise<void> {
  const withIds = table.hasIds && database.capabilities.identityColumns;
  await insertAlike(database, tx, { name: table.name, withIds }, rows.map(withoutParts));
  const { parts } = table;
  if (parts === undefined) return;
  const repositoryOf = (row: RowValues) =>
    parts.table === 'manifest_descriptors' ? { repository_id: row['repository_id'] ?? null } : {};
  const children = rows.flatMap((row) =>
    ((row[PARTS] ?? []) as readonly RowValues[]).map((part) => ({
      [parts.of]: row['id'] ?? null,
      ...repositoryOf(row),
      ...part,
    })),
  );
  await insertAlike(database, tx, { name: parts.table, withIds: false }, children);
}

async function insertAlike(
  { capabilities }: Pick<Database<InstanceSchema>, 'capabilities'>,
  tx: Kysely<InstanceSchema>,
  { name, withIds }: { readonly name: string; readonly withIds: boolean },
  rows: readonly RowValues[],
): Promise<void> {
  // Records of an earlier version may lack columns that came later.
  for (const [, alike] of Map.groupBy(rows, (row) => Object.keys(row).join())) {
    const columns = Object.keys(alike[0] ?? {});
    const batchRows = Math.floor(capabilities.maxBoundValues / columns.length);
    for (let start = 0; start < alike.length; start += batchRows) {
      const values = alike
        .slice(start, start + batchRows)
        .map((row) => sql`(${sql.join(columns.map((column) => row[column]))})`);
      await sql`
        insert into ${sql.table(name)} (${sql.join(columns.map((column) => sql.ref(column)))})
        ${sql.raw(withIds ? 'overriding system value' : '')} values ${sql.join(values)}`.execute(tx);
    }
  }
}

function withoutParts(row: RowValues): RowValues {
  const { [PARTS]: _, ...values } = row;
  return values;
}
