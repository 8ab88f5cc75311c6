import { describe, expect, it } from 'vitest';
import { type ForwardingGap, findHoles, waitFor, withoutIds } from './forwarding-gaps.ts';

const gap = (from: number, to: number): ForwardingGap => ({ from, to, writers: ['3/7', '4/1'] });

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

  it('are waited for as long as somebody is at work who was when they were found missing', () => {
    expect(waitFor(gap(1, 1), ['9/9', '4/1']).writers).toEqual(['4/1']);
    expect(waitFor(gap(1, 1), ['9/9']).writers).toEqual([]);
    // Noted by a version that did not know who was.
    expect(waitFor({ from: 1, to: 1 }, ['9/9']).writers).toEqual(['9/9']);
  });
});
