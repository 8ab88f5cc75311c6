import { quantile } from '../measure/statistics.ts';

/** How values are spread. */
export interface Distribution {
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly max: number;
}

/** @throws RangeError when there is no value */
export function distributionOf(values: readonly number[]): Distribution {
  const at = (share: number) => Math.round(quantile(values, share) * 100) / 100;
  return { p50: at(0.5), p90: at(0.9), p99: at(0.99), max: at(1) };
}
