import { sql } from 'kysely';
import type { InstanceTransaction } from '../../db/instance/instance-database.ts';
import type { RecoveredRow } from './recovered-row.ts';
import { findRecoveredTable } from './recovered-tables.ts';
import { selectRows, sumRowBytes } from './select-rows.ts';

export interface ReadChangesInput {
  readonly limit: number;
  /** Of the manifests among them; one is read whatever its size. */
  readonly maxBytes: number;
}

export interface ReadChangesOutput {
  /** What was noted, to be forgotten once it is shipped: these and no others, since an older one may be committed later. */
  readonly changeIds: readonly number[];
  readonly rows: readonly RecoveredRow[];
  /** Nothing was noted that is not in here: with it, what was shipped is one state of the database. */
  readonly isSettled: boolean;
}

/** The rows that were noted as changed, as they are in one state of the database. It writes nothing. */
export async function readChanges(
  { tx, capabilities }: InstanceTransaction,
  { limit, maxBytes }: ReadChangesInput,
): Promise<ReadChangesOutput> {
  if (capabilities.readOneState !== undefined) await sql.raw(capabilities.readOneState).execute(tx);
  const noted = await tx
    .selectFrom('row_changes')
    .select(['id', 'source', 'key'])
    .orderBy('id')
    .limit(limit + 1)
    .execute();
  for (let count = Math.min(limit, noted.length); ; count = Math.ceil(count / 4)) {
    const some = noted.slice(0, count);
    const bySource = Map.groupBy(some, ({ source }) => source);
    let bytes = 0;
    const keysOf = new Map<string, readonly string[]>();
    for (const [source, changes] of bySource) {
      const keys = [...new Set(changes.map(({ key }) => key))];
      keysOf.set(source, keys);
      const table = findRecoveredTable(source);
      if (table !== undefined) bytes += await sumRowBytes(tx, table, keys);
    }
    if (bytes > maxBytes && count > 1) continue;
    const rows: RecoveredRow[] = [];
    for (const [source, keys] of keysOf) {
      const table = findRecoveredTable(source);
      if (table !== undefined) rows.push(...(await selectRows(tx, table, keys)));
    }
    return { changeIds: some.map(({ id }) => id), rows, isSettled: count === noted.length };
  }
}
