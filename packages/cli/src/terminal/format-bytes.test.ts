import { expect, test } from 'vitest';
import { formatBytes } from './format-bytes.ts';

test('sizes are shown in units of 1024', () => {
  expect([0, 1023, 1024, 1536, 1024 * 1024 - 1, 5 * 1024 ** 3].map(formatBytes)).toEqual([
    '0 B',
    '1023 B',
    '1.0 KiB',
    '1.5 KiB',
    '1.0 MiB',
    '5.0 GiB',
  ]);
});
