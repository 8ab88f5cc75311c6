import { setTimeout as delay } from 'node:timers/promises';
import type { InstanceDatabase } from '../db/instance/instance-database.ts';
import type { Clock } from '../kernel/clock.ts';
import type { Ids } from '../kernel/ids.ts';
import { type ClaimedJob, claimJobs } from './claim-jobs.ts';
import { type DueInstants, earliestOf, findDueInstants } from './due-instants.ts';
import { fireSchedules } from './fire-schedules.ts';
import type { JobHandler } from './job-handler.ts';
import { JobLease } from './job-lease.ts';
import { runAttempt } from './run-attempt.ts';

export interface JobWorkerDependencies {
  readonly database: InstanceDatabase;
  /** Clocks of workers that share a database may differ by a small part of the lease. */
  readonly clock: Clock;
  readonly ids: Pick<Ids, 'hex'>;
  readonly handlers: readonly JobHandler[];
  /** Tells people which worker holds a job. */
  readonly owner: string;
  /** How many jobs it runs at once. */
  readonly concurrency: number;
  /** Default: 30 s. */
  readonly leaseMs?: number;
  /** Default: a third of the lease. */
  readonly heartbeatMs?: number;
  /** How often it looks for what others have queued, at least. Default: 2 s. */
  readonly pollMs?: number;
  /** Told of what went wrong in the background; the worker goes on. */
  readonly onError: (error: unknown) => void;
}

/** Runs the jobs of one instance, and fires its schedules, beside any number of others. */
export interface JobWorker {
  start(): void;
  /** Looks for work now: something was queued. */
  wake(): void;
  /**
   * Resolves when it has looked and found nothing that it could do now, and nothing of it runs; also when it has stopped.
   * @throws what a look for work throws
   */
  untilIdle(): Promise<void>;
  /**
   * Takes no more jobs, tells its handlers to stop, and gives back what has not ended after `graceMs`, so that another worker
   * continues it at once.
   */
  stop(graceMs: number): Promise<void>;
}

const DEFAULT_LEASE_MS = 30_000;
const DEFAULT_POLL_MS = 2_000;
const MIN_WAIT_MS = 5;
/** What was seen due could not be claimed (others did, or hold a lock): it looks again soon, then ever less often. */
const FIRST_CONTENDED_WAIT_MS = 50;
/** How long a stop waits for the database. */
const GIVE_BACK_MS = 5_000;

export function createJobWorker(dependencies: JobWorkerDependencies): JobWorker {
  return new PollingJobWorker(dependencies);
}

interface RunningAttempt {
  readonly kind: string;
  readonly lease: JobLease;
  readonly done: Promise<void>;
}

class PollingJobWorker implements JobWorker {
  readonly #deps: JobWorkerDependencies;
  readonly #leaseMs: number;
  readonly #heartbeatMs: number;
  readonly #pollMs: number;
  readonly #handlers: ReadonlyMap<string, JobHandler>;
  /** Whoever was served longest ago comes first. */
  #kinds: readonly string[];
  /** By job. One that has lost its lease stays until its handler ends: no handler is ever run beside itself. */
  readonly #attempts = new Map<number, RunningAttempt>();
  #loop: Promise<void> | undefined;
  #stopping: Promise<void> | undefined;
  #isAwake = false;
  #fruitlessClaims = 0;
  #endSleep: (() => void) | undefined;
  #idleWaiters: PromiseWithResolvers<void>[] = [];

