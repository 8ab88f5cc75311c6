import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { SharedTestDatabase } from '../../test/in-process/shared-test-database.ts';
import { ENGINES } from '../../test/in-process/test-database.ts';
import {
  createTestJobs,
  enqueueFor,
  fenceOf,
  LEASE_MS,
  openJobsDatabase,
  type TestJobs,
} from '../../test/in-process/test-jobs.ts';
import { addJobs } from './add-jobs.ts';
import { extendLease } from './extend-lease.ts';
import { finishJob } from './finish-job.ts';
import { stopExecution } from './stop-execution.ts';

const SUCCESS = { kind: 'success' } as const;

describe.each(ENGINES)('a stop on %s', (engine) => {
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

  it('ends at once what waits, asks what runs, and the execution ends with the last', async () => {
    const { executionId, jobIds } = await enqueueFor(test.jobs, 'sweep', [
      { parameters: {} },
      { parameters: {} },
      { parameters: {} },
    ]);
    const [doneId = 0, runningId = 0, waitingId = 0] = jobIds;
    await test.finish(await test.claimOne('one', 'sweep'), SUCCESS);
    const running = await test.claimOne('one', 'sweep');
    await test.jobs.stopExecution(executionId);
    expect(await test.jobs.getExecution(executionId)).toMatchObject({
      status: 'running',
      jobCounts: { success: 1, running: 1, stopped: 1 },
    });
    expect(await test.jobs.getJob(waitingId)).toMatchObject({ status: 'stopped', endedAt: test.clock.now() });
    expect(await test.jobs.getJob(runningId)).toMatchObject({ status: 'running', isStopRequested: true });
    const beat = { fence: fenceOf(running), now: test.clock.now(), leaseMs: LEASE_MS, log: [] };
    expect(await test.database.execute(extendLease, beat)).toEqual({ held: true, stopRequested: true });
    await test.finish(running, { kind: 'stopped' });
    expect(await test.jobs.getJob(runningId)).toMatchObject({ status: 'stopped', isStopRequested: false });
    expect(await test.jobs.getJob(doneId)).toMatchObject({ status: 'success' });
    expect(await test.jobs.getExecution(executionId)).toMatchObject({ status: 'stopped', endedAt: test.clock.now() });
    expect(await test.logOf(runningId)).toEqual(['Stopped, as was asked.']);
  });

  it('of what has ended changes nothing', async () => {
    const { executionId, jobIds } = await enqueueFor(test.jobs, 'sweep', [{ parameters: {} }]);
    await test.finish(await test.claimOne('one', 'sweep'), SUCCESS);
    test.clock.advance(1_000);
    const before = await test.jobs.getExecution(executionId);
    await test.jobs.stopExecution(executionId);
    await test.jobs.stopJob(jobIds[0] ?? 0);
    expect(await test.jobs.getExecution(executionId)).toEqual(before);
    await expect(test.jobs.stopExecution(9_999)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(test.jobs.stopExecution(executionId, { kind: 'scan' })).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(test.jobs.stopJob(jobIds[0] ?? 0, { executionId: 9_999 })).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
  });

  it('of one job leaves the others to run', async () => {
    const { executionId, jobIds } = await enqueueFor(test.jobs, 'sweep', [{ parameters: {} }, { parameters: {} }]);
    await test.jobs.stopJob(jobIds[0] ?? 0);
    expect(await test.jobs.getExecution(executionId)).toMatchObject({
      status: 'pending',
      jobCounts: { stopped: 1, pending: 1 },
    });
    await test.finish(await test.claimOne('one', 'sweep'), SUCCESS);
    expect(await test.jobs.getExecution(executionId)).toMatchObject({ status: 'stopped' });
  });

  it('lets no job slip through that is claimed, fails or is given back at the same moment', async () => {
    const other = await test.openAgain();
    for (let round = 0; round < 12; round += 1) {
      const { executionId } = await enqueueFor(
        test.jobs,
        'sweep',
        Array.from({ length: 6 }, () => ({ parameters: {} })),
      );
      const held = await test.claim('one', ['sweep'], { limit: 3 });
      const now = test.clock.now();
      const ends = [
        { kind: 'failed', message: 'no room', retryDelayMs: 0 },
        { kind: 'released' },
        { kind: 'success' },
      ] as const;
      await Promise.all([
        test.claim('two', ['sweep']),
        ...held.map((job, index) =>
          test.database.execute(finishJob, { fence: fenceOf(job), now, end: ends[index] ?? ends[0], log: [] }),
        ),
        other.execute(stopExecution, { executionId, now }),
      ]);
      const left = await test.jobs.listJobs({ executionId, statuses: ['pending', 'running'], page: 1, pageSize: 10 });
      expect(left.filter((job) => !job.isStopRequested)).toEqual([]);
      test.clock.advance(LEASE_MS + 1);
      expect(await test.claim('three', ['sweep'])).toEqual([]);
      expect((await test.jobs.getExecution(executionId)).status).toBe('stopped');
    }
  });

  it('also reaches jobs that are being added meanwhile', async () => {
    const other = await test.openAgain();
    const { executionId } = await enqueueFor(test.jobs, 'plan', [{ parameters: {} }]);
    const fence = fenceOf(await test.claimOne('one', 'plan'));
    const now = test.clock.now();
    const { promise: added, resolve: hasAdded } = Promise.withResolvers<void>();
    const { promise: gate, resolve: openGate } = Promise.withResolvers<void>();
    const adding = test.database.write(async (tx) => {
      const context = { tx, capabilities: test.database.capabilities, assertCanPush: async () => undefined };
      await addJobs(context, { fence, jobs: [{ kind: 'copy', parameters: {} }], now });
      hasAdded();
      await gate;
    });
    await added;
    const stopping = other.execute(stopExecution, { executionId, now });
    await delay(200);
    openGate();
    await Promise.all([adding, stopping]);
    expect(await test.jobs.getExecution(executionId)).toMatchObject({ jobCounts: { running: 1, stopped: 1 } });
  });
});
