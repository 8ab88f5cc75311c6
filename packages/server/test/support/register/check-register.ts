import { cutHistory } from './cut-history.ts';
import { prepareHistory } from './prepare-history.ts';
import type { RegisterOperation } from './register-operation.ts';
import { RegisterSearch } from './register-search.ts';

export interface Verdict {
  readonly isLinearizable: boolean;
  /** When not: the history of a shorter time that is not linearizable either, and is all that follows from the whole. */
  readonly refuted?: readonly RegisterOperation[];
  /** The work that it was: one for each call and each return when no guess was wrong. */
  readonly visitedCount: number;
}

/** Linearizable histories take little more than two visits for each operation, and others, as a whole, very many. */
const VISITS_PER_OPERATION = 8;
const MIN_VISITS = 50_000;
/** The window around the place where the search did not come further: how many operations to each side. */
const FIRST_WINDOW = 32;
const WINDOW_GROWTH = 4;

/**
 * Whether the operations on one tag can be put in an order in which each of them took effect at one moment between its call
 * and its return, on a tag that was absent at first (Herlihy and Wing, 1990). Those of unknown outcome may have taken effect
 * at any time after their call, or never.
 * @throws Error when two operations write the same value
 */
export function checkRegister(operations: readonly RegisterOperation[]): Verdict {
  const search = new RegisterSearch(prepareHistory(operations));
  const result = search.run(MIN_VISITS + VISITS_PER_OPERATION * operations.length);
  let { visitedCount } = search;
  if (result === 'found') return { isLinearizable: true, visitedCount };
  // What contradicts itself does so within a short time, and a short time is searched through soon.
  for (let size = FIRST_WINDOW; size < operations.length; size *= WINDOW_GROWTH) {
    const window = cutHistory(operations, search.furthestNs, size);
    const searchOfWindow = new RegisterSearch(prepareHistory(window));
    const resultOfWindow = searchOfWindow.run(MIN_VISITS + VISITS_PER_OPERATION * operations.length);
    visitedCount += searchOfWindow.visitedCount;
    if (resultOfWindow === 'exhausted') return { isLinearizable: false, refuted: window, visitedCount };
  }
  if (result === 'exhausted') return { isLinearizable: false, refuted: operations, visitedCount };
  const thorough = new RegisterSearch(prepareHistory(operations));
  const isLinearizable = thorough.run(Number.POSITIVE_INFINITY) === 'found';
  visitedCount += thorough.visitedCount;
  return isLinearizable ? { isLinearizable, visitedCount } : { isLinearizable, refuted: operations, visitedCount };
}
