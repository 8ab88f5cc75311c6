import type { Clock } from '../../kernel/clock.ts';
import type { InstancePool, PooledInstance, WorkLease } from '../instances/instance-pool.ts';
import type { OpenMarks } from './open-marks.ts';
import type { ClaimedInstance } from './wake-rows.ts';

/** An instance, as far as it is woken for work of its own. */
export interface WorkingInstance extends PooledInstance {
  /** Resolves when it has nothing left that it could do now. @throws what looking for work throws */
  untilIdle(): Promise<void>;
  /** When it has something to do next; undefined: nothing that it knows of. */
  nextDueAt(): Promise<number | undefined>;
}

export interface WakerOptions<Instance extends WorkingInstance> {
  readonly marks: Pick<OpenMarks, 'findOldestDue' | 'claimDue' | 'giveBack' | 'delay' | 'adoptOrphans'>;
  readonly pool: Pick<InstancePool<Instance>, 'forWork' | 'countRoom'>;
  readonly clock: Clock;
  /** How many it wakes at once; one that works for long does not count after a minute. */
  readonly concurrency: number;
  /** Told of each instance that was woken, and how many milliseconds after it was due. */
  readonly onWake?: (latenessMs: number) => void;
  /** Told of each that was not, with a sentence that says what becomes of it. */
  readonly onFailure: (sentence: string, error: unknown) => void;
  readonly onError: (error: unknown) => void;
  /** How often it looks. Default: 1 s. */
  readonly pollMs?: number;
}

export interface Waker {
  start(): void;
  /** Looks at once for what is due: there may be something. */
  look(): void;
  /** Wakes no more; what is awake closes with the pool. */
  stop(): Promise<void>;
}

const POLL_MS = 1_000;
const ADOPT_MS = 5_000;
/** An instance that was asked for within this time is in use; what is idle for longer may make room. */
const IN_USE_MS = 60_000;
/** For so long what is due waits for room; then one at a time is woken whatever it takes. */
const PATIENCE_MS = 30_000;
/** From then on it takes no turn from others. */
const LONG_WORK_MS = 60_000;
/** What is due again so soon is waited for. */
const LINGER_MS = 2_000;
const FIRST_RETRY_MS = 5_000;
const MAX_RETRY_MS = 3_600_000;

export function createWaker<Instance extends WorkingInstance>(options: WakerOptions<Instance>): Waker {
  return new PollingWaker(options);
}

/** Opens sleeping instances that are due, lets them work, and lets them go back to sleep. */
class PollingWaker<Instance extends WorkingInstance> implements Waker {
  readonly #options: WakerOptions<Instance>;
  readonly #pollMs: number;
  readonly #stopping = new AbortController();
  /** Claimed and not yet open: the pool does not count them. */
  #opening = 0;
  /** Those that count against the concurrency. */
  #busy = 0;
  /** One that was woken although there was no room. */
  #isForcing = false;
  #adoptedAt = Number.NEGATIVE_INFINITY;
  readonly #awake = new Set<Promise<void>>();
  #loop: Promise<void> | undefined;
  #endPause: (() => void) | undefined;
  #isPoked = false;

  constructor(options: WakerOptions<Instance>) {
    this.#options = options;
    this.#pollMs = options.pollMs ?? POLL_MS;
  }

  start(): void {
    this.#loop ??= this.#run();
  }

