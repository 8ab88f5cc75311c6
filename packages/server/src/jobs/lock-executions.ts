import type { InstanceTransaction } from '../db/instance/instance-database.ts';

/**
 * Executions are locked before their jobs: jobs that end side by side then see each other's end, and the last of them ends
 * the execution. Claims and recovery go the other way round, and so never wait: what is locked they leave for later.
 */
export async function lockExecution({ tx, capabilities }: InstanceTransaction, id: number | null): Promise<void> {
  if (id === null || !capabilities.rowLocks) return;
  await tx.selectFrom('job_executions').select('id').where('id', '=', id).forUpdate().execute();
}

/** @returns the ids of those that could be locked without waiting */
export async function tryLockExecutions(
  { tx, capabilities }: InstanceTransaction,
  ids: readonly number[],
): Promise<ReadonlySet<number>> {
  if (ids.length === 0 || !capabilities.rowLocks) return new Set(ids);
  const rows = await tx
    .selectFrom('job_executions')
    .select('id')
    .where('id', 'in', ids)
    .forUpdate()
    .skipLocked()
    .execute();
  return new Set(rows.map((row) => row.id));
}
