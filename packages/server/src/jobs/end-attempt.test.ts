import { describe, expect, it } from 'vitest';
import { type AttemptEnd, type AttemptedJob, endAttempt } from './end-attempt.ts';

const NOW = Date.UTC(2030, 0, 1);
const JOB: AttemptedJob = {
  attempts: 2,
  maxAttempts: 3,
  runAfter: NOW - 50,
  repeatEveryMs: null,
  stopRequested: false,
};
const RECURRING: AttemptedJob = { ...JOB, maxAttempts: 0, repeatEveryMs: 60_000 };
const FAILED: AttemptEnd = { kind: 'failed', message: 'no room', retryDelayMs: 9_000 };
const LOST: AttemptEnd = { kind: 'lost', owner: 'one', leaseUntil: NOW - 1 };

const becomes = (job: AttemptedJob, end: AttemptEnd) => {
  const { status, attempts, runAfter } = endAttempt(job, end, NOW);
  return [status, attempts, runAfter - NOW];
};

describe('an ended attempt', () => {
  it('of a recurring job always leads to a next one', () => {
    expect(becomes(RECURRING, { kind: 'success' })).toEqual(['pending', 0, 60_000]);
    expect(becomes(RECURRING, { kind: 'stopped' })).toEqual(['pending', 0, 60_000]);
    expect(becomes(RECURRING, FAILED)).toEqual(['pending', 2, 9_000]);
    expect(becomes(RECURRING, { ...FAILED, kind: 'error' })).toEqual(['pending', 2, 9_000]);
    expect(becomes({ ...RECURRING, attempts: 999 }, FAILED)).toEqual(['pending', 999, 9_000]);
    expect(becomes(RECURRING, LOST)).toEqual(['pending', 2, -50]);
    expect(becomes(RECURRING, { kind: 'released' })).toEqual(['pending', 1, -50]);
  });

  it('that was to stop is stopped however it ended, unless it was done already', () => {
    const job = { ...JOB, stopRequested: true };
    expect(becomes(job, FAILED)).toEqual(['stopped', 2, -50]);
    expect(becomes(job, LOST)).toEqual(['stopped', 2, -50]);
    expect(becomes(job, { kind: 'released' })).toEqual(['stopped', 2, -50]);
    expect(becomes(job, { kind: 'success' })).toEqual(['success', 2, -50]);
    expect(becomes(job, { ...FAILED, kind: 'error' })).toEqual(['error', 2, -50]);
    expect(becomes({ ...RECURRING, stopRequested: true }, FAILED)).toEqual(['pending', 0, 60_000]);
  });

  it('keeps of an error what fits, and nothing that a database refuses', () => {
    const { error } = endAttempt(JOB, { ...FAILED, message: `a\0b${'x'.repeat(10_000)}` }, NOW);
    expect(error).toMatch(/^a\ufffdbx+…$/);
    expect(error).toHaveLength(4_000);
  });
});
