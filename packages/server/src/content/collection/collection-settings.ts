/** How the collector works. Milliseconds and bytes. */
export interface CollectionSettings {
  /** How long what nobody lists any more stays before it is judged. */
  readonly reviewDelayMs: number;
  /** How long somebody who pushes may rely on "it is here": at least half of it, at most all. */
  readonly pushWindowMs: number;
  /** How long a deleted manifest can be restored; 0: not at all. */
  readonly trashWindowMs: number;
  /** A stray is removed when two sweeps at least this far apart have seen it. */
  readonly strayGraceMs: number;
  readonly straySweepIntervalMs: number;
  /** How often projects that delete untagged manifests are searched for them. */
  readonly policyIntervalMs: number;
  /**
   * Within `capWindowMs` no more is removed without a confirmation than `capBytes`, or this share of all stored bytes where
   * that is more. A window, not a pass: a collector that never stops would else remove everything in small helpings.
   */
  readonly capShare: number;
  readonly capBytes: number;
  readonly capWindowMs: number;
  /** Rows that one transaction judges: other writes wait for it. */
  readonly batchSize: number;
  /** Stored copies that one call of the storage removes, and one transaction forgets. */
  readonly removalBatchSize: number;
}

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

export const DEFAULT_COLLECTION_SETTINGS: CollectionSettings = {
  reviewDelayMs: DAY_MS,
  pushWindowMs: HOUR_MS,
  trashWindowMs: 7 * DAY_MS,
  strayGraceMs: DAY_MS,
  straySweepIntervalMs: DAY_MS,
  policyIntervalMs: HOUR_MS,
  capShare: 0.1,
  capBytes: 1024 ** 3,
  capWindowMs: DAY_MS,
  batchSize: 100,
  removalBatchSize: 500,
};

/** When a link that is made now is judged, and until when a push may rely on it. */
export interface LinkTimes {
  readonly reviewAfter: number;
  readonly heldUntil: number;
}

export function linkTimes({ reviewDelayMs, pushWindowMs }: CollectionSettings, now: number): LinkTimes {
  return { reviewAfter: now + reviewDelayMs, heldUntil: now + pushWindowMs };
}

/** The answer "it is here" must hold for half a push window at least: a hold is written at most once in that time. */
export function needsHold({ pushWindowMs }: CollectionSettings, now: number, heldUntil: number | null): boolean {
  return heldUntil === null || heldUntil < now + pushWindowMs / 2;
}
