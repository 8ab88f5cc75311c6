import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { SharedTestDatabase } from '../../test/in-process/shared-test-database.ts';
import { ENGINES } from '../../test/in-process/test-database.ts';
import {
  createTestJobs,
  enqueueFor,
  LEASE_MS,
  openJobsDatabase,
  type TestJobs,
} from '../../test/in-process/test-jobs.ts';

const SUCCESS = { kind: 'success' } as const;
const FAILED = { kind: 'failed', message: 'no room', retryDelayMs: 4_000 } as const;

describe.each(ENGINES)('the jobs of an instance on %s', (engine) => {
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

  const ended = async (kind: string, count: number, subject = '') => {
    const ids: number[] = [];
    for (let index = 0; index < count; index += 1) {
      const input = { kind, subject, trigger: 'event', parameters: {}, actor: 'user:1' } as const;
      const { executionId } = await test.jobs.enqueue({ ...input, jobs: [{ parameters: {} }, { parameters: {} }] });
      for (const job of await test.claim('one', [kind])) await test.finish(job, SUCCESS);
      ids.push(executionId);
    }
    return ids;
  };
  const ids = (rows: readonly { readonly id: number }[]) => rows.map((row) => row.id);

  it('are listed by execution in pages, newest first, by what they are of', async () => {
    const sweeps = await ended('sweep', 3, 'policy-7');
    const others = await ended('sweep', 1, 'policy-8');
    const { executionId: waiting } = await enqueueFor(test.jobs, 'scan', [{ parameters: { image: 'a' } }]);
    const newestFirst = [...sweeps, ...others, waiting].toReversed();
    expect(ids(await test.jobs.listExecutions({ page: 1, pageSize: 3 }))).toEqual(newestFirst.slice(0, 3));
    expect(ids(await test.jobs.listExecutions({ page: 2, pageSize: 3 }))).toEqual(newestFirst.slice(3));
    expect(ids(await test.jobs.listExecutions({ page: 1, pageSize: 1, oldestFirst: true }))).toEqual([sweeps[0]]);
    const own = { kind: 'sweep', subject: 'policy-7' };
    expect(ids(await test.jobs.listExecutions({ ...own, page: 1, pageSize: 9 }))).toEqual(sweeps.toReversed());
    expect(await test.jobs.countExecutions(own)).toBe(3);
    expect(await test.jobs.countExecutions({ trigger: 'manual' })).toBe(1);
    expect(await test.jobs.countExecutions({ statuses: ['success', 'running'] })).toBe(4);
    expect(await test.jobs.listExecutions({ kind: 'scan', page: 1, pageSize: 9 })).toMatchObject([
      { status: 'pending', subject: '', actor: 'user:1', jobCounts: { pending: 1 }, startedAt: undefined },
    ]);
  });

  it('of an execution are listed in the order in which they were asked for', async () => {
    const made = Array.from({ length: 200 }, (_, number) => ({ parameters: { number } }));
    const { executionId, jobIds } = await enqueueFor(test.jobs, 'sweep', made);
    expect(new Set(jobIds).size).toBe(200);
    const listed = await test.jobs.listJobs({ executionId, page: 2, pageSize: 50 });
    expect(ids(listed)).toEqual(jobIds.slice(50, 100));
    expect(listed.map((job) => job.parameters['number'])).toEqual(
      made.slice(50, 100).map((job) => job.parameters.number),
    );
    expect(await test.jobs.countJobs({ executionId })).toBe(200);
    expect(await test.jobs.countJobs({ executionId, statuses: ['running'] })).toBe(0);
  });

  it('are found within their scope only', async () => {
    const { executionId, jobIds } = await enqueueFor(test.jobs, 'sweep', [{ parameters: {} }]);
    const [jobId = 0] = jobIds;
    expect((await test.jobs.getExecution(executionId, { kind: 'sweep', subject: '' })).id).toBe(executionId);
    expect((await test.jobs.getJob(jobId, { executionId })).id).toBe(jobId);
    const foreign = [
      test.jobs.getExecution(executionId, { kind: 'scan' }),
      test.jobs.getExecution(executionId, { subject: 'policy-7' }),
      test.jobs.getExecution(9_999),
      test.jobs.getJob(jobId, { executionId: executionId + 1 }),
      test.jobs.getJob(9_999),
    ];
    for (const lookup of foreign) await expect(lookup).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  it('of an execution without any are a success at once', async () => {
    const input = {
      kind: 'scan',
      trigger: 'manual',
      parameters: {},
      actor: 'user:1',
      message: 'nothing to scan',
    } as const;
    const { executionId } = await test.jobs.enqueue({ ...input, jobs: [] });
    const now = test.clock.now();
    const execution = { status: 'success', message: 'nothing to scan', startedAt: now, endedAt: now };
    expect(await test.jobs.getExecution(executionId)).toMatchObject(execution);
  });

  it('are counted by kind: due, later, running, dead, and how long the oldest has waited', async () => {
    expect(await test.jobs.queueFigures()).toEqual([]);
    await test.enqueue('sweep', [{}, {}, {}, {}], 1);
    await test.claim('one', ['sweep'], { limit: 1 });
    await test.finish(await test.claimOne('one', 'sweep'), FAILED);
    await enqueueFor(test.jobs, 'scan', [{ parameters: {}, runAfter: test.clock.now() + 60_000 }]);
    test.clock.advance(5_000);
    await test.enqueue('sweep', [{}]);
    await ended('mail', 1);
    expect(await test.jobs.queueFigures()).toEqual([
      { kind: 'scan', pending: 0, scheduled: 1, running: 0, dead: 0, oldestAgeMs: 0 },
      { kind: 'sweep', pending: 3, scheduled: 0, running: 1, dead: 1, oldestAgeMs: 5_000 },
    ]);
  });

  it('tell when there is something to do next', async () => {
    const start = test.clock.now();
    expect(await test.jobs.nextDueAt()).toBeUndefined();
    await test.jobs.schedules.save({ name: 'daily', kind: 'sweep', cron: '0 0 0 * * *' });
    expect(await test.jobs.nextDueAt()).toBe(start + 24 * 3_600_000);
    await enqueueFor(test.jobs, 'scan', [{ parameters: {}, runAfter: start + 60_000 }]);
    expect(await test.jobs.nextDueAt()).toBe(start + 60_000);
    expect(await test.jobs.nextDueAt(['sweep'])).toBe(start + 24 * 3_600_000);
    expect(await test.jobs.nextDueAt([])).toBe(start + 24 * 3_600_000);
    await test.enqueue('sweep', [{}]);
    expect(await test.jobs.nextDueAt(['scan', 'sweep'])).toBe(start);
    await test.claimOne('one', 'sweep');
    expect(await test.jobs.nextDueAt()).toBe(start + LEASE_MS);
    expect(await test.jobs.nextDueAt(['scan'])).toBe(start + 60_000);
  });

  it('that have ended are purged with their executions and logs, but for the newest of each subject', async () => {
    const old = await ended('sweep', 4, 'policy-7');
    const other = await ended('sweep', 1, 'policy-8');
    await test.enqueue('sweep', [{}], 1);
    await test.finish(await test.claimOne('one', 'sweep'), FAILED);
    const scans = await ended('scan', 1);
    const { executionId: open } = await enqueueFor(test.jobs, 'sweep', [{ parameters: {} }]);
    test.clock.advance(1_000);
    const fresh = await ended('sweep', 1, 'policy-7');
    const endedBefore = test.clock.now();
    expect(await test.jobs.purge({ kind: 'sweep', endedBefore, keepNewest: 2 })).toBe(3);
    const left = ids(await test.jobs.listExecutions({ page: 1, pageSize: 100, oldestFirst: true }));
    expect(left).toEqual([old[3], other[0], (other[0] ?? 0) + 1, scans[0], open, fresh[0]]);
    expect(await test.jobs.countJobs({})).toBe(2 + 2 + 1 + 2 + 1 + 2);
    expect(await test.jobs.purge({ kind: 'sweep', endedBefore, keepNewest: 0 })).toBe(3);
    expect(ids(await test.jobs.listExecutions({ page: 1, pageSize: 9 }))).toEqual([fresh[0], open, scans[0]]);
    expect(await test.database.reader.selectFrom('job_log').selectAll().execute()).toEqual([]);
  });

  it('of a huge execution are purged in small steps', async () => {
    const { executionId } = await enqueueFor(
      test.jobs,
      'sweep',
      Array.from({ length: 130 }, () => ({ parameters: {} })),
    );
    await test.jobs.stopExecution(executionId);
    test.clock.advance(1);
    expect(await test.jobs.purge({ kind: 'sweep', endedBefore: test.clock.now(), keepNewest: 0 })).toBe(1);
    expect(await test.jobs.countJobs({})).toBe(0);
  });
});
