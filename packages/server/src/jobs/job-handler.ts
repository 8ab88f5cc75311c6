import type { ClaimedExecution } from './claim-jobs.ts';
import type { JobFence } from './job-fence.ts';
import type { JsonObject, JsonValue } from './json-value.ts';
import type { RetryPolicy } from './retry-policy.ts';

/** What a kind of job does. Features make these; whoever wires an instance gives them to its worker. */
export interface JobHandler {
  readonly kind: string;
  /** How many of this kind one worker runs at once. */
  readonly maxConcurrent: number;
  /** Default: 10 s after the first failure, doubling up to half an hour. */
  readonly retry?: RetryPolicy;
  /**
   * Does the job. It may run again after an attempt that was lost half-way, so what it has done already must do no harm; what
   * it writes goes through commands that call `assertJobLease`. To throw is a failed attempt: the job is tried again later, and
   * is dead when it has no attempt left.
   */
  run(job: RunningJob): Promise<JobOutcome>;
}

/** An attempt at a job, as its handler sees it. */
export interface RunningJob {
  readonly id: number;
  readonly kind: string;
  /** The name of a recurring job. */
  readonly name: string | undefined;
  /** Undefined for a recurring job. */
  readonly execution: ClaimedExecution | undefined;
  readonly parameters: JsonObject;
  /** From 1 on. */
  readonly attempt: number;
  /** What the attempt before, or the run before of a recurring job, last reported. */
  readonly lastProgress: JsonValue | undefined;
  /** For the input of commands, which pass it to `assertJobLease`. */
  readonly fence: JobFence;
  /** Aborted when the job is to stop; its reason is a `JobInterruption`, which tells why. */
  readonly signal: AbortSignal;
  /**
   * Before an effect outside the database, which no fence can hold back (a message is sent, a remote tag is moved): makes sure
   * that the lease is held, and extends it.
   * @throws JobInterruption when it is lost or the job is to stop; ProductError UNAVAILABLE when the database cannot tell.
   */
  confirm(): Promise<void>;
  /** Says something in the job's log, of which the last 1,000 lines are kept. It is written within a second or so. */
  log(text: string): void;
  /** How far it is; the latest value counts. It is written within a second or so. @throws RangeError above 16 KiB of JSON. */
  reportProgress(value: JsonValue): void;
}

export type JobOutcome =
  | { readonly status: 'success'; readonly result?: JsonValue }
  /** It failed in a way that another attempt would not mend. A recurring job comes back all the same. */
  | { readonly status: 'error'; readonly message: string; readonly result?: JsonValue }
  /** It let itself be interrupted. */
  | { readonly status: 'stopped'; readonly result?: JsonValue };
