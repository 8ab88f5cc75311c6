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

const SUCCESS = { kind: 'success' } as const;
const failed = (message: string) => ({ kind: 'failed', message, retryDelayMs: 7_000 }) as const;

describe.each(ENGINES)('the end of an attempt on %s', (engine) => {
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

  const executionOf = async (jobId: number) => {
    const { executionId = 0 } = await test.jobs.getJob(jobId);
    return test.jobs.getExecution(executionId);
  };

  it('keeps the result, and the last job ends the execution', async () => {
    const [first = 0, second = 0] = await test.enqueue('sweep', [{}, {}]);
    const claimed = await test.claim('one', ['sweep']);
    test.clock.advance(10);
    expect(await test.finish(claimed[0] as never, SUCCESS, '{"freed":12}')).toEqual({ held: true, status: 'success' });
    expect(await test.jobs.getJob(first)).toMatchObject({
      status: 'success',
      result: { freed: 12 },
      owner: undefined,
      endedAt: test.clock.now(),
    });
    expect(await executionOf(first)).toMatchObject({ status: 'running', jobCounts: { success: 1, running: 1 } });
    test.clock.advance(10);
    await test.finish(claimed[1] as never, SUCCESS);
    expect(await executionOf(second)).toMatchObject({
      status: 'success',
      jobCounts: { success: 2 },
      endedAt: test.clock.now(),
    });
  });

  it('of many jobs at once ends their execution, whoever is last', async () => {
    const others = [test.database, await test.openAgain(), await test.openAgain()];
    for (let round = 0; round < 5; round += 1) {
      const [first = 0] = await test.enqueue('sweep', [{}, {}, {}]);
      const claimed = await test.claim('one', ['sweep']);
      const now = test.clock.now();
      const ended = await Promise.all(
        claimed.map((job, index) =>
          others[index]?.execute(finishJob, { fence: fenceOf(job), now, end: SUCCESS, log: [] }),
        ),
      );
      expect(ended).toEqual(Array(3).fill({ held: true, status: 'success' }));
      expect(await executionOf(first)).toMatchObject({ status: 'success', jobCounts: { success: 3 } });
    }
  });

  it('that failed waits and tries again until no attempt is left: then it is dead, and the log has every error', async () => {
    const [id = 0] = await test.enqueue('sweep', [{}], 3);
    for (const attempt of [1, 2]) {
      const job = await test.claimOne('one', 'sweep');
      expect(job.attempt).toBe(attempt);
      expect(await test.finish(job, failed(`no room ${attempt}`))).toEqual({ held: true, status: 'pending' });
      expect(await test.jobs.getJob(id)).toMatchObject({ error: `no room ${attempt}`, endedAt: undefined });
      test.clock.advance(6_999);
      expect(await test.claim('one', ['sweep'])).toHaveLength(0);
      test.clock.advance(1);
    }
    await test.finish(await test.claimOne('one', 'sweep'), failed('no room 3'));
    expect(await test.jobs.getJob(id)).toMatchObject({ status: 'dead', attempts: 3, runCount: 3, error: 'no room 3' });
    expect(await executionOf(id)).toMatchObject({ status: 'error', message: 'no room 3' });
    expect(await test.logOf(id)).toEqual([
      'Attempt 1 of 3 failed, the next one is not before 2030-01-01T00:00:07.000Z: no room 1',
      'Attempt 2 of 3 failed, the next one is not before 2030-01-01T00:00:14.000Z: no room 2',
      'Attempt 3 of 3 failed, and there is no other: no room 3',
    ]);
    test.clock.advance(LEASE_MS * 100);
    expect(await test.claim('one', ['sweep'])).toHaveLength(0);
  });

  it('with an error that no retry would mend ends the job at once', async () => {
    const [id = 0] = await test.enqueue('sweep', [{}], 3);
    const job = await test.claimOne('one', 'sweep');
    await test.finish(job, { kind: 'error', message: 'no such policy', retryDelayMs: 1 }, '{"seen":3}');
    expect(await test.jobs.getJob(id)).toMatchObject({ status: 'error', error: 'no such policy', result: { seen: 3 } });
    expect(await executionOf(id)).toMatchObject({ status: 'error', message: 'no such policy' });
  });

  it('of a dead job can be undone: it has all its attempts again, and its execution goes on', async () => {
    const { executionId, jobIds } = await enqueueFor(test.jobs, 'sweep', [{ parameters: {}, maxAttempts: 1 }]);
    const [id = 0] = jobIds;
    await expect(test.jobs.retryJob(id)).rejects.toMatchObject({ code: 'PRECONDITION' });
    await test.finish(await test.claimOne('one', 'sweep'), failed('no room'));
    await test.jobs.retryJob(id);
    expect(await test.jobs.getExecution(executionId)).toMatchObject({
      status: 'pending',
      message: undefined,
      endedAt: undefined,
    });
    const job = await test.claimOne('one', 'sweep');
    expect(job).toMatchObject({ id, attempt: 1, token: 2 });
    await test.finish(job, SUCCESS);
    expect(await test.jobs.getJob(id)).toMatchObject({ status: 'success', error: undefined, runCount: 2 });
    expect(await test.jobs.getExecution(executionId)).toMatchObject({ status: 'success', endedAt: test.clock.now() });
    await expect(test.jobs.retryJob(id)).rejects.toMatchObject({ code: 'PRECONDITION' });
    await expect(test.jobs.retryJob(9_999)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  it('that was given back does not count, and the job is due at once', async () => {
    const [id = 0] = await test.enqueue('sweep', [{}], 1);
    await test.finish(await test.claimOne('one', 'sweep'), { kind: 'released' });
    const again = await test.claimOne('two', 'sweep');
    expect(again).toMatchObject({ id, attempt: 1, token: 2 });
    expect(await test.logOf(id)).toEqual(['Given back by a worker that shuts down.']);
  });

  it('after the lease is nothing: neither end nor heartbeat changes anything, taken over or not', async () => {
    const [id = 0] = await test.enqueue('sweep', [{}]);
    const old = await test.claimOne('one', 'sweep');
    const longAgo = test.clock.now();
    test.clock.advance(LEASE_MS + 1);
    const beat = (now: number) =>
      test.database.execute(extendLease, {
        fence: fenceOf(old),
        now,
        leaseMs: LEASE_MS,
        progress: '"half"',
        log: [{ at: 1, text: 'still here' }],
      });
    expect(await beat(test.clock.now())).toEqual({ held: false });
    expect(await test.finish(old, SUCCESS)).toEqual({ held: false });
    expect(await test.jobs.getJob(id)).toMatchObject({ status: 'running', owner: 'one', progress: undefined });

    const taken = await test.claimOne('two', 'sweep');
    // A process that was stopped carries the time at which it was stopped.
    expect(await beat(longAgo)).toEqual({ held: false });
    const stale = { fence: fenceOf(old), now: longAgo, end: SUCCESS, log: [{ at: 1, text: 'done' }] };
    expect(await test.database.execute(finishJob, stale)).toEqual({ held: false });
    expect(await test.jobs.getJob(id)).toMatchObject({ status: 'running', owner: 'two', progress: undefined });
    expect(await test.finish(taken, SUCCESS)).toEqual({ held: true, status: 'success' });
    expect(await test.finish(taken, SUCCESS)).toEqual({ held: false });
    expect(await test.logOf(id)).toHaveLength(1);
  });

  it('does not come while heartbeats do, which bring log and progress along', async () => {
    const [id = 0] = await test.enqueue('sweep', [{}]);
    const job = await test.claimOne('one', 'sweep');
    for (let beat = 1; beat <= 3; beat += 1) {
      test.clock.advance(LEASE_MS - 1);
      const input = {
        fence: fenceOf(job),
        now: test.clock.now(),
        leaseMs: LEASE_MS,
        progress: JSON.stringify({ beat }),
        log: [{ at: test.clock.now(), text: `beat ${beat}` }],
      };
      expect(await test.database.execute(extendLease, input)).toEqual({ held: true, stopRequested: false });
      expect(await test.claim('two', ['sweep'])).toHaveLength(0);
    }
    expect((await test.jobs.getJob(id)).progress).toEqual({ beat: 3 });
    expect(await test.logOf(id)).toEqual(['beat 1', 'beat 2', 'beat 3']);
  });

  it('of a job that plans others does not end the execution before theirs', async () => {
    const [planId = 0] = await test.enqueue('plan', [{}]);
    const plan = await test.claimOne('one', 'plan');
    const jobs = [
      { kind: 'copy', parameters: { name: 'a' } },
      { kind: 'copy', parameters: { name: 'b' } },
    ];
    const added = await test.database.execute(addJobs, { fence: fenceOf(plan), jobs, now: test.clock.now() });
    expect(added).toHaveLength(2);
    await test.finish(plan, SUCCESS);
    expect(await executionOf(planId)).toMatchObject({ status: 'running', jobCounts: { success: 1, pending: 2 } });
    for (const job of await test.claim('two', ['copy'])) await test.finish(job, SUCCESS);
    expect(await executionOf(planId)).toMatchObject({ status: 'success', jobCounts: { success: 3 } });
    const late = test.database.execute(addJobs, { fence: fenceOf(plan), jobs, now: test.clock.now() });
    await expect(late).rejects.toMatchObject({ code: 'CONFLICT' });
  });
});
