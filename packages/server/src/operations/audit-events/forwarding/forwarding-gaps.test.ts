import { describe, expect, it } from 'vitest';
import { type ForwardingGap, findHoles, GAP_GRACE_MS, isGapOver, withoutIds } from './forwarding-gaps.ts';

const gap = (from: number, to: number): ForwardingGap => ({ from, to, seenAt: 1_000, begunBefore: 50 });

describe('ids that may still come', () => {
  it('are those between the ones that are there', () => {
    expect(findHoles(5, [6, 7, 10, 12])).toEqual([
      { from: 8, to: 9 },
      { from: 11, to: 11 },
    ]);
    expect(findHoles(0, [])).toEqual([]);
    expect(findHoles(0, [3])).toEqual([{ from: 1, to: 2 }]);
  });

  it('are fewer when some have come', () => {
    expect(withoutIds([gap(1, 5), gap(9, 9)], [3, 9])).toEqual([gap(1, 2), gap(4, 5)]);
    expect(withoutIds([gap(1, 2)], [])).toEqual([gap(1, 2)]);
    expect(withoutIds([gap(1, 2)], [1, 2])).toEqual([]);
  });

  it('are given up when all that had begun has ended, and not at once', () => {
    expect(isGapOver(gap(1, 1), 50, 1_000 + GAP_GRACE_MS)).toBe(true);
    expect(isGapOver(gap(1, 1), 49, 1_000 + 10 * GAP_GRACE_MS)).toBe(false);
    expect(isGapOver(gap(1, 1), 50, 999 + GAP_GRACE_MS)).toBe(false);
  });
});
