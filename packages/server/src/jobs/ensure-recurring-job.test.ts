import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { SharedTestDatabase } from '../../test/in-process/shared-test-database.ts';
import { ENGINES } from '../../test/in-process/test-database.ts';
import { createTestJobs, LEASE_MS, openJobsDatabase, type TestJobs } from '../../test/in-process/test-jobs.ts';

const SETTINGS = { name: 'reclaim', kind: 'reclaim', parameters: { batch: 100 }, repeatEveryMs: 60_000 };

describe.each(ENGINES)('a recurring job on %s', (engine) => {
  let shared: SharedTestDatabase;
  let test: TestJobs;

  beforeAll(async () => {
    shared = await openJobsDatabase(engine);
  });
  afterAll(() => shared?.close());
  beforeEach(async () => {
    test = createTestJobs(shared);
  });
  afterEach(() => shared.reset());

  const theJob = async () => {
    const [job, ...others] = await test.jobs.listJobs({ isRecurring: true, page: 1, pageSize: 10 });
    expect(others).toEqual([]);
    if (job === undefined) throw new Error('there is no recurring job');
    return job;
  };

  it('is there once, however many servers ask for it, and runs on one worker at a time', async () => {
    await Promise.all([1, 2, 3].map(() => test.jobs.ensureRecurring(SETTINGS)));
    expect(await theJob()).toMatchObject({ name: 'reclaim', status: 'pending', executionId: undefined });
    const job = await test.claimOne('one', 'reclaim');
    expect(job).toMatchObject({ name: 'reclaim', execution: null, parameters: '{"batch":100}' });
    expect(await test.claim('two', ['reclaim'])).toEqual([]);
  });

  it('comes back after its interval, counted from the end of the run', async () => {
    await test.jobs.ensureRecurring(SETTINGS);
    const first = await test.claimOne('one', 'reclaim');
    test.clock.advance(10_000);
    await test.finish(first, { kind: 'success' }, '{"reclaimed":4}');
    expect(await theJob()).toMatchObject({
      status: 'pending',
      attempts: 0,
      runCount: 1,
      result: { reclaimed: 4 },
      endedAt: test.clock.now(),
      runAfter: test.clock.now() + 60_000,
    });
    test.clock.advance(59_999);
    expect(await test.claim('two', ['reclaim'])).toEqual([]);
    test.clock.advance(1);
    expect(await test.claimOne('two', 'reclaim')).toMatchObject({ attempt: 1, token: 2 });
  });

  it('never dies, of errors, lost workers or stops', async () => {
    await test.jobs.ensureRecurring(SETTINGS);
    for (let attempt = 1; attempt <= 20; attempt += 1) {
      const job = await test.claimOne('one', 'reclaim');
      expect(job.attempt).toBe(attempt);
      if (attempt % 2 === 0) test.clock.advance(LEASE_MS + 1);
      else await test.finish(job, { kind: 'failed', message: 'no room', retryDelayMs: 500 });
      test.clock.advance(500);
    }
    const job = await test.claimOne('one', 'reclaim');
    await test.jobs.stopJob(job.id);
    await test.finish(job, { kind: 'stopped' });
    expect(await theJob()).toMatchObject({ status: 'pending', attempts: 0, isStopRequested: false });
    await test.jobs.stopJob(job.id);
    test.clock.advance(60_000);
    expect(await test.claimOne('one', 'reclaim')).toMatchObject({ attempt: 1 });
  });

  it('takes new settings, and a shorter interval at once', async () => {
    await test.jobs.ensureRecurring(SETTINGS);
    await test.finish(await test.claimOne('one', 'reclaim'), { kind: 'success' });
    const { runAfter } = await theJob();
    await test.jobs.ensureRecurring(SETTINGS);
    expect((await theJob()).runAfter).toBe(runAfter);
    await test.jobs.ensureRecurring({ ...SETTINGS, parameters: { batch: 7 }, repeatEveryMs: 1_000 });
    expect(await theJob()).toMatchObject({ parameters: { batch: 7 }, runAfter: test.clock.now() + 1_000 });
    await test.jobs.ensureRecurring({ ...SETTINGS, repeatEveryMs: 90_000 });
    expect(await theJob()).toMatchObject({ repeatEveryMs: 90_000, runAfter: test.clock.now() + 1_000 });
  });
});
