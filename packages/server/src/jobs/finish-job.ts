import type { InstanceTransaction } from '../db/instance/instance-database.ts';
import type { JobFence } from './job-fence.ts';
import type { JobStatus } from './job-status.ts';
import { lockExecution } from './lock-executions.ts';
import { ATTEMPT_COLUMNS, type AttemptReport, writeAttemptEnd } from './write-attempt-end.ts';

export interface FinishJobInput extends AttemptReport {
  readonly fence: JobFence;
  readonly now: number;
}

/** A value and no error, so that it looks the same on both sides of a thread. */
export type FinishedJob = { readonly held: true; readonly status: JobStatus } | { readonly held: false };

/** Ends an attempt; changes nothing when its lease is lost. */
export async function finishJob(context: InstanceTransaction, input: FinishJobInput): Promise<FinishedJob> {
  const { tx, capabilities } = context;
  const { fence, now, ...report } = input;
  const found = await tx.selectFrom('jobs').select('execution_id').where('id', '=', fence.jobId).executeTakeFirst();
  if (found === undefined) return { held: false };
  await lockExecution(context, found.execution_id);
  let query = tx
    .selectFrom('jobs')
    .select(ATTEMPT_COLUMNS)
    .where('id', '=', fence.jobId)
    .where('status', '=', 'running')
    .where('lease_token', '=', fence.token)
    .where('lease_until', '>=', now);
  if (capabilities.rowLocks) query = query.forUpdate();
  const job = await query.executeTakeFirst();
  if (job === undefined) return { held: false };
  return { held: true, status: await writeAttemptEnd(context, job, report, now) };
}
