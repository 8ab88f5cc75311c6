import { isObservation, type RegisterOperation } from './register-operation.ts';

/**
 * What still follows from a history when one looks at a part of the time alone: what had returned before that may have
 * happened or not, and so may what returned after it. If the whole is linearizable, so is this.
 * @param aroundNs the middle of the time
 * @param size how many operations return in it on each side of the middle
 */
export function cutHistory(
  operations: readonly RegisterOperation[],
  aroundNs: number,
  size: number,
): readonly RegisterOperation[] {
  const returnsNs = operations.map((operation) => operation.returnedAtNs).sort((a, b) => a - b);
  const middle = returnsNs.findLastIndex((atNs) => atNs <= aroundNs);
  const startNs = returnsNs[Math.max(0, middle - size)] ?? Number.NEGATIVE_INFINITY;
  const endNs = returnsNs[Math.min(returnsNs.length - 1, middle + size)] ?? Number.POSITIVE_INFINITY;
  return operations.flatMap((operation) => {
    if (operation.calledAtNs > endNs) return [];
    const isInside = operation.returnedAtNs >= startNs && operation.returnedAtNs <= endNs;
    return isInside ? [operation] : weaken(operation);
  });
}

/** The operation as if its outcome had not become known; of one that only looks nothing is left. */
export function weaken(operation: RegisterOperation): readonly RegisterOperation[] {
  if (isObservation(operation.step)) return [];
  return [{ ...operation, isUnknown: true, returnedAtNs: Number.POSITIVE_INFINITY }];
}
