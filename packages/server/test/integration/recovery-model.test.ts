import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createMemoryStorage } from '../../src/drivers/blob-storage/memory/memory-storage.ts';
import { openTestContent, type TestContent } from '../in-process/test-content.ts';
import { ENGINES, openTestDatabase } from '../in-process/test-database.ts';
import { claimShipping, dumpDatabase, rebuild, type TestShipper } from '../in-process/test-recovery.ts';
import { EXPIRY_MS, ModelRun } from './support/collection-model/model-run.ts';
import { DAY_MS, MODEL_SETTINGS, MODEL_STEPS } from './support/collection-model/model-step.ts';

/** How many histories are played on SQLite: more by the environment, for long runs. */
const RUNS = Number(process.env['RECOVERY_RUNS'] ?? 20);
const SEED = Number(process.env['RECOVERY_SEED'] ?? (process.env['RECOVERY_RUNS'] === undefined ? 1 : Date.now()));
const POSTGRES_SHARE = 0.15;

describe.each(ENGINES)('a database on %s that is rebuilt after a random history', (engine) => {
  let test: TestContent;

  beforeEach(async () => {
    test = await openTestContent({ engine, inMemory: true, uploadExpiryMs: EXPIRY_MS });
  });
  afterEach(() => test?.close());

  const runs = engine === 'sqlite' ? RUNS : Math.ceil(RUNS * POSTGRES_SHARE);

  /** Small, so that bases end in the middle of everything. */
  const limits = { maxRecords: 3, runMs: 0, rowsPerPart: 2 };

  it(
    `is the one that was shipped, row by row, in ${runs} histories`,
    async () => {
      const shippings = fc.array(fc.constantFrom('no', 'no', 'ship', 'take over'), { minLength: 60, maxLength: 60 });
      const property = fc.asyncProperty(MODEL_SETTINGS, MODEL_STEPS, shippings, async (settings, steps, shipping) => {
        await test.reset();
        const { times, policies } = settings;
        test.configure({
          ...times,
          policyIntervalMs: 0,
          straySweepIntervalMs: 0,
          strayGraceMs: DAY_MS,
          capBytes: Number.MAX_SAFE_INTEGER,
          batchSize: 3,
        });
        const storage = createMemoryStorage(test.medium);
        const claim = () => claimShipping({ database: test.database, storage, clock: test.clock, limits });
        let shipper: TestShipper = await claim();
        const run = new ModelRun(test, times, new Map());
        await run.open();
        for (const [project, afterMs] of policies.entries()) await run.play({ kind: 'policy', project, afterMs });
        for (const [index, step] of steps.entries()) {
          await run.play(step);
          const what = shipping[index % shipping.length];
          if (what === 'take over') shipper = await claim();
          if (what !== 'no') await shipper.ship();
        }
        while ((await shipper.ship()).base === undefined && !(await hasBase(test)));
        await assertRebuilds(test);
      });
      await fc.assert(property, { numRuns: runs, seed: SEED });
    },
    runs * 20_000,
  );

  async function assertRebuilds({ database, medium, clock }: TestContent): Promise<void> {
    const rebuilt = await openTestDatabase(engine, { inMemory: true });
    try {
      const storage = createMemoryStorage(medium);
      const report = await rebuild({ database: rebuilt.database, storage, clock });
      expect(report).toMatchObject({ gap: undefined, badRecords: [], blobs: { bad: [] } });
      expect(await dumpDatabase(rebuilt.database)).toEqual(await dumpDatabase(database));
    } finally {
      await rebuilt.close();
    }
  }
});

async function hasBase({ database }: TestContent): Promise<boolean> {
  const row = await database.reader
    .selectFrom('settings')
    .select('value')
    .where('name', '=', 'recovery')
    .executeTakeFirst();
  return row !== undefined && JSON.parse(row.value).base !== null;
}
