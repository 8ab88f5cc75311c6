import type { InstanceTransaction } from '../db/instance/instance-database.ts';
import { ProductError } from '../kernel/errors.ts';

/** What proves that an attempt still holds its job: plain data, to be passed on in the input of commands. */
export interface JobFence {
  readonly jobId: number;
  /** Raised by each claim. */
  readonly token: number;
}

/**
 * Inside a command that a job executes, before its own writes: they commit only if the job still holds its lease
 * (invariant 15) and nobody has asked it to stop.
 *
 * The token alone makes this safe: a claim by another worker raises it, and where writers run side by side the row stays
 * share-locked until the commit, so that no claim fits between look and commit. That needs no clock, and so holds for a
 * process that was stopped after it had read the time. The end of the lease, compared when `now` is given, only adds that
 * a lapsed lease counts as lost before anybody has claimed the job, as it does for heartbeats and the end of an attempt.
 * @param now the time in the command's input, when there is one
 * @throws ProductError CONFLICT when the lease is lost or a stop was asked for. A handler lets it pass: the worker knows
 * what became of the job.
 */
export async function assertJobLease(
  { tx, capabilities }: Pick<InstanceTransaction, 'tx' | 'capabilities'>,
  fence: JobFence,
  now?: number,
): Promise<void> {
  let query = tx
    .selectFrom('jobs')
    .select(['status', 'lease_token', 'lease_until', 'stop_requested'])
    .where('id', '=', fence.jobId);
  if (capabilities.rowLocks) query = query.forShare();
  const job = await query.executeTakeFirst();
  const holds =
    job?.status === 'running' &&
    job.lease_token === fence.token &&
    job.lease_until !== null &&
    (now === undefined || job.lease_until >= now);
  if (!holds) {
    throw new ProductError(
      'CONFLICT',
      `Job ${fence.jobId} is no longer held by this attempt, so nothing was written: another attempt continues it.`,
    );
  }
  if (job.stop_requested === 1) {
    throw new ProductError('CONFLICT', `Job ${fence.jobId} was asked to stop, so nothing was written.`);
  }
}
