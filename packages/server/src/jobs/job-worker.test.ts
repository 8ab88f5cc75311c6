import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { putFencedSetting } from '../../test/in-process/put-fenced-setting.ts';
import type { SharedTestDatabase } from '../../test/in-process/shared-test-database.ts';
import { ENGINES } from '../../test/in-process/test-database.ts';
import { createManualClock } from '../../test/in-process/test-identity.ts';
import { enqueueFor, listSettings, openJobsDatabase } from '../../test/in-process/test-jobs.ts';
import {
  aborted,
  createTestWorkers,
  handlerOf,
  type TestWorkers,
  withoutCommands,
} from '../../test/in-process/test-workers.ts';
import { systemClock } from '../kernel/clock.ts';
import { ProductError } from '../kernel/errors.ts';
import { systemIds } from '../kernel/ids.ts';
import type { RunningJob } from './job-handler.ts';
import type { JobStatus } from './job-status.ts';
import { createJobWorker } from './job-worker.ts';
import { createJobs } from './jobs.ts';

const SUCCESS = { status: 'success' } as const;
const POLL = { timeout: 15_000, interval: 20 };

describe.each(ENGINES)('a worker on %s', (engine) => {
  let shared: SharedTestDatabase;
  let test: TestWorkers;

  beforeAll(async () => {
    shared = await openJobsDatabase(engine);
  });
  afterAll(() => shared?.close());
  beforeEach(async () => {
    test = createTestWorkers(shared);
  });
  afterEach(async () => {
    await test.stopAll();
    await shared.reset();
  });

  const enqueueOne = async (kind: string, maxAttempts = 3, parameters = {}) => {
    const [id = 0] = (await enqueueFor(test.jobs, kind, [{ parameters, maxAttempts }])).jobIds;
    return id;
  };
  const numbered = (count: number) => Array.from({ length: count }, (_, number) => ({ parameters: { number } }));
  const reaches = (id: number, status: JobStatus) =>
    expect.poll(async () => (await test.jobs.getJob(id)).status, POLL).toBe(status);

  it('and another one share 200 jobs, each of which runs once', async () => {
    const { executionId, jobIds } = await enqueueFor(test.jobs, 'sweep', numbered(200));
    const ran: { readonly id: number; readonly worker: string }[] = [];
    const handler = (worker: string) =>
      handlerOf('sweep', async (job) => {
        ran.push({ id: job.id, worker });
        await delay(job.id % 5);
        return SUCCESS;
      });
    const other = await test.openAgain();
    test.start([handler('one')], { concurrency: 8 });
    test.start([handler('two')], { concurrency: 8, database: other });
    await expect.poll(async () => (await test.jobs.getExecution(executionId)).status, POLL).toBe('success');
    expect(ran.map(({ id }) => id).toSorted((left, right) => left - right)).toEqual(jobIds);
    const rows = await test.jobs.listJobs({ executionId, page: 1, pageSize: 200 });
    expect(rows.filter((job) => job.runCount !== 1)).toEqual([]);
    expect(new Set(ran.map(({ worker }) => worker))).toEqual(new Set(['one', 'two']));
    expect(test.errors).toEqual([]);
  });

  it('takes turns between kinds, however long the queue of one is', async () => {
    await enqueueFor(test.jobs, 'scan', numbered(40));
    const { executionId } = await enqueueFor(test.jobs, 'sweep', numbered(3));
    const order: string[] = [];
    const run = async (job: RunningJob) => {
      order.push(job.kind);
      return SUCCESS;
    };
    test.start([handlerOf('scan', run), handlerOf('sweep', run)], { concurrency: 1 });
    await expect.poll(async () => (await test.jobs.getExecution(executionId)).status, POLL).toBe('success');
    expect(order.slice(0, 6).filter((kind) => kind === 'sweep')).toHaveLength(3);
  });

  it('runs no more of a kind at once than its handler allows, and fills the rest with others', async () => {
    const running = { scan: 0, sweep: 0 };
    const most = { scan: 0, sweep: 0 };
    const { promise: gate, resolve: openGate } = Promise.withResolvers<void>();
    const run = async (job: RunningJob) => {
      const kind = job.kind as 'scan' | 'sweep';
      running[kind] += 1;
      most[kind] = Math.max(most[kind], running[kind]);
      await gate;
      running[kind] -= 1;
      return SUCCESS;
    };
    await enqueueFor(test.jobs, 'scan', numbered(9));
    const { executionId } = await enqueueFor(test.jobs, 'sweep', numbered(9));
    test.start([handlerOf('scan', run, { maxConcurrent: 2 }), handlerOf('sweep', run)], { concurrency: 5 });
    await expect.poll(() => running, POLL).toEqual({ scan: 2, sweep: 3 });
    openGate();
    await expect.poll(async () => (await test.jobs.getExecution(executionId)).status, POLL).toBe('success');
    expect(most.scan).toBe(2);
  });

  it('tries again what throws, hands over how far it was, and gives up when no attempt is left', async () => {
    const seen: unknown[] = [];
    const handlers = [
      handlerOf('flaky', async (job) => {
        seen.push([job.attempt, job.lastProgress]);
        job.reportProgress({ done: job.attempt });
        if (job.attempt < 3) throw new ProductError('UNAVAILABLE', `not yet, ${job.attempt}`);
        return { status: 'success', result: { tries: job.attempt } };
      }),
      handlerOf('broken', async () => {
        throw new TypeError('a bug');
      }),
      handlerOf('odd', async () => ({ status: 'success', result: 1n as unknown as number })),
    ];
    const [flaky, broken, odd] = [await enqueueOne('flaky'), await enqueueOne('broken', 2), await enqueueOne('odd', 1)];
    test.start(handlers);
    await reaches(flaky, 'success');
    await reaches(broken, 'dead');
    await reaches(odd, 'dead');
    expect(await test.jobs.getJob(flaky)).toMatchObject({ attempts: 3, result: { tries: 3 }, progress: { done: 3 } });
    expect(seen).toEqual([
      [1, undefined],
      [2, { done: 1 }],
      [3, { done: 2 }],
    ]);
    expect(await test.logOf(flaky)).toEqual([
      expect.stringMatching(/^Attempt 1 of 3 failed, .*: not yet, 1$/),
      expect.stringMatching(/^Attempt 2 of 3 failed, .*: not yet, 2$/),
    ]);
    expect(await test.logOf(broken)).toHaveLength(2);
    // What nobody expects is reported with its stack; what says what is wrong stands in the log alone.
    expect(test.errors.filter((error) => error instanceof TypeError && error.message === 'a bug')).toHaveLength(2);
    expect(test.errors.filter((error) => error instanceof ProductError)).toEqual([]);
  });

  it('ends a job with an error, or as stopped, when its handler says so', async () => {
    const handlers = [
      handlerOf('judge', async () => ({ status: 'error', message: 'no such policy', result: { seen: 3 } })),
      handlerOf('quit', async () => ({ status: 'stopped' })),
    ];
    const [judged, quit] = [await enqueueOne('judge'), await enqueueOne('quit')];
    test.start(handlers);
    await reaches(judged, 'error');
    await reaches(quit, 'stopped');
    expect(await test.jobs.getJob(judged)).toMatchObject({ error: 'no such policy', result: { seen: 3 }, attempts: 1 });
  });

  it('tells a handler that it is to stop, and what it writes from then on is refused', async () => {
    const { promise: reason, resolve: hasStopped } = Promise.withResolvers<unknown>();
    const id = await enqueueOne('long');
    const long = handlerOf('long', async (job) => {
      await job.confirm();
      job.log('working');
      job.reportProgress({ percent: 40 });
      hasStopped(await aborted(job.signal));
      await test.database.write((tx) =>
        putFencedSetting(
          { tx, capabilities: test.database.capabilities },
          { fence: job.fence, name: 'late', value: '' },
        ),
      );
      return SUCCESS;
    });
    test.start([long], { heartbeatMs: 50 });
    // Both are there to read while it works.
    await expect.poll(async () => (await test.jobs.getJob(id)).progress, POLL).toEqual({ percent: 40 });
    expect(await test.logOf(id)).toEqual(['working']);
    await test.jobs.stopJob(id);
    expect(await reason).toMatchObject({ name: 'JobInterruption', why: 'stop-requested' });
    await reaches(id, 'stopped');
    expect(await listSettings(test.database)).toEqual([]);
  });

  it('keeps its lease while a handler is busy for longer than that', async () => {
    const id = await enqueueOne('long');
    const ran: string[] = [];
    const handler = (worker: string) =>
      handlerOf('long', async (job) => {
        ran.push(worker);
        await delay(3_200);
        expect(job.signal.aborted).toBe(false);
        return SUCCESS;
      });
    test.start([handler('one')], { leaseMs: 1_500 });
    test.start([handler('two')], { leaseMs: 1_500, database: await test.openAgain() });
    await reaches(id, 'success');
    expect(ran).toHaveLength(1);
    expect((await test.jobs.getJob(id)).runCount).toBe(1);
  });

  it('whose heartbeats do not get through aborts its handler when the lease is over, and commits nothing more', async () => {
    const id = await enqueueOne('long');
    const { promise: reason, resolve: hasStopped } = Promise.withResolvers<unknown>();
    const { promise: gate, resolve: openGate } = Promise.withResolvers<void>();
    const runs: number[] = [];
    const cutOff = handlerOf('long', async (job) => {
      runs.push(job.attempt);
      await expect(job.confirm()).rejects.toMatchObject({ code: 'UNAVAILABLE' });
      hasStopped(await aborted(job.signal));
      await gate;
      await expect(job.confirm()).rejects.toMatchObject({ why: 'lease-lost' });
      job.log('too late');
      return { status: 'success', result: 'of the first' };
    });
    const first = test.start([cutOff], { leaseMs: 400, database: withoutCommands(test.database, ['extendLease']) });
    expect(await reason).toMatchObject({ why: 'lease-lost' });
    // Its own handler is still busy with the job: it does not run it beside itself.
    await delay(300);
    expect(runs).toEqual([1]);
    const second = handlerOf('long', async (job) => ({ status: 'success', result: `of attempt ${job.attempt}` }));
    test.start([second], { database: await test.openAgain() });
    await reaches(id, 'success');
    openGate();
    await first.stop(5_000);
    expect(await test.jobs.getJob(id)).toMatchObject({ result: 'of attempt 2', runCount: 2 });
    expect(await test.logOf(id)).toEqual([expect.stringContaining('gave no sign of life')]);
    expect(new Set(test.errors.map(String))).toEqual(new Set(['Error: extendLease does not get through']));
  });

  it('that stops gives back what does not end in time, and another one continues at once', async () => {
    const { promise: gate, resolve: openGate } = Promise.withResolvers<void>();
    const reasons: unknown[] = [];
    const waitsForAbort = async (job: RunningJob) => {
      reasons.push(await aborted(job.signal));
      return job;
    };
    const first = [
      handlerOf('stubborn', async (job) => {
        await waitsForAbort(job);
        await gate;
        return SUCCESS;
      }),
      handlerOf('polite', async (job) => {
        await waitsForAbort(job);
        throw job.signal.reason;
      }),
      handlerOf('quiet', async (job) => {
        await waitsForAbort(job);
        return { status: 'stopped' };
      }),
      handlerOf('quick', async (job) => {
        await waitsForAbort(job);
        return { status: 'success', result: 'in time' };
      }),
    ];
    const ids: number[] = [];
    for (const { kind } of first) ids.push(await enqueueOne(kind, 1));
    const worker = test.start(first);
    await expect.poll(() => test.jobs.countJobs({ statuses: ['running'] }), POLL).toBe(4);
    const startedAt = Date.now();
    await worker.stop(1_000);
    expect(Date.now() - startedAt).toBeLessThan(10_000);
    expect(reasons).toEqual(Array(4).fill(expect.objectContaining({ why: 'shutdown' })));
    const statuses = async () => Promise.all(ids.map(async (id) => (await test.jobs.getJob(id)).status));
    expect(await statuses()).toEqual(['pending', 'pending', 'pending', 'success']);

    const attempts: number[] = [];
    const second = ['stubborn', 'polite', 'quiet'].map((kind) =>
      handlerOf(kind, async (job) => {
        attempts.push(job.attempt);
        return { status: 'success', result: 'of the second' };
      }),
    );
    test.start(second, { database: await test.openAgain() });
    await expect.poll(statuses, POLL).toEqual(['success', 'success', 'success', 'success']);
    // The attempt that was cut short did not count.
    expect(attempts).toEqual([1, 1, 1]);
    openGate();
    await delay(50);
    expect((await test.jobs.getJob(ids[0] ?? 0)).result).toBe('of the second');
    await enqueueOne('quick');
    await delay(150);
    expect(await test.jobs.countJobs({ kind: 'quick', statuses: ['pending'] })).toBe(1);
    expect(test.errors).toEqual([]);
  });

  it('runs a recurring job again and again, never beside another worker', async () => {
    let running = 0;
    let most = 0;
    let runs = 0;
    const handler = handlerOf('reclaim', async (job) => {
      running += 1;
      runs += 1;
      most = Math.max(most, running);
      await delay(10);
      running -= 1;
      if (runs % 3 === 0) throw new ProductError('UNAVAILABLE', 'now and then');
      expect(job.name).toBe('reclaim');
      return SUCCESS;
    });
    await test.jobs.ensureRecurring({ name: 'reclaim', kind: 'reclaim', parameters: {}, repeatEveryMs: 10 });
    test.start([handler]);
    test.start([handler], { database: await test.openAgain() });
    await expect.poll(() => runs, POLL).toBeGreaterThan(12);
    expect(most).toBe(1);
  });

  it('and another one fire a schedule once each time', async () => {
    const clock = createManualClock();
    const jobs = createJobs({ database: test.database, clock });
    await jobs.schedules.save({ name: 'each-minute', kind: 'sweep', cron: '0 * * * * *' });
    let runs = 0;
    const handler = handlerOf('sweep', async (job) => {
      expect(job.execution?.trigger).toBe('schedule');
      runs += 1;
      return SUCCESS;
    });
    test.start([handler], { clock });
    test.start([handler], { clock, database: await test.openAgain() });
    for (let minute = 1; minute <= 8; minute += 1) {
      clock.advance(60_000);
      await expect.poll(() => runs, POLL).toBe(minute);
      await delay(120);
    }
    expect(await jobs.countExecutions({ statuses: ['success'] })).toBe(8);
    expect(await jobs.countExecutions({})).toBe(8);
  });

  it('looks at once when it is woken, and goes on after errors of the database', async () => {
    let isCut = true;
    const flaky = { ...test.database };
    Object.defineProperty(flaky, 'reader', {
      get: () => {
        if (isCut) throw new Error('the database is away');
        return test.database.reader;
      },
    });
    const worker = test.start([handlerOf('sweep', async () => SUCCESS)], { database: flaky, pollMs: 60_000 });
    await expect.poll(() => test.errors.length, POLL).toBeGreaterThan(0);
    isCut = false;
    const id = await enqueueOne('sweep');
    await reaches(id, 'success');
    await worker.stop(0);
  });

  it('finishes what is done when the database is away for a moment', async () => {
    let refusals = 2;
    const database = {
      ...test.database,
      execute: ((command, input) => {
        if (command.name === 'finishJob' && refusals > 0) {
          refusals -= 1;
          return Promise.reject(new Error('the database is away'));
        }
        return test.database.execute(command, input);
      }) as typeof test.database.execute,
    };
    const id = await enqueueOne('sweep', 1);
    test.start([handlerOf('sweep', async () => SUCCESS)], { database, heartbeatMs: 20 });
    await reaches(id, 'success');
    expect(await test.jobs.getJob(id)).toMatchObject({ runCount: 1 });
    expect(test.errors).toHaveLength(2);
  });

  it('whose schedules cannot be fired runs jobs all the same', async () => {
    const clock = createManualClock();
    const jobs = createJobs({ database: test.database, clock });
    await jobs.schedules.save({ name: 'each-minute', kind: 'sweep', cron: '0 * * * * *' });
    clock.advance(60_000);
    const id = await enqueueOne('sweep');
    const database = withoutCommands(test.database, ['fireDueSchedules']);
    test.start([handlerOf('sweep', async () => SUCCESS)], { clock, database, pollMs: 200 });
    await reaches(id, 'success');
    expect(test.errors.length).toBeGreaterThan(0);
    expect(test.errors.length).toBeLessThan(50);
    expect(await jobs.countExecutions({ trigger: 'schedule' })).toBe(0);
  });

  it('leaves alone what it has no handler for, and takes one handler per kind', async () => {
    const id = await enqueueOne('of-a-newer-version');
    const done = await enqueueOne('sweep');
    const handler = handlerOf('sweep', async () => SUCCESS);
    test.start([handler]);
    await reaches(done, 'success');
    expect((await test.jobs.getJob(id)).status).toBe('pending');
    const { database } = test;
    const twice = {
      database,
      clock: systemClock,
      ids: systemIds,
      handlers: [handler, handler],
      owner: 'x',
      concurrency: 1,
    };
    expect(() => createJobWorker({ ...twice, onError: () => undefined })).toThrow('two handlers');
  });
});
