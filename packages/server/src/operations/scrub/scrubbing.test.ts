import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ContentClient } from '../../../test/in-process/content-client.ts';
import { ENGINES } from '../../../test/in-process/test-database.ts';
import { OPERATOR, openTestOperations, type TestOperations } from '../../../test/in-process/test-operations.ts';
import { INITIAL_SCRUB_STATE, writeScrubState } from '../../content/scrub/scrub-state.ts';

/** Other tests share the machine. */
const PATIENT = { timeout: 10_000 };
const RATE = 2 ** 40;
const DAY_MS = 24 * 3_600_000;

describe.each(ENGINES)('the scrub as a job on %s', (engine) => {
  let test: TestOperations;

  beforeAll(async () => {
    test = await openTestOperations(engine);
  });
  afterAll(() => test?.close());

  async function open(scrubBytesPerSecond: number, blobs: number): Promise<void> {
    await test.reset({ scrubBytesPerSecond });
    const repository = await test.createRepository('team', 'app');
    const client = new ContentClient(test.content, OPERATOR);
    for (let index = 0; index < blobs; index += 1) await client.pushBlob(repository, randomBytes(100));
  }

  function damageOne(): void {
    const [key = ''] = test.medium.objects.keys();
    test.medium.objects.set(key, randomBytes(100));
  }

  const status = () => test.operations.scrubbing.status();

  it('reads everything once on demand, tells what this round has found, and that the next finds no more', async () => {
    await open(0, 5);
    damageOne();
    // A round that was under way is not gone on with.
    const halfWay = {
      ...INITIAL_SCRUB_STATE,
      lastBlobId: 1_000_000,
      roundStartedAt: 1,
      roundBlobs: 99,
      roundBytes: 9_900,
    };
    await test.database.execute(writeScrubState, { state: halfWay, now: test.clock.now() });
    test.operations.start();
    const first = await test.ended(await test.operations.scrubbing.run(OPERATOR));
    expect(first.execution).toMatchObject({ kind: 'scrub', status: 'success', actor: 'user:1' });
    expect(first.job.result).toEqual({ blobs: 5, bytes: 500, damaged: 1, missing: 0, unreadable: 0 });
    expect(first.log).toContain('is damaged');
    const second = await test.ended(await test.operations.scrubbing.run(OPERATOR));
    expect(second.job.result).toEqual({ blobs: 4, bytes: 400, damaged: 0, missing: 0, unreadable: 0 });
    expect((await test.operations.figures()).scrubbed).toEqual({ damaged: 1, missing: 0, unreadable: 0 });
    expect((await test.operations.figures()).scrubRoundAgeMs).toBe(0);
  });

  it('goes on by itself, and rests for a day after a round', async () => {
    await open(RATE, 3);
    test.operations.start();
    await expect.poll(async () => (await status()).state.lastRoundEndedAt, PATIENT).toBe(test.clock.now());
    const firstEnd = test.clock.now();
    damageOne();
    test.clock.advance(DAY_MS - 1);
    await expect.poll(() => runs(), PATIENT).toBe(2);
    expect((await status()).state).toMatchObject({ damaged: 0, lastRoundEndedAt: firstEnd });
    test.clock.advance(60_000);
    await expect.poll(async () => (await status()).state.damaged, PATIENT).toBe(1);
  });

  it('does not run by itself when its rate is 0', async () => {
    await open(0, 1);
    test.operations.start();
    await expect.poll(async () => (await test.operations.garbageCollection.status()).lastPass, PATIENT).toBeDefined();
    expect(await status()).toMatchObject({ bytesPerSecond: 0, jobId: undefined, running: [] });
    expect((await status()).state.lastRoundEndedAt).toBeNull();
  });

  async function runs(): Promise<number> {
    const query = test.database.reader.selectFrom('jobs').select('lease_token').where('name', '=', 'continuous-scrub');
    return (await query.executeTakeFirstOrThrow()).lease_token;
  }
});
