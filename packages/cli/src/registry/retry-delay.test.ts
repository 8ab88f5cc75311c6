import { expect, test } from 'vitest';
import { createBackoff, findRetryAfterMs } from './retry-delay.ts';

test('pauses double up to a limit, and jitter takes away at most half', () => {
  const shortest = createBackoff(() => 0);
  const longest = createBackoff(() => 1);
  expect([1, 2, 3, 10].map(longest)).toEqual([400, 800, 1600, 10_000]);
  expect([1, 2, 3, 10].map(shortest)).toEqual([200, 400, 800, 5000]);
});

test('Retry-After is read as seconds or as a date', () => {
  const nowMs = Date.parse('2026-01-01T00:00:00Z');
  expect(findRetryAfterMs('3', nowMs)).toBe(3000);
  expect(findRetryAfterMs('Thu, 01 Jan 2026 00:00:05 GMT', nowMs)).toBe(5000);
  expect(findRetryAfterMs('Wed, 31 Dec 2025 00:00:00 GMT', nowMs)).toBe(0);
  expect(findRetryAfterMs('soon', nowMs)).toBeUndefined();
  expect(findRetryAfterMs(null, nowMs)).toBeUndefined();
});
