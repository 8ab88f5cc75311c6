import { setTimeout as delay } from 'node:timers/promises';
import type { InstanceDatabase } from '../db/instance/instance-database.ts';
import type { Clock } from '../kernel/clock.ts';
import { ProductError } from '../kernel/errors.ts';
import { type LogEntry, MAX_LOG_LINES } from './append-job-log.ts';
import type { ClaimedJob } from './claim-jobs.ts';
import type { AttemptEnd } from './end-attempt.ts';
import { extendLease } from './extend-lease.ts';
import { finishJob } from './finish-job.ts';
import type { JobFence } from './job-fence.ts';
import { type InterruptionCause, JobInterruption } from './job-interruption.ts';
import type { JsonValue } from './json-value.ts';

export interface JobLeaseDependencies {
  readonly database: InstanceDatabase;
  readonly clock: Clock;
  readonly leaseMs: number;
  readonly heartbeatMs: number;
  readonly onError: (error: unknown) => void;
}

const MAX_PROGRESS_LENGTH = 16_384;
const MAX_FLUSH_WAIT_MS = 1_000;
const MAX_FINISH_WAIT_MS = 1_000;

/**
 * A worker's hold on one job: heartbeats while the handler is busy, which carry log and progress along, and the end of the
 * attempt. When the lease is lost, or cannot be extended before it runs out, the signal aborts and nothing more is written.
 */
export class JobLease {
  readonly fence: JobFence;
  readonly #deps: JobLeaseDependencies;
  readonly #controller = new AbortController();
  /** A recurring job whose end a power cut takes back runs once more, as it does all the time. */
  readonly #endDurability: Parameters<InstanceDatabase['execute']>[2];
  #leaseUntil: number;
  #extendedAt = Number.NEGATIVE_INFINITY;
  #isOver = false;
  #isEnding = false;
  #log: LogEntry[] = [];
  #progress: string | undefined;
  #writing: Promise<void> | undefined;
  #heartbeat: NodeJS.Timeout | undefined;
  #flush: NodeJS.Timeout | undefined;
  #deadline: NodeJS.Timeout | undefined;

  constructor(deps: JobLeaseDependencies, claimed: ClaimedJob) {
    this.#deps = deps;
    this.#endDurability = claimed.name === null ? 'power-cut' : 'crash';
    this.fence = { jobId: claimed.id, token: claimed.token };
    this.#leaseUntil = claimed.leaseUntil;
    this.#heartbeat = setTimeout(() => this.#beat(), deps.heartbeatMs);
    this.#watchDeadline();
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Why it was interrupted first. */
  get interruption(): InterruptionCause | undefined {
    const { reason } = this.#controller.signal;
    return reason instanceof JobInterruption ? reason.why : undefined;
  }

  interrupt(why: InterruptionCause): void {
    if (!this.#isOver) this.#controller.abort(new JobInterruption(why));
  }

  log(text: string): void {
    if (this.#isOver) return;
    this.#log.push({ at: this.#deps.clock.now(), text });
    // Older lines would not be kept anyway.
    if (this.#log.length > 2 * MAX_LOG_LINES) this.#log = this.#log.slice(-MAX_LOG_LINES);
    this.#flushSoon();
  }

  reportProgress(value: JsonValue): void {
    const json = JSON.stringify(value);
    if (json.length > MAX_PROGRESS_LENGTH) {
      throw new RangeError(`the progress of a job takes at most ${MAX_PROGRESS_LENGTH} characters of JSON`);
    }
    if (this.#isOver) return;
    this.#progress = json;
    this.#flushSoon();
  }

  /**
   * Makes sure now that the lease is held.
   * @throws JobInterruption when it is not, or the job is to stop; ProductError UNAVAILABLE when nobody can tell.
   */
  async confirm(): Promise<void> {
    const askedAt = this.#deps.clock.now();
    await this.#writing;
    this.#write();
    await this.#writing;
    this.signal.throwIfAborted();
    if (this.#extendedAt >= askedAt) return;
    throw new ProductError('UNAVAILABLE', `Nobody can tell now whether job ${this.fence.jobId} is still held.`);
  }

  /**
   * Ends the attempt, trying until the lease is over.
   * @param result JSON
   * @returns false when the lease is lost and nothing was written
   */
  async finish(end: AttemptEnd, result?: string): Promise<boolean> {
    await this.#startEnding();
    while (!this.#isOver) {
      if (this.#deps.clock.now() > this.#leaseUntil) break;
      try {
        return await this.#finishOnce(end, result);
      } catch (error) {
        this.#deps.onError(error);
        await delay(Math.min(MAX_FINISH_WAIT_MS, this.#deps.heartbeatMs));
      }
    }
    this.#close();
    return false;
  }

  /** Gives the job back although its handler has not ended: from here on that commits nothing. */
  async giveBack(): Promise<void> {
    if (this.#isOver) return;
    await this.#startEnding();
    try {
      await this.#finishOnce({ kind: 'released' }, undefined);
    } catch (error) {
      // Another worker takes the job when its lease is over.
      this.#deps.onError(error);
    } finally {
      this.#close();
    }
  }

  /** From here on no heartbeat writes: the end brings along what there is to say, once. */
  async #startEnding(): Promise<void> {
    this.#isEnding = true;
    for (const timer of [this.#heartbeat, this.#flush]) clearTimeout(timer);
    await this.#writing;
  }

  async #finishOnce(end: AttemptEnd, result: string | undefined): Promise<boolean> {
    const { database, clock } = this.#deps;
    const input = { fence: this.fence, now: clock.now(), end, progress: this.#progress, result, log: this.#log };
    const { held } = await database.execute(finishJob, input, this.#endDurability);
    this.#close();
    return held;
  }

  #beat(): void {
    this.#heartbeat = setTimeout(() => this.#beat(), this.#deps.heartbeatMs);
    this.#write();
  }

  #flushSoon(): void {
    const waitMs = Math.min(MAX_FLUSH_WAIT_MS, this.#deps.heartbeatMs);
    this.#flush ??= setTimeout(() => {
      this.#flush = undefined;
      if (this.#writing === undefined) this.#write();
      else this.#flushSoon();
    }, waitMs);
  }

  /** One write at a time: a heartbeat that finds another under way has nothing to add. */
  #write(): void {
    if (this.#isOver || this.#isEnding) return;
    this.#writing ??= this.#extend().finally(() => {
      this.#writing = undefined;
    });
  }

  async #extend(): Promise<void> {
    const { database, clock, leaseMs, onError } = this.#deps;
    const [log, progress, now] = [this.#log, this.#progress, clock.now()];
    this.#log = [];
    this.#progress = undefined;
    try {
      const input = { fence: this.fence, now, leaseMs, progress, log };
      const lease = await database.execute(extendLease, input, 'crash');
      if (this.#isOver) return;
      if (!lease.held) return this.#lose();
      this.#leaseUntil = now + leaseMs;
      this.#extendedAt = now;
      if (lease.stopRequested) this.interrupt('stop-requested');
    } catch (error) {
      this.#log = [...log, ...this.#log];
      this.#progress ??= progress;
      onError(error);
    }
  }

  #watchDeadline(): void {
    const leftMs = this.#leaseUntil - this.#deps.clock.now();
    if (leftMs < 0) this.#lose();
    else this.#deadline = setTimeout(() => this.#watchDeadline(), leftMs + 1);
  }

  #lose(): void {
    this.interrupt('lease-lost');
    this.#close();
  }

  #close(): void {
    this.#isOver = true;
    for (const timer of [this.#heartbeat, this.#flush, this.#deadline]) clearTimeout(timer);
  }
}
