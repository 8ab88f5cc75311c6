import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { SharedTestDatabase } from '../../test/in-process/shared-test-database.ts';
import { ENGINES } from '../../test/in-process/test-database.ts';
import { enqueueFor, openJobsDatabase } from '../../test/in-process/test-jobs.ts';
import { createTestWorkers, handlerOf, type TestWorkers, withoutCommands } from '../../test/in-process/test-workers.ts';

const SUCCESS = { status: 'success' } as const;

describe.each(ENGINES)('a worker without work on %s', (engine) => {
  let shared: SharedTestDatabase;
  let test: TestWorkers;

  beforeAll(async () => {
    shared = await openJobsDatabase(engine);
  });
  afterAll(() => shared?.close());
  beforeEach(() => {
    test = createTestWorkers(shared);
  });
  afterEach(async () => {
    await test.stopAll();
    await shared.reset();
  });

  const enqueueOne = (kind: string) => enqueueFor(test.jobs, kind, [{ parameters: {} }]);

  it('says when it has nothing left that it could do, and not before', async () => {
    const { promise: gate, resolve: openGate } = Promise.withResolvers<void>();
    const worker = test.start([
      handlerOf('sweep', async () => {
        await gate;
        await enqueueOne('scan');
        return SUCCESS;
      }),
      handlerOf('scan', async () => SUCCESS),
    ]);
    await worker.untilIdle();
    await enqueueOne('of-nobody');
    await enqueueOne('sweep');
    let isIdle = false;
    const idle = worker.untilIdle().then(() => {
      isIdle = true;
    });
    await delay(200);
    expect(isIdle).toBe(false);
    openGate();
    await idle;
    expect(await test.jobs.countJobs({ kind: 'scan', statuses: ['success'] })).toBe(1);
    const waiting = worker.untilIdle();
    await worker.stop(0);
    await waiting;
    await worker.untilIdle();
  });

  it('says so when it cannot look for work', async () => {
    const broken = withoutCommands(test.database, ['claimJobs']);
    await enqueueOne('sweep');
    const worker = test.start([handlerOf('sweep', async () => SUCCESS)], { database: broken });
    await expect(worker.untilIdle()).rejects.toThrow('claimJobs does not get through');
  });
});
