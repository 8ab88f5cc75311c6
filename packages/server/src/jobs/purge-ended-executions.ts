import type { InstanceTransaction } from '../db/instance/instance-database.ts';

export interface PurgeEndedExecutionsInput {
  readonly executionIds: readonly number[];
  /** How many jobs may go, with their logs, so that no transaction takes long. */
  readonly maxJobs: number;
}

/**
 * Removes executions that have ended, their jobs first; one that was retried meanwhile stays.
 * @returns how many rows of either went: 0 when there is nothing left to do
 */
export async function purgeEndedExecutions(
  { tx, capabilities }: InstanceTransaction,
  { executionIds, maxJobs }: PurgeEndedExecutionsInput,
): Promise<{ readonly executions: number; readonly jobs: number }> {
  let query = tx
    .selectFrom('job_executions')
    .select('id')
    .where('id', 'in', executionIds)
    .where('ended_at', 'is not', null)
    .orderBy('id');
  if (capabilities.rowLocks) query = query.forUpdate();
  const ended = (await query.execute()).map((row) => row.id);
  if (ended.length === 0) return { executions: 0, jobs: 0 };
  const jobs = await tx.selectFrom('jobs').select('id').where('execution_id', 'in', ended).limit(maxJobs).execute();
  if (jobs.length > 0) {
    const ids = jobs.map((job) => job.id);
    await tx.deleteFrom('jobs').where('id', 'in', ids).execute();
  }
  const removed = await tx
    .deleteFrom('job_executions')
    .where('id', 'in', ended)
    .where((row) =>
      row.not(row.exists(row.selectFrom('jobs').select('id').whereRef('execution_id', '=', 'job_executions.id'))),
    )
    .executeTakeFirst();
  return { executions: Number(removed.numDeletedRows), jobs: jobs.length };
}
