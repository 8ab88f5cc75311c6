import type { RowContext } from '../row.ts';

/**
 * How long a load runs before the clock does. In the first round the server is new, and a program that is compiled while
 * it runs needs longer; that holds for both sides.
 */
export function warmUpSeconds({ extent }: RowContext, round: number): number {
  if (round > 0) return 0.5;
  return extent.isQuick ? 1.5 : 3;
}
