import { describe, expect, it } from 'vitest';
import { parsePageSize } from './page-size.ts';

const LIMITS = { max: 10_000, default: 1_000 };

describe('the page size', () => {
  it.each([
    [null, 1_000],
    [undefined, 1_000],
    ['0', 0],
    ['1', 1],
    ['007', 7],
    ['1000', 1_000],
    ['10000', 10_000],
    ['10001', 10_000],
    ['1000000000', 10_000],
    [`1${'0'.repeat(30)}`, 10_000],
    ['9'.repeat(100_000), 10_000],
  ])('of n=%s is %i', (text, expected) => {
    expect(parsePageSize(text, LIMITS)).toBe(expected);
  });

  it.each(['', '-1', '+1', '1e20', '1e2', '0x10', 'NaN', 'Infinity', ' 5', '5 ', '1.0', '1,2', '١', '5\n', 'abc'])(
    'cannot be n=%j',
    (text) => {
      expect(() => parsePageSize(text, LIMITS)).toThrow(
        expect.objectContaining({ code: 'PAGINATION_NUMBER_INVALID', status: 400 }),
      );
    },
  );
});
