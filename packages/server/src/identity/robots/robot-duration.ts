import { ProductError } from '../../kernel/errors.ts';

export const FOR_EVER = -1;
const MAX_DAYS = 36_500;
const DAY_MS = 24 * 3_600_000;

/** @throws ProductError BAD_REQUEST with the rule */
export function assertRobotDuration(days: number): void {
  if (days === FOR_EVER || (Number.isInteger(days) && days > 0 && days <= MAX_DAYS)) return;
  throw new ProductError('BAD_REQUEST', `duration: ${FOR_EVER} (for ever), or 1 to ${MAX_DAYS} days`);
}

/** @returns when a robot ends that was made then; null: never */
export function robotExpiry(createdAt: number, durationDays: number): number | null {
  return durationDays === FOR_EVER ? null : createdAt + durationDays * DAY_MS;
}
