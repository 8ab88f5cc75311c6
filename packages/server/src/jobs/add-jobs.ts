import type { InstanceTransaction } from '../db/instance/instance-database.ts';
import { insertJobs, type NewJob } from './insert-jobs.ts';
import { assertJobLease, type JobFence } from './job-fence.ts';
import { lockExecution } from './lock-executions.ts';

export interface AddJobsInput {
  /** A running job of the execution: one that plans the others. */
  readonly fence: JobFence;
  readonly jobs: readonly NewJob[];
  readonly now: number;
}

/**
 * Adds jobs to the execution of a running job. What is planned twice, by two attempts, is there twice: the plan and its
 * jobs go into one call, or the jobs are such that a second run does no harm.
 * @returns their ids, in the order of the input
 * @throws ProductError CONFLICT when the job's lease is lost or it was asked to stop.
 */
export async function addJobs(
  context: InstanceTransaction,
  { fence, jobs, now }: AddJobsInput,
): Promise<readonly number[]> {
  const { tx } = context;
  const execution = await tx
    .selectFrom('jobs')
    .innerJoin('job_executions', 'job_executions.id', 'jobs.execution_id')
    .select(['job_executions.id', 'job_executions.kind'])
    .where('jobs.id', '=', fence.jobId)
    .executeTakeFirst();
  await lockExecution(context, execution?.id ?? null);
  await assertJobLease(context, fence, now);
  if (execution === undefined) throw new Error(`job ${fence.jobId} is a recurring one: it has no execution to add to`);
  return insertJobs(tx, execution, jobs, now);
}
