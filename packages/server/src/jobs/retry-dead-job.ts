import type { InstanceTransaction } from '../db/instance/instance-database.ts';
import { RETRYABLE } from './job-status.ts';
import { lockExecution } from './lock-executions.ts';

export interface RetryDeadJobInput {
  readonly jobId: number;
  readonly now: number;
}

/** Queues a job again that is dead or ended with an error, with all its attempts; its execution goes on. @returns false when there is none such */
export async function retryDeadJob(context: InstanceTransaction, { jobId, now }: RetryDeadJobInput): Promise<boolean> {
  const { tx } = context;
  const found = await tx.selectFrom('jobs').select('execution_id').where('id', '=', jobId).executeTakeFirst();
  if (found === undefined) return false;
  await lockExecution(context, found.execution_id);
  const queued = await tx
    .updateTable('jobs')
    .set({ status: 'pending', attempts: 0, run_after: now, ended_at: null })
    .where('id', '=', jobId)
    .where('status', 'in', RETRYABLE)
    .executeTakeFirst();
  if (queued.numUpdatedRows === 0n) return false;
  if (found.execution_id === null) return true;
  await tx
    .updateTable('job_executions')
    .set({ status: 'pending', message: null, ended_at: null })
    .where('id', '=', found.execution_id)
    .where('ended_at', 'is not', null)
    .execute();
  return true;
}
