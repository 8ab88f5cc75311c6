import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { SharedTestDatabase } from '../../test/in-process/shared-test-database.ts';
import { ENGINES } from '../../test/in-process/test-database.ts';
import { createTestJobs, openJobsDatabase, type TestJobs } from '../../test/in-process/test-jobs.ts';
import { fireDueSchedules } from './fire-due-schedules.ts';
import { fireSchedules } from './fire-schedules.ts';

const HOUR_MS = 3_600_000;
const HOURLY = {
  name: 'sweep-hourly',
  kind: 'sweep',
  subject: 'policy-7',
  cron: '0 0 * * * *',
  parameters: { dryRun: false },
};

describe.each(ENGINES)('schedules on %s', (engine) => {
  let shared: SharedTestDatabase;
  let test: TestJobs;
  let errors: unknown[];

  beforeAll(async () => {
    shared = await openJobsDatabase(engine);
  });
  afterAll(() => shared?.close());
  beforeEach(async () => {
    test = createTestJobs(shared);
    errors = [];
  });
  afterEach(() => shared.reset());

  const fire = (database = test.database) =>
    fireSchedules({ database, clock: test.clock, onError: (error) => errors.push(error) });
  const executions = () => test.jobs.listExecutions({ page: 1, pageSize: 100 });
  const find = async () => {
    const schedule = await test.jobs.schedules.find(HOURLY.name);
    if (schedule === undefined) throw new Error('the schedule is gone');
    return schedule;
  };

  it('make an execution of one job when they are due', async () => {
    await test.jobs.schedules.save({ ...HOURLY, maxAttempts: 2 });
    const start = test.clock.now();
    expect(await find()).toMatchObject({
      timeZone: 'UTC',
      isPaused: false,
      nextAt: start + HOUR_MS,
      lastAt: undefined,
    });
    expect(await fire()).toBe(0);
    test.clock.advance(HOUR_MS);
    expect(await fire()).toBe(1);
    expect(await find()).toMatchObject({ nextAt: start + 2 * HOUR_MS, lastAt: start + HOUR_MS });
    expect(await executions()).toMatchObject([
      {
        kind: 'sweep',
        subject: 'policy-7',
        trigger: 'schedule',
        status: 'pending',
        parameters: { dryRun: false },
        actor: 'system:schedule',
        jobCounts: { pending: 1 },
      },
    ]);
    const [job] = await test.jobs.listJobs({ kind: 'sweep', page: 1, pageSize: 10 });
    expect(job).toMatchObject({ parameters: { dryRun: false }, maxAttempts: 2 });
  });

  it('fire once per instant, whoever sees that they are due', async () => {
    const databases = [test.database, await test.openAgain(), await test.openAgain()];
    await test.jobs.schedules.save(HOURLY);
    await test.jobs.schedules.save({ ...HOURLY, name: 'scan-hourly', kind: 'scan' });
    for (let hour = 1; hour <= 5; hour += 1) {
      test.clock.advance(HOUR_MS);
      const fired = await Promise.all(databases.map((database) => fire(database)));
      expect(fired.reduce((sum, each) => sum + each)).toBe(2);
    }
    expect(await test.jobs.countExecutions({})).toBe(10);
    const { id: scheduleId } = await test.database.reader
      .selectFrom('job_schedules')
      .select('id')
      .where('name', '=', HOURLY.name)
      .executeTakeFirstOrThrow();
    const firing = { scheduleId, dueAt: test.clock.now(), nextAt: test.clock.now() + HOUR_MS };
    const late = { firings: [firing], now: test.clock.now() };
    expect(await test.database.execute(fireDueSchedules, late)).toBe(0);
  });

  it('make up once for all that they have missed, also when they are saved again before', async () => {
    await test.jobs.schedules.save(HOURLY);
    test.clock.advance(100 * HOUR_MS + 1);
    await test.jobs.schedules.save({ ...HOURLY, parameters: { dryRun: true } });
    expect(await fire()).toBe(1);
    expect(await fire()).toBe(0);
    expect((await executions())[0]?.parameters).toEqual({ dryRun: true });
    expect((await find()).nextAt).toBe(test.clock.now() - 1 + HOUR_MS);
  });

  it('that are changed follow their new time, in its time zone', async () => {
    await test.jobs.schedules.save(HOURLY);
    test.clock.advance(HOUR_MS);
    await test.jobs.schedules.save({ ...HOURLY, cron: '0 30 12 * * *', timeZone: 'Europe/Paris' });
    expect(await fire()).toBe(0);
    expect((await find()).nextAt).toBe(Date.UTC(2030, 0, 1, 11, 30));
  });

  it('do nothing while they are paused, and make up for nothing when they go on', async () => {
    await test.jobs.schedules.save(HOURLY);
    await test.jobs.schedules.pause(HOURLY.name);
    await test.jobs.schedules.save({ ...HOURLY, cron: '0 0 0 * * *' });
    expect(await find()).toMatchObject({ isPaused: true, nextAt: undefined, cron: '0 0 0 * * *' });
    test.clock.advance(100 * HOUR_MS);
    expect(await fire()).toBe(0);
    expect(await test.jobs.nextDueAt()).toBeUndefined();
    await test.jobs.schedules.resume(HOURLY.name);
    expect(await find()).toMatchObject({ isPaused: false, nextAt: Date.UTC(2030, 0, 6) });
    expect(await fire()).toBe(0);
  });

  it('are listed by name, and can be removed', async () => {
    for (const name of ['c', 'a', 'b']) await test.jobs.schedules.save({ ...HOURLY, name });
    await test.jobs.schedules.save({ ...HOURLY, name: 'd', kind: 'scan' });
    const names = async (page: number, kind?: string) => {
      const query = kind === undefined ? { page, pageSize: 2 } : { page, pageSize: 2, kind };
      return (await test.jobs.schedules.list(query)).map((schedule) => schedule.name);
    };
    expect([await names(1), await names(2), await names(2, 'sweep')]).toEqual([['a', 'b'], ['c', 'd'], ['c']]);
    expect(await test.jobs.schedules.count({ kind: 'sweep' })).toBe(3);
    await test.jobs.schedules.remove('a');
    expect(await test.jobs.schedules.count({})).toBe(3);
    for (const call of ['remove', 'pause', 'resume'] as const) {
      await expect(test.jobs.schedules[call]('a')).rejects.toMatchObject({ code: 'NOT_FOUND' });
    }
  });

  it('refuse a time that is none and keep what they were', async () => {
    await test.jobs.schedules.save(HOURLY);
    for (const change of [{ cron: '0 * * * *' }, { cron: '0 0 0 31 2 *' }, { timeZone: 'Mars/Olympus' }]) {
      const saved = test.jobs.schedules.save({ ...HOURLY, ...change });
      await expect(saved).rejects.toMatchObject({ code: 'BAD_REQUEST' });
    }
    expect(await find()).toMatchObject({ cron: HOURLY.cron, timeZone: 'UTC' });
  });

  it('whose text is no longer understood fire once more and are reported, and hold up no other', async () => {
    await test.jobs.schedules.save(HOURLY);
    await test.jobs.schedules.save({ ...HOURLY, name: 'other' });
    await test.database.write((tx) =>
      tx.updateTable('job_schedules').set({ cron: 'once upon a time' }).where('name', '=', HOURLY.name).execute(),
    );
    test.clock.advance(HOUR_MS);
    expect(await fire()).toBe(2);
    expect(errors).toHaveLength(1);
    expect((await find()).nextAt).toBeUndefined();
    test.clock.advance(HOUR_MS);
    expect(await fire()).toBe(1);
  });
});
