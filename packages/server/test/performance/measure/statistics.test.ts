import { expect, it } from 'vitest';
import { median, quantile, ratioSpread, spreadOf } from './statistics.ts';

it('takes the middle value, and the mean of the middle two', () => {
  expect(median([9, 1, 5])).toBe(5);
  expect(median([4, 1, 3, 2])).toBe(2.5);
});

it('interpolates a quantile between its neighbours', () => {
  expect(quantile([10, 20, 30, 40, 50], 0.99)).toBeCloseTo(49.6);
  expect(quantile([7], 0.99)).toBe(7);
});

it('leaves the order of what it is given alone', () => {
  const values = [3, 1, 2];
  spreadOf(values);
  expect(values).toEqual([3, 1, 2]);
});

it('refuses to make a figure of nothing', () => {
  expect(() => median([])).toThrow(RangeError);
  expect(() => ratioSpread([1], [])).toThrow(RangeError);
});

it('takes the median of the ratios, not the ratio of the medians', () => {
  // A slow second round slows both sides: each round says 2.
  expect(ratioSpread([100, 10, 80], [50, 5, 40])).toEqual({ median: 2, min: 2, max: 2 });
  // The ratio of the medians would say 6 / 2 = 3.
  expect(ratioSpread([2, 6, 10], [1, 6, 2])).toEqual({ median: 2, min: 1, max: 5 });
});