  look(): void {
    this.#poke();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#poke();
    await this.#loop;
    await Promise.all(this.#awake);
  }

  async #run(): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      try {
        await this.#adopt();
        // As long as there is room and something is due it goes on.
        while (!this.#stopping.signal.aborted && (await this.#round()) > 0);
      } catch (error) {
        this.#options.onError(error);
      }
      await this.#pause();
    }
  }

  async #adopt(): Promise<void> {
    const now = performance.now();
    if (now - this.#adoptedAt < ADOPT_MS) return;
    await this.#options.marks.adoptOrphans();
    this.#adoptedAt = now;
  }

  /** @returns how many it has begun to wake */
  async #round(): Promise<number> {
    const { marks, clock } = this.#options;
    if (this.#findRoom(Number.POSITIVE_INFINITY) === 0) return 0;
    const oldestDueAt = await marks.findOldestDue();
    if (oldestDueAt === undefined) return 0;
    const room = this.#findRoom(clock.now() - oldestDueAt);
    if (room === 0) return 0;
    const isForced = this.#countRoom() <= 0;
    const claimed = await marks.claimDue(room);
    for (const instance of claimed) this.#begin(instance, isForced);
    return claimed.length;
  }

  /** How many may be woken now, when the first of them waits for so long. */
  #findRoom(latenessMs: number): number {
    const turns = this.#options.concurrency - this.#busy;
    const room = Math.min(turns, this.#countRoom());
    if (room > 0) return room;
    const mayForce = latenessMs >= PATIENCE_MS && !this.#isForcing && turns > 0;
    return mayForce ? 1 : 0;
  }

  #countRoom(): number {
    return this.#options.pool.countRoom(IN_USE_MS) - this.#opening;
  }

  #begin(claimed: ClaimedInstance, isForced: boolean): void {
    this.#busy += 1;
    this.#opening += 1;
    if (isForced) this.#isForcing = true;
    const waking = this.#wake(claimed)
      .catch(this.#options.onError)
      .finally(() => {
        this.#awake.delete(waking);
        if (isForced) this.#isForcing = false;
        this.#poke();
      });
    this.#awake.add(waking);
  }

  async #wake(claimed: ClaimedInstance): Promise<void> {
    const { clock, onWake } = this.#options;
    let isBusy = true;
    const endTurn = () => {
      if (isBusy) this.#busy -= 1;
      isBusy = false;
      this.#poke();
    };
    using lease = await this.#open(claimed).finally(() => {
      this.#opening -= 1;
    });
    if (lease === undefined) return endTurn();
    onWake?.(Math.max(0, clock.now() - claimed.dueAt));
    const timer = setTimeout(endTurn, LONG_WORK_MS).unref();
    try {
      await this.#work(claimed, lease);
    } finally {
      clearTimeout(timer);
      endTurn();
    }
  }

  async #open(claimed: ClaimedInstance): Promise<WorkLease<Instance> | undefined> {
    const { pool, marks, clock } = this.#options;
    try {
      if (!this.#stopping.signal.aborted) {
        const lease = await pool.forWork(claimed.id);
        if (lease !== undefined) return lease;
      }
      // It was destroyed meanwhile, or this process stops and another wakes it.
      await marks.giveBack(claimed.id, clock.now(), claimed.failures);
    } catch (error) {
      if (this.#stopping.signal.aborted) await marks.giveBack(claimed.id, clock.now(), claimed.failures);
      else await this.#retryLater(claimed, 'could not be opened', error);
    }
    return undefined;
  }

  async #retryLater(claimed: ClaimedInstance, what: string, error: unknown): Promise<void> {
    const { marks, onFailure } = this.#options;
    const until = this.#retryAt(claimed);
    onFailure(describeFailure(claimed, what, until, error), error);
    await marks.giveBack(claimed.id, until, claimed.failures + 1);
  }

  #retryAt({ failures }: ClaimedInstance): number {
    return this.#options.clock.now() + Math.min(MAX_RETRY_MS, FIRST_RETRY_MS * 2 ** Math.min(failures, 20));
  }

  /** Until it is idle, or has to close. What is left over is given back as the instance closes. */
  async #work(claimed: ClaimedInstance, { instance, signal }: WorkLease<Instance>): Promise<void> {
    const { marks, clock, onFailure } = this.#options;
    const told = AbortSignal.any([signal, this.#stopping.signal]);
    try {
      const nextDueAt = await this.#workUntilIdle(instance, told);
      if (told.aborted || nextDueAt === undefined || nextDueAt > clock.now()) return;
      // It finds nothing to do and is due all the same: something keeps it from its work, and it must not go round in circles.
      marks.delay(claimed.id, this.#retryAt(claimed), claimed.failures + 1);
    } catch (error) {
      const until = this.#retryAt(claimed);
      marks.delay(claimed.id, until, claimed.failures + 1);
      onFailure(describeFailure(claimed, 'could not work', until, error), error);
    }
  }

  /** @returns when it is due next */
  async #workUntilIdle(instance: Instance, told: AbortSignal): Promise<number | undefined> {
    const aborted = new Promise<void>((resolve) => {
      if (told.aborted) resolve();
      told.addEventListener('abort', () => resolve(), { once: true });
    });
    for (;;) {
      await Promise.race([instance.untilIdle(), aborted]);
      if (told.aborted) return undefined;
      const nextDueAt = await instance.nextDueAt();
      const waitMs = nextDueAt === undefined ? Number.POSITIVE_INFINITY : nextDueAt - this.#options.clock.now();
      if (waitMs <= 0 || waitMs > LINGER_MS) return nextDueAt;
      await Promise.race([new Promise((resolve) => setTimeout(resolve, waitMs)), aborted]);
    }
  }

  /** Has it look again: there may be room now. */
  #poke(): void {
    this.#isPoked = true;
    this.#endPause?.();
  }

  async #pause(): Promise<void> {
    if (!this.#isPoked) await this.#sleep();
    this.#isPoked = false;
  }

  async #sleep(): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, this.#pollMs);
      this.#endPause = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.#endPause = undefined;
  }
}

function describeFailure({ id }: ClaimedInstance, what: string, until: number, error: unknown): string {
  const reason = error instanceof Error ? error.message : String(error);
  return `the instance ${id} was due and ${what}: ${reason}; it is woken again at ${new Date(until).toISOString()}`;
}
