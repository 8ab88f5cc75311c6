import fc from 'fast-check';
import { afterEach, beforeEach, describe, it } from 'vitest';
import { openTestContent, type TestContent } from '../in-process/test-content.ts';
import { ENGINES } from '../in-process/test-database.ts';
import { EXPIRY_MS, ModelRun } from './support/collection-model/model-run.ts';
import { DAY_MS, MODEL_SETTINGS, MODEL_STEPS } from './support/collection-model/model-step.ts';

/** How many histories are played on SQLite: more by the environment, for long runs. */
const RUNS = Number(process.env['COLLECTION_RUNS'] ?? 150);
/** The same histories each time, unless somebody asks for more or for others. */
const SEED = Number(process.env['COLLECTION_SEED'] ?? (process.env['COLLECTION_RUNS'] === undefined ? 1 : Date.now()));
/** PostgreSQL is slower by the way to it and back. */
const POSTGRES_SHARE = 0.1;

describe.each(ENGINES)('the collector against a model of the registry on %s', (engine) => {
  let test: TestContent;

  beforeEach(async () => {
    test = await openTestContent({ engine, inMemory: true, uploadExpiryMs: EXPIRY_MS });
  });
  afterEach(() => test?.close());

  const runs = engine === 'sqlite' ? RUNS : Math.ceil(RUNS * POSTGRES_SHARE);

  it(
    `keeps what must be kept and removes what must go in ${runs} histories`,
    async () => {
      const seen = new Map<string, number>();
      const property = fc.asyncProperty(MODEL_SETTINGS, MODEL_STEPS, async ({ times, policies }, steps) => {
        await test.reset();
        test.configure({
          ...times,
          policyIntervalMs: 0,
          straySweepIntervalMs: 0,
          strayGraceMs: DAY_MS,
          capBytes: Number.MAX_SAFE_INTEGER,
          batchSize: 3,
        });
        const run = new ModelRun(test, times, seen);
        await run.open();
        for (const [project, afterMs] of policies.entries()) await run.play({ kind: 'policy', project, afterMs });
        for (const step of steps) await run.play(step);
        await run.end();
      });
      await fc.assert(property, { numRuns: runs, seed: SEED });
      if (process.env['COLLECTION_RUNS'] !== undefined) console.log(engine, runs, Object.fromEntries(seen));
    },
    runs * 10_000,
  );
});
