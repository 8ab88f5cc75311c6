/** Times of what is there and of what is missing, as they were asked: one of each, and one of each again the other way round. */
export interface Quadruple {
  readonly there: readonly [number, number];
  readonly missing: readonly [number, number];
}

export interface TimeDifference {
  readonly thereMs: number;
  readonly missingMs: number;
  /** How much later what is there is answered. */
  readonly differenceMs: number;
  /** As far as this says more than chance does. */
  readonly isTold: boolean;
}

/** What nobody sees over a network, and no processor of the kind that tests run on keeps to. */
const NEGLIGIBLE_MS = 1;
const STANDARD_ERRORS = 4;
/** The standard error of a median, over that of a mean; and the deviation of a normal distribution, over its median one. */
const MEDIAN_EFFICIENCY = 1.2533;
const NORMAL_DEVIATION = 1.4826;

/**
 * Compares by the median of the differences within quadruples: what makes the machine slow for a while makes both slow, and what
 * interrupts a single answer is no more than one of many.
 */
export function compareTimes(quadruples: readonly Quadruple[]): TimeDifference {
  const differences = quadruples.map(({ there, missing }) => (there[0] + there[1] - missing[0] - missing[1]) / 2);
  const differenceMs = medianOf(differences);
  const deviation = NORMAL_DEVIATION * medianOf(differences.map((each) => Math.abs(each - differenceMs)));
  const errorMs = (MEDIAN_EFFICIENCY * deviation) / Math.sqrt(quadruples.length);
  return {
    thereMs: medianOf(quadruples.flatMap(({ there }) => there)),
    missingMs: medianOf(quadruples.flatMap(({ missing }) => missing)),
    differenceMs,
    isTold: Math.abs(differenceMs) > Math.max(NEGLIGIBLE_MS, STANDARD_ERRORS * errorMs),
  };
}

function medianOf(values: readonly number[]): number {
  const sorted = values.toSorted((left, right) => left - right);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}
