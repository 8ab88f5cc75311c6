/** What a figure was over the rounds. */
export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/** @throws RangeError when there is no value */
export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/**
 * The value below which a share of the values lies, interpolated between neighbours.
 * @param share from 0 to 1
 * @throws RangeError when there is no value
 */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const position = (sorted.length - 1) * share;
  const lower = sorted[Math.floor(position)];
  const upper = sorted[Math.ceil(position)];
  if (lower === undefined || upper === undefined) throw new RangeError('no value was measured');
  return lower + (upper - lower) * (position - Math.floor(position));
}

/** @throws RangeError when there is no value */
export function spreadOf(values: readonly number[]): Spread {
  return { median: median(values), min: Math.min(...values), max: Math.max(...values) };
}

/**
 * The ratios of what was measured side by side, round by round: what moves both at once cancels out.
 * @throws RangeError when the lists differ in length or are empty
 */
export function ratioSpread(over: readonly number[], under: readonly number[]): Spread {
  if (over.length !== under.length) throw new RangeError('a ratio needs both sides of every round');
  return spreadOf(over.map((value, round) => value / (under[round] ?? Number.NaN)));
}
