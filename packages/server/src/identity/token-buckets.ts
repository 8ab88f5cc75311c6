import { LRUCache } from 'lru-cache';
import type { Clock } from '../kernel/clock.ts';
import { onFirstUse } from '../kernel/on-first-use.ts';

/** So many tries at once, then one more after each interval. */
export interface Allowance {
  readonly burst: number;
  readonly refillMs: number;
}

const MAX_BUCKETS = 20_000;

interface Bucket {
  readonly left: number;
  readonly at: number;
}

/** What each of many may do, by a key; those that were not heard of for long are forgotten. */
export class TokenBuckets {
  readonly #allowance: Allowance;
  readonly #clock: Clock;
  readonly #buckets = onFirstUse(() => new LRUCache<string, Bucket>({ max: MAX_BUCKETS }));

  constructor(allowance: Allowance, clock: Clock) {
    this.#allowance = allowance;
    this.#clock = clock;
  }

  waitMs(key: string): number {
    return Math.max(0, Math.ceil((1 - this.#left(key)) * this.#allowance.refillMs));
  }

  /** Whether something of it was used up lately. */
  isTouched(key: string): boolean {
    return this.#left(key) < this.#allowance.burst;
  }

  take(key: string): void {
    this.#put(key, this.#left(key) - 1);
  }

  giveBack(key: string): void {
    this.#put(key, this.#left(key) + 1);
  }

  forget(key: string): void {
    this.#buckets().delete(key);
  }

  #left(key: string): number {
    const bucket = this.#buckets().get(key);
    if (bucket === undefined) return this.#allowance.burst;
    const refilled = (this.#clock.now() - bucket.at) / this.#allowance.refillMs;
    return Math.min(this.#allowance.burst, bucket.left + refilled);
  }

  #put(key: string, left: number): void {
    if (left >= this.#allowance.burst) this.#buckets().delete(key);
    else this.#buckets().set(key, { left, at: this.#clock.now() });
  }
}
