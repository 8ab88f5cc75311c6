import type { InstanceTransaction } from '../db/instance/instance-database.ts';
import { lockExecution } from './lock-executions.ts';
import { requestStop } from './request-stop.ts';
import { settleExecution } from './settle-execution.ts';

export interface StopJobInput {
  readonly jobId: number;
  readonly now: number;
}

/**
 * Stops one job, at once if it waits. Of a recurring job only the present run stops.
 * @returns false when the job is not there or has ended already
 */
export async function stopJob(context: InstanceTransaction, { jobId, now }: StopJobInput): Promise<boolean> {
  const { tx } = context;
  const job = await tx.selectFrom('jobs').select('execution_id').where('id', '=', jobId).executeTakeFirst();
  if (job === undefined) return false;
  await lockExecution(context, job.execution_id);
  const count = await requestStop(tx, 'id', jobId, now);
  if (count > 0) await settleExecution(tx, job.execution_id, now);
  return count > 0;
}
