import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type ClientManifest, ContentClient, composeImage } from '../../../test/in-process/content-client.ts';
import { ENGINES } from '../../../test/in-process/test-database.ts';
import {
  COLLECTION_INTERVAL_MS,
  OPERATOR,
  openTestOperations,
  type TestOperations,
} from '../../../test/in-process/test-operations.ts';
import type { CollectionReport } from '../../content/collection/collection-report.ts';
import type { CollectionEstimate } from '../../content/collection/estimate-collection.ts';
import { sweepStrays } from '../../content/collection/sweep-strays.ts';
import type { RepositoryRef } from '../../content/repository-ref.ts';
import { type ClaimedJob, claimJobs } from '../../jobs/claim-jobs.ts';
import { finishJob } from '../../jobs/finish-job.ts';
import { createJobs } from '../../jobs/jobs.ts';
import type { CollectionMode } from './collection-work.ts';

/** Other tests share the machine. */
const PATIENT = { timeout: 10_000 };
const DAY_MS = 24 * 3_600_000;
const KIB = 1_024;

interface Preview {
  readonly now: CollectionEstimate;
  readonly purge: CollectionEstimate;
}

describe.each(ENGINES)('garbage collection on %s', (engine) => {
  let test: TestOperations;
  let client: ContentClient;
  let app: RepositoryRef;

  beforeAll(async () => {
    test = await openTestOperations(engine);
  });
  afterAll(() => test?.close());
  beforeEach(async () => {
    await test.reset();
    client = new ContentClient(test.content, OPERATOR);
    app = await test.createRepository('team', 'app');
  });

  const collection = () => test.operations.garbageCollection;
  const run = async (mode: CollectionMode) => test.ended(await collection().run(mode, OPERATOR));
  const dryRun = async () => ((await run('dry-run')).job.result as unknown as { preview: Preview }).preview;
  const reportOf = ({ job }: Awaited<ReturnType<typeof run>>) =>
    (job.result as unknown as { report: CollectionReport }).report;

  async function pushImage(repository: RepositoryRef, tag: string, layers: readonly Buffer[]): Promise<ClientManifest> {
    const config = randomBytes(100);
    for (const blob of [config, ...layers]) await client.pushBlob(repository, blob);
    const image = composeImage(config, layers);
    await client.putManifest(repository, image, tag);
    return image;
  }

  async function addStray(sizeBytes: number): Promise<void> {
    test.medium.objects.set(`stray-${randomBytes(8).toString('hex')}`, randomBytes(sizeBytes));
    await sweepStrays(test, { now: test.clock.now() });
    test.clock.advance(1);
  }

  it('purges exactly what a dry run has said: trash, delays, pushes under way and stray files, and nothing else', async () => {
    const shared = randomBytes(5 * KIB);
    const kept = await pushImage(app, 'kept', [shared, randomBytes(3 * KIB)]);
    const gone = await pushImage(app, 'gone', [shared, randomBytes(7 * KIB)]);
    await client.delete(app, gone.digest);
    await client.pushBlob(app, randomBytes(11 * KIB));
    await addStray(2 * KIB);
    test.operations.start();
    const keptBytes = 5 * KIB + 3 * KIB + 100;
    const before = await dryRun();
    expect(before.now.bytes).toBe(0);
    expect(before.purge).toMatchObject({ bytes: 20 * KIB + 100, blobs: 3, strays: 1, trashedManifests: 1 });
    expect(test.storedBytes()).toBe(keptBytes + before.purge.bytes);

    const purged = await run('purge');
    expect(purged.execution).toMatchObject({ status: 'success', actor: 'user:1', parameters: { mode: 'purge' } });
    expect(reportOf(purged)).toMatchObject({ bytesFreed: before.purge.bytes, blobsRemoved: 4, trashPurged: 1 });
    expect(purged.log).toContain(`4 stored copies were removed: ${before.purge.bytes} bytes.`);
    expect(test.storedBytes()).toBe(keptBytes);
    expect(await client.pullManifest(app, 'kept')).toEqual(kept.bytes);
    expect(await client.pullManifest(app, gone.digest)).toBeUndefined();
    expect((await dryRun()).purge).toMatchObject({ bytes: 0, trashedManifests: 0 });
    expect(await journal('manifest.purged')).toEqual(['user:1']);
    expect(test.errors).toEqual([]);
  });

  it('refuses a push that a purge has overtaken, and takes the next one', async () => {
    const [config, layer] = [randomBytes(100), randomBytes(KIB)];
    await client.pushBlob(app, config);
    await client.pushBlob(app, layer);
    test.operations.start();
    expect(reportOf(await run('purge')).blobsRemoved).toBe(2);
    const image = composeImage(config, [layer]);
    await expect(client.putManifest(app, image, 'v1')).rejects.toMatchObject({ code: 'MANIFEST_BLOB_UNKNOWN' });
    for (const blob of [config, layer]) expect(await client.ensureBlob(app, blob)).toBe(false);
    await client.putManifest(app, image, 'v1');
    expect(await client.pullManifest(app, 'v1')).toEqual(image.bytes);
  });

  it('runs a pass that leaves what is not due', async () => {
    await client.pushBlob(app, randomBytes(KIB));
    test.clock.advance(DAY_MS);
    await client.pushBlob(app, randomBytes(3 * KIB));
    const image = await pushImage(app, 'v1', [randomBytes(5 * KIB)]);
    await client.delete(app, image.digest);
    test.operations.start();
    // The pass at the start may have come first; together they free what is due.
    await run('pass');
    expect(test.storedBytes()).toBe(8 * KIB + 100);
    const { log, execution } = await run('pass');
    expect(execution.status).toBe('success');
    expect(log).toContain('There was nothing to remove.');
  });

  it('does not purge while a backup or an export needs everything to stay', async () => {
    const image = await pushImage(app, 'v1', [randomBytes(KIB)]);
    await client.delete(app, image.digest);
    await test.content.collector.hold('backup', 60_000);
    test.operations.start();
    const refused = await run('purge');
    expect(refused.execution).toMatchObject({ status: 'error', message: expect.stringContaining('backup needs') });
    expect((await collection().status()).heldBy).toMatchObject({ name: 'backup' });
    await test.content.collector.release('backup');
    expect((await run('purge')).execution.status).toBe('success');
    expect(test.storedBytes()).toBe(0);
  });

  it('stops at the cap, says how much waits, and removes it once that is confirmed', async () => {
    test.configure({ capBytes: 0, capShare: 0 });
    await client.pushBlob(app, randomBytes(3 * KIB));
    test.operations.start();
    const stopped = await run('purge');
    expect(reportOf(stopped)).toMatchObject({ bytesFreed: 0, awaiting: { bytes: 3 * KIB, count: 1 } });
    expect(stopped.log).toContain('more than may go without a confirmation');
    expect((await collection().status()).awaiting).toMatchObject({ bytes: 3 * KIB, count: 1 });
    expect((await test.operations.figures()).awaitingBytes).toBe(3 * KIB);
    await collection().confirm(3 * KIB, OPERATOR);
    expect(reportOf(await run('pass'))).toMatchObject({ bytesFreed: 3 * KIB });
    expect(await collection().status()).toMatchObject({ awaiting: null, confirmedBytes: 0 });
    expect(await journal('collection.confirmed')).toEqual(['user:1']);
  });

  it('passes again and again, and logs only passes that did something', async () => {
    test.operations.start();
    await expect.poll(async () => (await collection().status()).lastPass, PATIENT).toBeDefined();
    const { jobId = 0, lastWork } = await collection().status();
    expect(lastWork).toBeUndefined();
    expect(await test.operations.executions.readLog(jobId)).toBe('');
    await client.pushBlob(app, randomBytes(KIB));
    test.clock.advance(DAY_MS);
    await expect.poll(() => test.storedBytes(), PATIENT).toBe(0);
    await expect.poll(async () => (await collection().status()).lastWork?.report.bytesFreed, PATIENT).toBe(KIB);
    expect(await test.operations.executions.readLog(jobId)).toContain(`1 stored copy was removed: ${KIB} bytes.`);
  });

  it('does nothing twice when several processes have the instance open', async () => {
    const workers = [test.operations];
    for (let index = 0; index < 3; index += 1) workers.push(test.createAnother(await test.openAgain()));
    for (const worker of workers) worker.start();
    await expect.poll(async () => (await collection().status()).lastPass, PATIENT).toBeDefined();
    const asked = await Promise.all(Array.from({ length: 12 }, () => collection().run('dry-run', OPERATOR)));
    for (const execution of asked) {
      expect((await test.ended(execution)).job).toMatchObject({ status: 'success', runCount: 1 });
    }
    test.clock.advance(COLLECTION_INTERVAL_MS);
    await expect.poll(() => collectRuns(), PATIENT).toBe(2);
    // Time for a worker that would run it once more to look around.
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(await collectRuns()).toBe(2);
  });

  it('lets one pass at a time do the work, whoever asked for it', async () => {
    const jobs = createJobs(test);
    await jobs.ensureRecurring({ name: 'collect', kind: 'collect', parameters: {}, repeatEveryMs: 1 });
    const elsewhere = await claim('collect');
    test.operations.start();
    const asked = await collection().run('pass', OPERATOR);
    const findJob = async () => (await test.operations.executions.get(asked.id)).jobs[0]?.id ?? 0;
    await expect
      .poll(async () => test.operations.executions.readLog(await findJob()), PATIENT)
      .toContain(`Waits for job ${elsewhere.id}, which does the same.`);
    await finish(elsewhere);
    expect((await test.ended(asked)).execution.status).toBe('success');
    await test.operations.close();

    const input = { kind: 'garbage-collection', trigger: 'manual', parameters: {}, actor: 'user:1' } as const;
    await jobs.enqueue({ ...input, jobs: [{ parameters: { mode: 'pass' } }] });
    const longPass = await claim('garbage-collection');
    await client.pushBlob(app, randomBytes(KIB));
    test.clock.advance(DAY_MS);
    const runs = await collectRuns();
    test.createAnother(test.database).start();
    await expect.poll(() => collectRuns(), PATIENT).toBe(runs + 1);
    await expect.poll(() => isCollectRunning(), PATIENT).toBe(false);
    expect(test.storedBytes()).toBe(KIB);
    await finish(longPass);
    test.clock.advance(COLLECTION_INTERVAL_MS);
    await expect.poll(() => test.storedBytes(), PATIENT).toBe(0);
  });

  it('measures the trash, and forgets old executions but the newest hundred', async () => {
    test.configure({ reviewDelayMs: 0, trashWindowMs: 365 * DAY_MS });
    const [left, right] = [randomBytes(KIB), randomBytes(KIB)];
    const first = await pushImage(app, 'v1', [left]);
    const second = await pushImage(app, 'v2', [right]);
    await pushImage(app, 'v3', [right]);
    for (const image of [first, second]) await client.delete(app, image.digest);
    await enqueueEnded(130);
    test.clock.advance(31 * DAY_MS);
    test.operations.start();
    await expect.poll(async () => (await test.operations.figures()).trash, PATIENT).toBeDefined();
    const { trash, overdueMs } = await test.operations.figures();
    // The second layer is in use elsewhere; both configs and the first layer only wait here.
    expect(trash).toMatchObject({ manifests: 2, bytes: first.bytes.length + second.bytes.length + 200 + KIB });
    expect(overdueMs).toBe(0);
    await expect
      .poll(async () => (await test.operations.executions.list({ page: 1, pageSize: 1 })).total, PATIENT)
      .toBe(100);
  });

  /** As a worker in another process takes a job and does nothing yet. */
  async function claim(kind: string): Promise<ClaimedJob> {
    const kinds = [{ kind, limit: 1 }];
    const claimed = await test.database.execute(claimJobs, {
      owner: 'elsewhere',
      now: test.clock.now(),
      leaseMs: 2 * DAY_MS,
      limit: 1,
      kinds,
      except: [],
    });
    if (claimed[0] === undefined) throw new Error(`no job of the kind ${kind} is due`);
    return claimed[0];
  }

  async function finish({ id: jobId, token }: ClaimedJob): Promise<void> {
    const input = { fence: { jobId, token }, now: test.clock.now(), end: { kind: 'success' }, log: [] } as const;
    expect(await test.database.execute(finishJob, input)).toMatchObject({ held: true });
  }

  async function journal(kind: string): Promise<readonly string[]> {
    const query = test.database.reader.selectFrom('journal').select('actor').where('kind', '=', kind);
    return (await query.execute()).map((row) => row.actor);
  }

  async function isCollectRunning(): Promise<boolean> {
    const query = test.database.reader.selectFrom('jobs').select('status').where('name', '=', 'collect');
    return (await query.executeTakeFirstOrThrow()).status === 'running';
  }

  async function collectRuns(): Promise<number> {
    const query = test.database.reader.selectFrom('jobs').select('lease_token').where('name', '=', 'collect');
    return (await query.executeTakeFirstOrThrow()).lease_token;
  }

  async function enqueueEnded(count: number): Promise<void> {
    const at = test.clock.now();
    const row = { kind: 'garbage-collection', subject: '', trigger: 'manual', parameters: '{}', actor: 'user:1' };
    const ended = { ...row, status: 'success', message: null, created_at: at, started_at: at, ended_at: at };
    await test.database.write((tx) =>
      tx
        .insertInto('job_executions')
        .values(Array.from({ length: count }, () => ended))
        .execute(),
    );
  }
});
