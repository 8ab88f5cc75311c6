import type { InstanceTransaction } from '../db/instance/instance-database.ts';
import { appendJobLog, type LogEntry } from './append-job-log.ts';
import type { JobFence } from './job-fence.ts';

export interface ExtendLeaseInput {
  readonly fence: JobFence;
  readonly now: number;
  readonly leaseMs: number;
  /** JSON. Undefined: as it was. */
  readonly progress?: string | undefined;
  readonly log: readonly LogEntry[];
}

/** A value and no error, so that it looks the same on both sides of a thread. */
export type ExtendedLease = { readonly held: true; readonly stopRequested: boolean } | { readonly held: false };

/** The heartbeat of a job, which brings along what it had to say; changes nothing when the lease is lost. */
export async function extendLease({ tx }: InstanceTransaction, input: ExtendLeaseInput): Promise<ExtendedLease> {
  const { fence, now, leaseMs, progress, log } = input;
  const job = await tx
    .updateTable('jobs')
    .set({ lease_until: now + leaseMs, ...(progress === undefined ? {} : { progress }) })
    .where('id', '=', fence.jobId)
    .where('status', '=', 'running')
    .where('lease_token', '=', fence.token)
    .where('lease_until', '>=', now)
    .returning('stop_requested')
    .executeTakeFirst();
  if (job === undefined) return { held: false };
  await appendJobLog(tx, fence.jobId, log);
  return { held: true, stopRequested: job.stop_requested === 1 };
}
