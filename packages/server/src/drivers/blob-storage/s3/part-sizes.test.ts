import { expect, it } from 'vitest';
import { MAX_PARTS, MIN_PART_BYTES, partSizeBytes } from './part-sizes.ts';

const SIZES = Array.from({ length: MAX_PARTS }, (_, index) => partSizeBytes(index + 1));

it('lets 10,000 parts be enough for 1 TiB', () => {
  expect(SIZES.reduce((sum, sizeBytes) => sum + sizeBytes, 0)).toBeGreaterThanOrEqual(1024 ** 4);
});

it('begins with parts that are small and large enough for the store, and never shrinks them', () => {
  expect(SIZES[0]).toBeLessThanOrEqual(2 * MIN_PART_BYTES);
  for (const [index, sizeBytes] of SIZES.entries()) {
    expect(sizeBytes).toBeGreaterThanOrEqual(Math.max(MIN_PART_BYTES, SIZES[index - 1] ?? 0));
  }
});

it.each([0, MAX_PARTS + 1])('knows no part %i', (number) => {
  expect(() => partSizeBytes(number)).toThrow(RangeError);
});
