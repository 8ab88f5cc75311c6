/** How much of a kind could run now. */
export interface Demand {
  readonly kind: string;
  readonly count: number;
}

/**
 * Shares slots out in rounds, one to each kind that still has work, in the order given: a kind with a thousand jobs takes
 * no more than its turn from one with a single job.
 */
export function shareSlots(demands: readonly Demand[], slots: number): ReadonlyMap<string, number> {
  const shares = new Map<string, number>();
  let left = slots;
  for (let round = 1; left > 0; round += 1) {
    const asking = demands.filter(({ count }) => count >= round);
    if (asking.length === 0) break;
    for (const { kind } of asking.slice(0, left)) shares.set(kind, round);
    left -= asking.length;
  }
  return shares;
}
