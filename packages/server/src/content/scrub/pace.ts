import { setTimeout as wait } from 'node:timers/promises';
import type { Clock } from '../../kernel/clock.ts';

/** Keeps work to a rate: who has done more than its share of bytes waits. */
export class Pace {
  readonly #bytesPerSecond: number;
  readonly #clock: Clock;
  #nextAt: number;

  constructor(bytesPerSecond: number, clock: Clock) {
    this.#bytesPerSecond = bytesPerSecond;
    this.#clock = clock;
    this.#nextAt = clock.now();
  }

  /** @throws the signal's reason when it is aborted meanwhile */
  async spend(bytes: number, signal: AbortSignal): Promise<void> {
    const now = this.#clock.now();
    // Time that was not used is not saved up: the medium belongs to others.
    this.#nextAt = Math.max(this.#nextAt, now) + (bytes / this.#bytesPerSecond) * 1_000;
    const waitMs = this.#nextAt - now;
    if (waitMs >= 1) await wait(waitMs, undefined, { signal });
    signal.throwIfAborted();
  }
}
