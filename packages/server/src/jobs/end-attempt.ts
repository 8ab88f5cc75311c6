import type { JobStatus } from './job-status.ts';
import { toErrorText } from './job-text.ts';

/** How an attempt ended. */
export type AttemptEnd =
  | { readonly kind: 'success' }
  /** Another attempt would not help; a recurring job takes it as `failed`. */
  | { readonly kind: 'error'; readonly message: string; readonly retryDelayMs: number }
  | { readonly kind: 'failed'; readonly message: string; readonly retryDelayMs: number }
  | { readonly kind: 'stopped' }
  /** The worker shuts down and gives the job back: that attempt does not count. */
  | { readonly kind: 'released' }
  /** The lease ran out: the worker died, hangs or was stopped. That attempt counts, or what kills its worker would do so forever. */
  | { readonly kind: 'lost'; readonly owner: string; readonly leaseUntil: number };

/** What the end depends on. */
export interface AttemptedJob {
  readonly attempts: number;
  readonly maxAttempts: number;
  readonly runAfter: number;
  readonly repeatEveryMs: number | null;
  readonly stopRequested: boolean;
}

/** What becomes of the job. */
export interface EndedAttempt {
  readonly status: JobStatus;
  readonly attempts: number;
  readonly runAfter: number;
  /** Null: none. Undefined: as it was. */
  readonly error: string | null | undefined;
  /** What the log says of it. */
  readonly note: string | undefined;
}

/** Decides what becomes of a job whose attempt ended. */
export function endAttempt(job: AttemptedJob, end: AttemptEnd, now: number): EndedAttempt {
  const isStopped = end.kind === 'stopped' || (job.stopRequested && end.kind !== 'success' && end.kind !== 'error');
  if (isStopped) return stop(job, end, now);
  const { attempts, runAfter, repeatEveryMs } = job;
  switch (end.kind) {
    case 'success':
      return repeatEveryMs === null
        ? { status: 'success', attempts, runAfter, error: null, note: undefined }
        : { status: 'pending', attempts: 0, runAfter: now + repeatEveryMs, error: null, note: undefined };
    case 'released':
      return {
        status: 'pending',
        attempts: attempts - 1,
        runAfter,
        error: undefined,
        note: 'Given back by a worker that shuts down.',
      };
    case 'lost':
      return lose(job, end);
    default:
      return fail(job, end, now);
  }
}

function stop(job: AttemptedJob, end: AttemptEnd, now: number): EndedAttempt {
  const note = end.kind === 'failed' ? `Stopped, as was asked: ${toErrorText(end.message)}` : 'Stopped, as was asked.';
  const { attempts, runAfter, repeatEveryMs } = job;
  if (repeatEveryMs === null) return { status: 'stopped', attempts, runAfter, error: undefined, note };
  return { status: 'pending', attempts: 0, runAfter: now + repeatEveryMs, error: null, note };
}

function fail(
  job: AttemptedJob,
  end: Extract<AttemptEnd, { readonly kind: 'error' | 'failed' }>,
  now: number,
): EndedAttempt {
  const { attempts, repeatEveryMs } = job;
  const error = toErrorText(end.message);
  const what = `${nameAttempt(job)} failed`;
  const isLast = repeatEveryMs === null && (end.kind === 'error' || attempts >= job.maxAttempts);
  if (isLast) {
    const status = end.kind === 'error' ? 'error' : 'dead';
    const note = end.kind === 'error' ? `Ended with an error: ${error}` : `${what}, and there is no other: ${error}`;
    return { status, attempts, runAfter: job.runAfter, error, note };
  }
  const runAfter = now + end.retryDelayMs;
  const note = `${what}, the next one is not before ${new Date(runAfter).toISOString()}: ${error}`;
  return { status: 'pending', attempts, runAfter, error, note };
}

function lose(job: AttemptedJob, end: Extract<AttemptEnd, { readonly kind: 'lost' }>): EndedAttempt {
  const { attempts, runAfter } = job;
  const error = `${nameAttempt(job)} was lost: its worker ${end.owner} gave no sign of life until ${new Date(end.leaseUntil).toISOString()}.`;
  const isLast = job.repeatEveryMs === null && attempts >= job.maxAttempts;
  return { status: isLast ? 'dead' : 'pending', attempts, runAfter, error, note: error };
}

function nameAttempt({ attempts, maxAttempts, repeatEveryMs }: AttemptedJob): string {
  return repeatEveryMs === null ? `Attempt ${attempts} of ${maxAttempts}` : `Attempt ${attempts}`;
}