  constructor(deps: JobWorkerDependencies) {
    this.#deps = deps;
    this.#leaseMs = deps.leaseMs ?? DEFAULT_LEASE_MS;
    this.#heartbeatMs = deps.heartbeatMs ?? Math.floor(this.#leaseMs / 3);
    this.#pollMs = deps.pollMs ?? DEFAULT_POLL_MS;
    this.#handlers = new Map(deps.handlers.map((handler) => [handler.kind, handler]));
    if (this.#handlers.size < deps.handlers.length) throw new Error('two handlers are registered for one kind of job');
    this.#kinds = [...this.#handlers.keys()];
  }

  start(): void {
    this.#loop ??= this.#work();
  }

  wake(): void {
    this.#isAwake = true;
    this.#endSleep?.();
  }

  untilIdle(): Promise<void> {
    if (this.#stopping !== undefined) return Promise.resolve();
    const waiter = Promise.withResolvers<void>();
    this.#idleWaiters.push(waiter);
    this.wake();
    return waiter.promise;
  }

  stop(graceMs: number): Promise<void> {
    this.#stopping ??= this.#shutDown(graceMs);
    return this.#stopping;
  }

  async #work(): Promise<void> {
    // `stop` is asked for while a round is under way.
    while (this.#stopping === undefined) {
      let waitMs = this.#pollMs;
      // Who asks while a round is under way asks for the next.
      const waiters = this.#idleWaiters;
      this.#idleWaiters = [];
      try {
        waitMs = await this.#round();
        if (waitMs > 0 && this.#fruitlessClaims === 0 && this.#attempts.size === 0) {
          for (const { resolve } of waiters) resolve();
        } else {
          this.#idleWaiters.push(...waiters);
        }
      } catch (error) {
        this.#deps.onError(error);
        for (const { reject } of waiters) reject(error);
      }
      await this.#sleep(waitMs);
    }
    for (const { resolve } of this.#idleWaiters) resolve();
  }

  /** Fires what is due and claims what there is room for. @returns how long to sleep, in milliseconds */
  async #round(): Promise<number> {
    this.#isAwake = false;
    const due = await this.#fire(await this.#findDue());
    if (!this.#isClaimable(due)) {
      this.#fruitlessClaims = 0;
      return this.#untilDue(due);
    }
    const isFruitless = (await this.#claim()) === 0;
    this.#fruitlessClaims = isFruitless ? this.#fruitlessClaims + 1 : 0;
    return isFruitless ? Math.min(this.#pollMs, FIRST_CONTENDED_WAIT_MS * 2 ** (this.#fruitlessClaims - 1)) : 0;
  }

  #findDue(): Promise<DueInstants> {
    return findDueInstants(this.#deps.database.reader, this.#kinds);
  }

  /** Schedules that cannot be fired hold up no job. @returns what is due then */
  async #fire(due: DueInstants): Promise<DueInstants> {
    if (due.scheduleAt === undefined || due.scheduleAt > this.#deps.clock.now()) return due;
    try {
      await fireSchedules(this.#deps);
      return await this.#findDue();
    } catch (error) {
      this.#deps.onError(error);
      return { ...due, scheduleAt: undefined };
    }
  }

  #isClaimable({ pending, leaseEndAt }: DueInstants): boolean {
    const now = this.#deps.clock.now();
    if (this.#freeSlots() === 0) return false;
    if (leaseEndAt !== undefined && leaseEndAt < now) return true;
    return this.#claimableKinds().some(({ kind }) => (pending.get(kind) ?? Number.POSITIVE_INFINITY) <= now);
  }

  async #claim(): Promise<number> {
    const { database, clock, owner } = this.#deps;
    const input = {
      owner,
      now: clock.now(),
      leaseMs: this.#leaseMs,
      limit: this.#freeSlots(),
      kinds: this.#claimableKinds(),
      except: [...this.#attempts.keys()],
    };
    // A claim that a power cut takes back leaves the job waiting, and nobody alive who would work on it.
    const claimed = await database.execute(claimJobs, input, 'crash');
    for (const job of claimed) this.#start(job);
    const served = new Set(claimed.map((job) => job.kind));
    this.#kinds = [...this.#kinds.filter((kind) => !served.has(kind)), ...served];
    return claimed.length;
  }

  #start(job: ClaimedJob): void {
    const lease = new JobLease({ ...this.#deps, leaseMs: this.#leaseMs, heartbeatMs: this.#heartbeatMs }, job);
    const handler = this.#handlers.get(job.kind);
    const isRunnable = handler !== undefined && this.#stopping === undefined;
    const running = isRunnable ? runAttempt(handler, job, lease, this.#deps) : lease.giveBack();
    const done = running.catch(this.#deps.onError).finally(() => {
      this.#attempts.delete(job.id);
      this.wake();
    });
    this.#attempts.set(job.id, { kind: job.kind, lease, done });
  }

  #freeSlots(): number {
    return Math.max(0, this.#deps.concurrency - this.#attempts.size);
  }

  #claimableKinds(): readonly { readonly kind: string; readonly limit: number }[] {
    const busy = [...this.#attempts.values()].map((attempt) => attempt.kind);
    return this.#kinds
      .map((kind) => {
        const max = this.#handlers.get(kind)?.maxConcurrent ?? 0;
        return { kind, limit: max - busy.filter((each) => each === kind).length };
      })
      .filter(({ limit }) => limit > 0);
  }

  /** A slot that becomes free wakes it anyway; work that it has no room for is nothing to wake for. */
  #untilDue(due: DueInstants): number {
    const isFull = this.#freeSlots() === 0;
    const claimable = new Set(this.#claimableKinds().map(({ kind }) => kind));
    const pending = new Map([...due.pending].filter(([kind]) => !isFull && claimable.has(kind)));
    const leaseEndAt = isFull ? undefined : due.leaseEndAt;
    const next = earliestOf({ pending, leaseEndAt, scheduleAt: due.scheduleAt });
    if (next === undefined) return this.#pollMs;
    return Math.min(this.#pollMs, Math.max(MIN_WAIT_MS, next - this.#deps.clock.now()));
  }

  async #sleep(milliseconds: number): Promise<void> {
    if (this.#isAwake || milliseconds <= 0 || this.#stopping !== undefined) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, milliseconds);
      this.#endSleep = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.#endSleep = undefined;
  }

  async #shutDown(graceMs: number): Promise<void> {
    this.wake();
    const running = [...this.#attempts.values()];
    for (const { lease } of running) lease.interrupt('shutdown');
    await within(graceMs, Promise.allSettled(running.map(({ done }) => done)));
    const left = [...this.#attempts.values()].map(({ lease }) => lease.giveBack());
    await within(GIVE_BACK_MS, Promise.allSettled([...left, this.#loop]));
  }
}

/** Waits for the work, but not longer than that. */
async function within(milliseconds: number, work: Promise<unknown>): Promise<void> {
  const waiting = new AbortController();
  const limit = delay(milliseconds, undefined, { signal: waiting.signal }).catch(() => undefined);
  await Promise.race([work, limit]);
  waiting.abort();
}
