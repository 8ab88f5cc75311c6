import { setTimeout as wait } from 'node:timers/promises';
import type { RunningJob } from '../jobs/job-handler.ts';
import type { Jobs } from '../jobs/jobs.ts';
import type { Clock } from '../kernel/clock.ts';

/** A kind of work that goes on by itself, and the kind that people ask for, which does the same. */
export interface SharedWork {
  readonly recurringKind: string;
  readonly askedKind: string;
}

export interface TurnDeps {
  readonly jobs: Pick<Jobs, 'countJobs' | 'listJobs' | 'stopJob'>;
  readonly clock: Clock;
}

const MAX_WAIT_MS = 60_000;
const LOOK_AGAIN_MS = 100;
const PAGE_SIZE = 100;

/** Whether somebody's own execution does the work now, in whichever process: then the recurring job leaves it alone. */
export async function isDoneForSomebody({ jobs }: TurnDeps, { askedKind }: SharedWork): Promise<boolean> {
  return (await jobs.countJobs({ kind: askedKind, isRecurring: false, statuses: ['running'] })) > 0;
}

/**
 * Waits until neither the recurring job nor an older execution does the work, so that what a job reports is its own doing.
 * Not for ever: one whose worker has died counts as running until its lease is over, and two at once do no harm.
 * @param interrupts whether the recurring job is asked to stop, rather than waited for
 * @throws the job's interruption
 */
export async function waitForTurn(
  { jobs, clock }: TurnDeps,
  { recurringKind, askedKind }: SharedWork,
  job: Pick<RunningJob, 'id' | 'signal' | 'log'>,
  { interrupts }: { readonly interrupts: boolean },
): Promise<void> {
  const page = { page: 1, pageSize: PAGE_SIZE, statuses: ['running'] } as const;
  const deadline = clock.now() + MAX_WAIT_MS;
  for (let isFirst = true; ; isFirst = false) {
    const recurring = await jobs.listJobs({ ...page, kind: recurringKind, isRecurring: true });
    const asked = await jobs.listJobs({ ...page, kind: askedKind, isRecurring: false });
    const before = [...recurring, ...asked.filter((other) => other.id < job.id)];
    if (before.length === 0 || clock.now() >= deadline) return;
    if (isFirst) {
      job.log(`Waits for job ${before.map((other) => other.id).join(', ')}, which does the same.`);
      if (interrupts) for (const { id } of recurring) await jobs.stopJob(id);
    }
    await wait(LOOK_AGAIN_MS, undefined, { signal: job.signal });
  }
}
