import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { putFencedSetting } from '../../test/in-process/put-fenced-setting.ts';
import type { SharedTestDatabase } from '../../test/in-process/shared-test-database.ts';
import { ENGINES } from '../../test/in-process/test-database.ts';
import {
  createTestJobs,
  fenceOf,
  LEASE_MS,
  listSettings,
  openJobsDatabase,
  type TestJobs,
} from '../../test/in-process/test-jobs.ts';
import { claimJobs } from './claim-jobs.ts';
import type { JobFence } from './job-fence.ts';

describe.each(ENGINES)('a fenced command on %s (invariant 15)', (engine) => {
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

  const put = (input: { readonly fence: JobFence; readonly now?: number; readonly name: string }) =>
    test.database.write((tx) =>
      putFencedSetting({ tx, capabilities: test.database.capabilities }, { ...input, value: 'written' }),
    );
  const refusal = { code: 'CONFLICT' };

  it('commits while the job holds its lease', async () => {
    await test.enqueue('sweep', [{}]);
    const fence = fenceOf(await test.claimOne('one', 'sweep'));
    await put({ fence, name: 'without time' });
    test.clock.advance(LEASE_MS);
    await put({ fence, now: test.clock.now(), name: 'at the last moment' });
    expect(await listSettings(test.database)).toEqual(['at the last moment=written', 'without time=written']);
  });

  it('commits nothing once another worker has claimed the job, whatever time it thinks it is', async () => {
    await test.enqueue('sweep', [{}]);
    const old = fenceOf(await test.claimOne('one', 'sweep'));
    const longAgo = test.clock.now();
    test.clock.advance(LEASE_MS + 1);
    const taken = fenceOf(await test.claimOne('two', 'sweep'));
    for (const now of [longAgo, test.clock.now()]) {
      await expect(put({ fence: old, now, name: 'old' })).rejects.toMatchObject(refusal);
    }
    await expect(put({ fence: old, name: 'old' })).rejects.toMatchObject(refusal);
    await put({ fence: taken, name: 'new' });
    expect(await listSettings(test.database)).toEqual(['new=written']);
  });

  it('commits nothing when the lease has run out, even if nobody has claimed the job', async () => {
    await test.enqueue('sweep', [{}]);
    const fence = fenceOf(await test.claimOne('one', 'sweep'));
    test.clock.advance(LEASE_MS + 1);
    await expect(put({ fence, now: test.clock.now(), name: 'late' })).rejects.toMatchObject(refusal);
    expect(await listSettings(test.database)).toEqual([]);
  });

  it('commits nothing of a job that has ended, was given back, was to stop, or never was', async () => {
    const endings = [{ kind: 'success' }, { kind: 'released' }, { kind: 'stopped' }] as const;
    for (const end of endings) {
      await test.enqueue('sweep', [{}]);
      const job = await test.claimOne('one', 'sweep');
      await test.finish(job, end);
      await expect(put({ fence: fenceOf(job), name: end.kind })).rejects.toMatchObject(refusal);
      if (end.kind === 'released') await test.finish(await test.claimOne('one', 'sweep'), { kind: 'success' });
    }
    const [id = 0] = await test.enqueue('sweep', [{}]);
    const fence = fenceOf(await test.claimOne('one', 'sweep'));
    await test.jobs.stopJob(id);
    await expect(put({ fence, name: 'to stop' })).rejects.toThrow('asked to stop');
    await expect(put({ fence: { jobId: 999, token: 1 }, name: 'none' })).rejects.toMatchObject(refusal);
    expect(await listSettings(test.database)).toEqual([]);
  });

  it('that is under way keeps others from claiming the job before it commits', async () => {
    await test.enqueue('sweep', [{}]);
    const job = await test.claimOne('one', 'sweep');
    test.clock.advance(LEASE_MS + 1);
    const other = await test.openAgain();
    const order: string[] = [];
    const { promise: looked, resolve: hasLooked } = Promise.withResolvers<void>();
    const { promise: gate, resolve: openGate } = Promise.withResolvers<void>();
    const slow = test.database.write(async (tx) => {
      await putFencedSetting(
        { tx, capabilities: test.database.capabilities },
        { fence: fenceOf(job), name: 'slow', value: 'written' },
      );
      hasLooked();
      await gate;
      order.push('committing');
    });
    await looked;
    const input = {
      owner: 'two',
      now: test.clock.now(),
      leaseMs: LEASE_MS,
      limit: 1,
      kinds: [{ kind: 'sweep', limit: 1 }],
      except: [],
    };
    const claim = other.execute(claimJobs, input).then((claimed) => {
      order.push(`claimed ${claimed.length}`);
      return claimed;
    });
    // PostgreSQL answers at once that there is nothing to claim; SQLite has the claim wait for the writer.
    if (engine === 'postgres') expect(await claim).toHaveLength(0);
    openGate();
    await Promise.all([slow, claim]);
    expect(order).toEqual(engine === 'postgres' ? ['claimed 0', 'committing'] : ['committing', 'claimed 1']);
    expect(await listSettings(test.database)).toEqual(['slow=written']);
    if (engine === 'postgres') expect(await other.execute(claimJobs, input)).toHaveLength(1);
  });
});
