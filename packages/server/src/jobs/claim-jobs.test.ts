import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { SharedTestDatabase } from '../../test/in-process/shared-test-database.ts';
import { ENGINES } from '../../test/in-process/test-database.ts';
import { createTestJobs, LEASE_MS, openJobsDatabase, type TestJobs } from '../../test/in-process/test-jobs.ts';
import { claimJobs } from './claim-jobs.ts';

describe.each(ENGINES)('claiming jobs on %s', (engine) => {
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

  const numbered = (count: number) => Array.from({ length: count }, (_, number) => ({ number }));

  it('gives what is due for longest first, with its parameters, and marks it and its execution as running', async () => {
    const [late] = await test.enqueue('sweep', [{ name: 'late' }]);
    const { jobIds } = await test.jobs.enqueue({
      kind: 'sweep',
      subject: 'policy-7',
      trigger: 'event',
      parameters: { dryRun: true },
      actor: 'user:1',
      jobs: [{ parameters: { name: 'early' }, runAfter: test.clock.now() - 5_000 }],
    });
    const claimed = await test.claim('one', ['sweep']);
    expect(claimed.map((job) => job.id)).toEqual([jobIds[0], late]);
    expect(claimed[0]).toMatchObject({
      kind: 'sweep',
      name: null,
      parameters: '{"name":"early"}',
      progress: null,
      attempt: 1,
      token: 1,
      leaseUntil: test.clock.now() + LEASE_MS,
      execution: { subject: 'policy-7', trigger: 'event' },
    });
    const executionId = claimed[0]?.execution?.id ?? 0;
    expect(await test.jobs.getExecution(executionId)).toMatchObject({
      status: 'running',
      startedAt: test.clock.now(),
      jobCounts: { running: 1 },
    });
    expect(await test.jobs.getJob(jobIds[0] ?? 0)).toMatchObject({ status: 'running', owner: 'one', runCount: 1 });
  });

  it('gives nothing twice, nothing of a kind that was not asked for, and nothing before its time', async () => {
    await test.enqueue('sweep', numbered(2));
    await test.enqueue('scan', numbered(1));
    const later = test.clock.now() + 1_000;
    const jobs = [{ parameters: {}, runAfter: later }];
    await test.jobs.enqueue({ kind: 'sweep', trigger: 'manual', parameters: {}, actor: 'user:1', jobs });
    expect(await test.claim('one', ['sweep'])).toHaveLength(2);
    expect(await test.claim('two', ['sweep'])).toHaveLength(0);
    test.clock.advance(999);
    expect(await test.claim('two', ['sweep'])).toHaveLength(0);
    test.clock.advance(1);
    expect(await test.claim('two', ['sweep'])).toHaveLength(1);
    expect(await test.claim('two', [])).toHaveLength(0);
  });

  it('goes round the kinds that have work, within their limits', async () => {
    await test.enqueue('scan', numbered(50));
    test.clock.advance(1_000);
    await test.enqueue('sweep', numbered(50));
    await test.enqueue('mail', numbered(1));
    const kinds = [
      { kind: 'scan', limit: 2 },
      { kind: 'sweep', limit: 50 },
      { kind: 'mail', limit: 50 },
    ];
    const claimed = await test.claim('one', [], { kinds, limit: 8 });
    const count = (kind: string) => claimed.filter((job) => job.kind === kind).length;
    expect([count('scan'), count('sweep'), count('mail')]).toEqual([2, 5, 1]);
    const [next] = await test.claim('one', [], { kinds: kinds.toReversed(), limit: 1 });
    expect(next?.kind).toBe('sweep');
  });

  it('takes over what is running beyond its lease: its token rises, the attempt counts, the log says so', async () => {
    const [id = 0] = await test.enqueue('sweep', numbered(1));
    const first = await test.claimOne('one', 'sweep');
    test.clock.advance(LEASE_MS);
    expect(await test.claim('two', ['sweep'])).toHaveLength(0);
    test.clock.advance(1);
    const [second] = await test.claim('two', ['sweep']);
    expect(second).toMatchObject({ id, attempt: 2, token: first.token + 1 });
    expect(await test.logOf(id)).toEqual([
      expect.stringMatching(/^Attempt 1 of 3 was lost: its worker one gave no sign/),
    ]);
  });

  it('leaves dead what has lost its last attempt, so that what kills its worker does not do so forever', async () => {
    const [id = 0] = await test.enqueue('sweep', numbered(1), 2);
    for (const owner of ['one', 'two']) {
      const job = await test.claimOne(owner, 'sweep');
      expect(job.id).toBe(id);
      test.clock.advance(LEASE_MS + 1);
    }
    expect(await test.claim('three', ['sweep'])).toHaveLength(0);
    const job = await test.jobs.getJob(id);
    expect(job).toMatchObject({ status: 'dead', attempts: 2, endedAt: test.clock.now() });
    const execution = await test.jobs.getExecution(job.executionId ?? 0);
    expect(execution).toMatchObject({ status: 'error', message: job.error, endedAt: test.clock.now() });
    expect(execution.message).toContain('worker two');
  });

  it('ends what was to stop when its worker is lost', async () => {
    const [id = 0] = await test.enqueue('sweep', numbered(1));
    await test.claimOne('one', 'sweep');
    await test.jobs.stopJob(id);
    test.clock.advance(LEASE_MS + 1);
    expect(await test.claim('two', ['sweep'])).toHaveLength(0);
    const job = await test.jobs.getJob(id);
    expect(job).toMatchObject({ status: 'stopped', isStopRequested: false });
    expect(await test.jobs.getExecution(job.executionId ?? 0)).toMatchObject({ status: 'stopped' });
  });

  it('leaves to others what the claimant has not let go of', async () => {
    const [id = 0] = await test.enqueue('sweep', numbered(1));
    await test.claimOne('one', 'sweep');
    test.clock.advance(LEASE_MS + 1);
    expect(await test.claim('one', ['sweep'], { except: [id] })).toHaveLength(0);
    expect(await test.claim('two', ['sweep'])).toHaveLength(1);
  });

  it('by many at once gives each job once, also where they share one execution', async () => {
    const ids = await test.enqueue('sweep', numbered(120));
    const databases = [test.database, await test.openAgain(), await test.openAgain()];
    const taken: number[] = [];
    const takeAll = async (worker: number) => {
      for (let fruitless = 0; fruitless < 20; ) {
        const claimed = await databases[worker]?.execute(claimJobs, {
          owner: `worker-${worker}`,
          now: test.clock.now(),
          leaseMs: LEASE_MS,
          limit: 3,
          kinds: [{ kind: 'sweep', limit: 3 }],
          except: [],
        });
        taken.push(...(claimed ?? []).map((job) => job.id));
        fruitless = claimed?.length === 0 ? fruitless + 1 : 0;
      }
    };
    await Promise.all([0, 1, 2].map(takeAll));
    expect(taken.toSorted((left, right) => left - right)).toEqual(ids);
  });
});
