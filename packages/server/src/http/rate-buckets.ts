import { LRUCache } from 'lru-cache';

/** So long a rate may be exceeded before it counts: what a limit of 10 per second allows at once is 100. */
export const RATE_WINDOW_SECONDS = 10;

const MAX_KEYS = 20_000;

/** Changed in place: a bucket is looked at with every request. */
interface Bucket {
  left: number;
  at: number;
}

/** What a request left in a bucket. */
export interface RateState {
  /** How many may come at once. */
  readonly size: number;
  readonly left: number;
  /** Until the bucket is full again. */
  readonly resetSeconds: number;
  /** 0 when the request was let through. */
  readonly waitSeconds: number;
}

/**
 * Token buckets by key: two numbers each, and no more keys than some ten thousand. The key that was unseen for longest is forgotten
 * first, and begins with a full bucket again.
 */
export class RateBuckets {
  readonly #perSecond: number;
  readonly #size: number;
  readonly #now: () => number;
  readonly #buckets: LRUCache<string, Bucket> | undefined;

  /**
   * @param perSecond 0 switches it off
   * @param now milliseconds that only ever grow
   */
  constructor(perSecond: number, now: () => number) {
    this.#perSecond = perSecond;
    this.#size = perSecond * RATE_WINDOW_SECONDS;
    this.#now = now;
    this.#buckets = perSecond === 0 ? undefined : new LRUCache({ max: MAX_KEYS });
  }

  /** @returns undefined when there is no limit */
  take(key: string): RateState | undefined {
    if (this.#buckets === undefined) return undefined;
    const now = this.#now();
    let bucket = this.#buckets.get(key);
    if (bucket === undefined) {
      bucket = { left: this.#size, at: now };
      this.#buckets.set(key, bucket);
    }
    bucket.left = Math.min(this.#size, bucket.left + ((now - bucket.at) * this.#perSecond) / 1_000);
    bucket.at = now;
    const isAllowed = bucket.left >= 1;
    if (isAllowed) bucket.left -= 1;
    return {
      size: this.#size,
      left: Math.floor(bucket.left),
      resetSeconds: Math.ceil((this.#size - bucket.left) / this.#perSecond),
      waitSeconds: isAllowed ? 0 : Math.ceil((1 - bucket.left) / this.#perSecond),
    };
  }
}
