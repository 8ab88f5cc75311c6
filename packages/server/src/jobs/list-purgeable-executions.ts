import type { Kysely } from 'kysely';
import type { InstanceSchema } from '../db/instance/schema.ts';

export interface PurgeableQuery {
  readonly kind: string;
  readonly endedBefore: number;
  /** How many of the newest stay of each subject, however old. */
  readonly keepNewest: number;
}

/** Executions that may go, oldest end first. Looking for them is no work for the writer. */
export async function listPurgeableExecutions(
  reader: Kysely<InstanceSchema>,
  { kind, endedBefore, keepNewest }: PurgeableQuery,
  limit: number,
): Promise<readonly number[]> {
  let query = reader
    .selectFrom('job_executions as old')
    .select('old.id')
    .where('old.ended_at', '<', endedBefore)
    .where('old.kind', '=', kind);
  if (keepNewest > 0) {
    // The newest that has to go is the one that `keepNewest` newer ones follow.
    query = query.where(({ exists, selectFrom }) =>
      exists(
        selectFrom('job_executions as newer')
          .select('newer.id')
          .where('newer.kind', '=', kind)
          .whereRef('newer.subject', '=', 'old.subject')
          .whereRef('newer.id', '>', 'old.id')
          .orderBy('newer.id')
          .limit(1)
          .offset(keepNewest - 1),
      ),
    );
  }
  const rows = await query.orderBy('old.ended_at').limit(limit).execute();
  return rows.map((row) => row.id);
}
