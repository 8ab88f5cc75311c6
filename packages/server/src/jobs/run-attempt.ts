import { ProductError } from '../kernel/errors.ts';
import type { Ids } from '../kernel/ids.ts';
import type { ClaimedJob } from './claim-jobs.ts';
import type { AttemptEnd } from './end-attempt.ts';
import type { JobHandler, JobOutcome, RunningJob } from './job-handler.ts';
import { JobInterruption } from './job-interruption.ts';
import type { JobLease } from './job-lease.ts';
import { describeError } from './job-text.ts';
import { DEFAULT_RETRY, retryDelayMs } from './retry-policy.ts';

export interface RunAttemptDependencies {
  readonly ids: Pick<Ids, 'hex'>;
  /** Told of errors that no handler should throw, with their stack; the job's log has their message. */
  readonly onError: (error: unknown) => void;
}

/** Runs the handler and ends the attempt accordingly; resolves when both is done. */
export async function runAttempt(
  handler: JobHandler,
  claimed: ClaimedJob,
  lease: JobLease,
  { ids, onError }: RunAttemptDependencies,
): Promise<void> {
  const retryDelay = retryDelayMs(handler.retry ?? DEFAULT_RETRY, claimed.attempt, createJitter(ids));
  try {
    const outcome = await handler.run(toRunningJob(claimed, lease));
    // Stringified here: a result that is no JSON is the handler's failure.
    const result = outcome.result === undefined ? undefined : JSON.stringify(outcome.result);
    await lease.finish(endOfOutcome(outcome, lease, retryDelay), result);
  } catch (error) {
    if (!isExpected(error)) onError(error);
    await lease.finish(endOfError(error, lease, retryDelay));
  }
}

function endOfOutcome(outcome: JobOutcome, lease: JobLease, retryDelay: number): AttemptEnd {
  switch (outcome.status) {
    case 'success':
      return { kind: 'success' };
    case 'error':
      return { kind: 'error', message: outcome.message, retryDelayMs: retryDelay };
    case 'stopped':
      return { kind: lease.interruption === 'shutdown' ? 'released' : 'stopped' };
  }
}

function endOfError(error: unknown, lease: JobLease, retryDelay: number): AttemptEnd {
  if (lease.interruption === 'shutdown') return { kind: 'released' };
  if (lease.interruption === 'stop-requested') return { kind: 'stopped' };
  return { kind: 'failed', message: describeError(error), retryDelayMs: retryDelay };
}

function isExpected(error: unknown): boolean {
  const isAborted = error instanceof Error && error.name === 'AbortError';
  return isAborted || error instanceof ProductError || error instanceof JobInterruption;
}

function toRunningJob(claimed: ClaimedJob, lease: JobLease): RunningJob {
  return {
    id: claimed.id,
    kind: claimed.kind,
    name: claimed.name ?? undefined,
    execution: claimed.execution ?? undefined,
    parameters: JSON.parse(claimed.parameters),
    attempt: claimed.attempt,
    lastProgress: claimed.progress === null ? undefined : JSON.parse(claimed.progress),
    fence: lease.fence,
    signal: lease.signal,
    confirm: () => lease.confirm(),
    log: (text) => lease.log(text),
    reportProgress: (value) => lease.reportProgress(value),
  };
}

/** From 0 up to, not including, 1. */
function createJitter(ids: Pick<Ids, 'hex'>): number {
  return Number.parseInt(ids.hex(4), 16) / 2 ** 32;
}
