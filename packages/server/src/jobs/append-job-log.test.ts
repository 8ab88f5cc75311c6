import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { SharedTestDatabase } from '../../test/in-process/shared-test-database.ts';
import { ENGINES } from '../../test/in-process/test-database.ts';
import { createTestJobs, fenceOf, LEASE_MS, openJobsDatabase, type TestJobs } from '../../test/in-process/test-jobs.ts';
import { extendLease } from './extend-lease.ts';
import { renderJobLog } from './render-job-log.ts';

describe.each(ENGINES)('the log of a job on %s', (engine) => {
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

  const start = async () => {
    const [id = 0] = await test.enqueue('sweep', [{}]);
    const fence = fenceOf(await test.claimOne('one', 'sweep'));
    const say = (texts: readonly string[]) => {
      const log = texts.map((text) => ({ at: test.clock.now(), text }));
      return test.database.execute(extendLease, { fence, now: test.clock.now(), leaseMs: LEASE_MS, log });
    };
    return { id, say };
  };
  const numbered = (count: number, from = 1) => Array.from({ length: count }, (_, index) => `line ${from + index}`);

  it('keeps its last 1,000 lines, in one piece or in many', async () => {
    const { id, say } = await start();
    await say(numbered(2_500));
    expect(await test.logOf(id)).toEqual(numbered(1_000, 1_501));
    await say(numbered(3, 2_501));
    await say([]);
    expect(await test.logOf(id)).toEqual(numbered(1_000, 1_504));
    const rows = await test.database.reader.selectFrom('job_log').select('line').execute();
    expect(rows).toHaveLength(1_000);
  });

  it('of one job is not that of another', async () => {
    const [one, two] = [await start(), await start()];
    await one.say(['first']);
    await two.say(['second']);
    expect(await test.logOf(one.id)).toEqual(['first']);
    expect(await test.logOf(two.id)).toEqual(['second']);
  });

  it('makes a line of each line, cuts what is too long, and takes any character', async () => {
    const { id, say } = await start();
    await say(['one\ntwo\r\nthree', 'nul\0nul', `half \ud83d`, 'x'.repeat(5_000)]);
    const lines = await test.logOf(id);
    expect(lines.slice(0, 5)).toEqual(['one', 'two', 'three', 'nul\ufffdnul', 'half \ufffd']);
    expect(lines[5]).toBe(`${'x'.repeat(1_999)}…`);
  });

  it('is read in pages, and as text that says what is no longer kept', async () => {
    const { id, say } = await start();
    await say(numbered(5));
    const first = await test.jobs.listLog(id, { pageSize: 3 });
    expect(first.items.map((line) => line.text)).toEqual(numbered(3));
    const second = await test.jobs.listLog(id, { pageSize: 3, after: first.next ?? 0 });
    expect(second.items.map((line) => line.text)).toEqual(numbered(2, 4));
    expect(second.next).toBeUndefined();
    expect(renderJobLog(first.items)).toBe(
      '2030-01-01T00:00:00.000Z line 1\n2030-01-01T00:00:00.000Z line 2\n2030-01-01T00:00:00.000Z line 3\n',
    );
    expect(renderJobLog(second.items)).toMatch(/^\(3 earlier lines are no longer kept\)\n.* line 4\n.* line 5\n$/);
    expect(renderJobLog([])).toBe('');
  });
});
