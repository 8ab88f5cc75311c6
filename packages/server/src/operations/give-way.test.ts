import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { SharedTestDatabase } from '../../test/in-process/shared-test-database.ts';
import { ENGINES } from '../../test/in-process/test-database.ts';
import { createTestJobs, openJobsDatabase, type TestJobs } from '../../test/in-process/test-jobs.ts';
import { isDoneForSomebody, waitForTurn } from './give-way.ts';

/** Other tests share the machine. */
const PATIENT = { timeout: 10_000 };
const WORK = { recurringKind: 'again', askedKind: 'asked' } as const;
const WAITS = { interrupts: false } as const;
const INTERRUPTS = { interrupts: true } as const;

describe.each(ENGINES)('work that recurs and that people ask for on %s', (engine) => {
  let shared: SharedTestDatabase;
  let test: TestJobs;
  let lines: string[];

  beforeAll(async () => {
    shared = await openJobsDatabase(engine);
  });
  afterAll(() => shared?.close());
  beforeEach(async () => {
    test = createTestJobs(shared);
    await test.jobs.ensureRecurring({ name: 'again', kind: 'again', parameters: {}, repeatEveryMs: 1_000 });
    lines = [];
  });
  afterEach(() => shared.reset());

  const jobOf = (id: number, signal = new AbortController().signal) => ({
    id,
    signal,
    log: (text: string) => lines.push(text),
  });

  it('is left to who asked for it while that runs, and only then', async () => {
    expect(await isDoneForSomebody(test, WORK)).toBe(false);
    await test.enqueue('asked', [{}]);
    expect(await isDoneForSomebody(test, WORK)).toBe(false);
    const job = await test.claimOne('worker', 'asked');
    expect(await isDoneForSomebody(test, WORK)).toBe(true);
    await test.finish(job, { kind: 'success' });
    expect(await isDoneForSomebody(test, WORK)).toBe(false);
  });

  it('waits for the recurring job and for who asked before, and for nobody who asked after', async () => {
    await test.enqueue('asked', [{}, {}]);
    const recurring = await test.claimOne('worker', 'again');
    const [first, second] = await test.claim('worker', ['asked']);
    if (first === undefined || second === undefined) throw new Error('two jobs are due');
    const order: string[] = [];
    const waiting = waitForTurn(test, WORK, jobOf(second.id), WAITS).then(() => order.push('second'));
    await new Promise((resolve) => setTimeout(resolve, 150));
    order.push('recurring ends');
    await test.finish(recurring, { kind: 'success' });
    await waitForTurn(test, WORK, jobOf(first.id), WAITS);
    order.push('first');
    await test.finish(first, { kind: 'success' });
    await waiting;
    expect(order).toEqual(['recurring ends', 'first', 'second']);
    expect(lines).toEqual([`Waits for job ${recurring.id}, ${first.id}, which does the same.`]);
  });

  it('may ask the recurring job to stop, waits a minute at most, and ends with its job', async () => {
    const recurring = await test.claimOne('worker', 'again');
    const [id = 0] = await test.enqueue('asked', [{}]);
    const interrupted = new AbortController();
    const waiting = waitForTurn(test, WORK, jobOf(id, interrupted.signal), INTERRUPTS);
    await expect.poll(async () => (await test.jobs.getJob(recurring.id)).isStopRequested, PATIENT).toBe(true);
    interrupted.abort(new Error('stopped'));
    await expect(waiting).rejects.toThrow();
    const patient = waitForTurn(test, WORK, jobOf(id), WAITS);
    await new Promise((resolve) => setTimeout(resolve, 50));
    test.clock.advance(60_000);
    await patient;
  });
});
