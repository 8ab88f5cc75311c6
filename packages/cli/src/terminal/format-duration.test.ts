import { expect, test } from 'vitest';
import { formatDuration } from './format-duration.ts';

test('a duration is shown in its largest whole unit', () => {
  expect([0, 999, 1_000, 90_000, 3_600_000, 86_400_000, 7 * 86_400_000].map(formatDuration)).toEqual([
    '0 ms',
    '999 ms',
    '1 s',
    '1.5 min',
    '1 h',
    '1 d',
    '7 d',
  ]);
});
