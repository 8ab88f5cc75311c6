import { describe, expect, it } from 'vitest';
import { retryDelayMs } from './retry-policy.ts';

const POLICY = { firstDelayMs: 1_000, maxDelayMs: 60_000 };

describe('the wait after a failed attempt', () => {
  it('doubles with each attempt up to its limit', () => {
    const waits = [1, 2, 3, 4, 7, 8, 2_000].map((attempt) => retryDelayMs(POLICY, attempt, 0));
    expect(waits).toEqual([500, 1_000, 2_000, 4_000, 30_000, 30_000, 30_000]);
  });

  it('is spread over its upper half by the jitter', () => {
    expect([0, 0.5, 0.999].map((jitter) => retryDelayMs(POLICY, 2, jitter))).toEqual([1_000, 1_500, 1_999]);
  });
});
