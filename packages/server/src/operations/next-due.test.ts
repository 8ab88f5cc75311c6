import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ContentClient, composeImage } from '../../test/in-process/content-client.ts';
import { ENGINES } from '../../test/in-process/test-database.ts';
import { OPERATOR, openTestOperations, type TestOperations } from '../../test/in-process/test-operations.ts';
import type { RepositoryRef } from '../content/repository-ref.ts';
import { createJobs, type Jobs } from '../jobs/jobs.ts';
import { isAuditSealed } from './audit-log/find-next-audit.ts';
import type { Operations } from './operations.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

describe.each(ENGINES)('the next work of an instance on %s', (engine) => {
  let test: TestOperations;
  let jobs: Jobs;
  let client: ContentClient;
  let app: RepositoryRef;

  beforeAll(async () => {
    test = await openTestOperations(engine);
  });
  afterAll(() => test?.close());
  beforeEach(async () => {
    await test.reset();
    await test.database.write((tx) => tx.deleteFrom('job_schedules').execute());
    jobs = createJobs({ database: test.database, clock: test.clock });
    client = new ContentClient(test.content, OPERATOR);
    app = await test.createRepository('team', 'app');
  });

  /** But for the audit log, which is signed before each end. */
  const due = async () => {
    if (!(await isAuditSealed(test.database))) await test.operations.auditLog.sealNow();
    return test.operations.nextDueAt();
  };
  /** Opens it, lets it do what there is to do, and closes it. */
  const wake = async (operations: Operations = test.createAnother(test.database)) => {
    operations.start();
    await operations.untilIdle();
    await operations.close();
  };
  const pushImage = async (tag: string) => {
    const [config, layer] = [randomBytes(100), randomBytes(1_000)];
    for (const blob of [config, layer]) await client.pushBlob(app, blob);
    const image = composeImage(config, [layer]);
    await client.putManifest(app, image, tag);
    return image;
  };

  it('is none as long as it is empty, however often it was open', async () => {
    expect(await due()).toBeUndefined();
    await wake();
    expect(await due()).toBeUndefined();
    expect((await jobs.listJobs({ kind: 'collect', page: 1, pageSize: 9 })).length).toBe(1);
  });

  it('is what a schedule or somebody has asked for, whatever it is of', async () => {
    await jobs.schedules.save({ name: 'nightly', kind: 'garbage-collection', cron: '0 30 3 * * *' });
    expect(await due()).toBe(test.clock.now() + 3.5 * HOUR_MS);
    await jobs.schedules.pause('nightly');
    expect(await due()).toBeUndefined();
    const runAfter = test.clock.now() + 7;
    const input = { kind: 'scrub', trigger: 'event', parameters: {}, actor: 'user:1' } as const;
    await jobs.enqueue({ ...input, jobs: [{ parameters: {}, runAfter }] });
    expect(await due()).toBe(runAfter);
    await jobs.enqueue({ ...input, kind: 'of-another-version', jobs: [{ parameters: {} }] });
    expect(await due()).toBe(runAfter);
  });

  it('is the end of a lease, whose worker may be dead', async () => {
    const { id } = await test.operations.garbageCollection.run('dry-run', OPERATOR);
    const leaseUntil = test.clock.now() + 30_000;
    await test.database.write((tx) =>
      tx
        .updateTable('jobs')
        .set({ status: 'running', lease_until: leaseUntil })
        .where('execution_id', '=', id)
        .execute(),
    );
    expect(await due()).toBe(leaseUntil);
  });

  it('is the review of what was pushed, the end of an upload, and the end of trash', async () => {
    const begun = test.clock.now();
    await test.content.uploads.create(app, OPERATOR, 'sha256');
    expect(await due()).toBe(0);
    await wake();
    expect(await due()).toBe(begun + DAY_MS);
    await test.content.uploads.create(app, OPERATOR, 'sha256');
    test.configure({ straySweepIntervalMs: 100 * DAY_MS });
    test.clock.advance(DAY_MS + 1);
    await wake();
    // Both were begun at the same instant, and have ended.
    expect(await due()).toBeUndefined();
    const image = await pushImage('v1');
    test.configure({ reviewDelayMs: 90 * DAY_MS });
    await client.delete(app, image.digest);
    expect(await due()).toBe(test.clock.now() + 7 * DAY_MS);
  });

  it('is never more often than each hour for housekeeping, whatever is overdue', async () => {
    await client.pushBlob(app, randomBytes(100));
    await wake();
    const ended = test.clock.now();
    await test.database.write((tx) => tx.updateTable('repository_blobs').set({ review_after: 1 }).execute());
    expect(await due()).toBe(ended + HOUR_MS);
  });

  it('is the audit log, unless it was signed before the end', async () => {
    await test.operations.auditLog.setRetention(null, OPERATOR);
    expect(await test.operations.nextDueAt()).toBe(0);
    await wake();
    expect(await test.operations.nextDueAt()).toBeUndefined();
    await test.operations.auditLog.setRetention(null, OPERATOR);
    expect(await test.operations.nextDueAt()).toBe(test.clock.now() + HOUR_MS);
  });

  it('waits for the end of a hold, and of the window in which only a confirmation lets more go', async () => {
    await client.pushBlob(app, randomBytes(100));
    await wake();
    await test.content.collector.hold('backup', 5 * DAY_MS);
    expect(await due()).toBe(test.clock.now() + 5 * DAY_MS);
    await test.content.collector.release('backup');
    test.configure({ capBytes: 1, capShare: 0, straySweepIntervalMs: 100 * DAY_MS });
    test.clock.advance(25 * HOUR_MS);
    await wake();
    const { awaiting } = await test.operations.garbageCollection.status();
    expect(awaiting?.count).toBe(1);
    expect(await due()).toBe(test.clock.now() + DAY_MS);
    await test.content.collector.confirm(100, OPERATOR);
    expect(await due()).toBe(test.clock.now() + HOUR_MS);
  });

  it('is once a day where untagged manifests are deleted', async () => {
    await test.content.setUntaggedPolicy(app.projectId, DAY_MS, OPERATOR);
    await wake();
    expect(await due()).toBe(test.clock.now() + DAY_MS);
  });

  it('is the scrub, once a round is over and its rest too, if anything is stored', async () => {
    await test.reset({ scrubBytesPerSecond: 1_000_000_000 });
    app = await test.createRepository('team', 'app');
    expect(await due()).toBeUndefined();
    client = new ContentClient(test.content, OPERATOR);
    await pushImage('v1');
    expect(await due()).toBe(0);
    await wake();
    test.configure({ straySweepIntervalMs: 100 * DAY_MS, reviewDelayMs: 100 * DAY_MS });
    await test.database.write((tx) => tx.updateTable('repository_blobs').set({ review_after: null }).execute());
    expect(await due()).toBe(test.clock.now() + DAY_MS);
  });

  it('comes often enough that one who sleeps in between cleans up all the same, with few wake-ups', async () => {
    const images = [await pushImage('v1'), await pushImage('v2')];
    await wake();
    await client.delete(app, images[0]?.digest ?? '');
    await client.delete(app, images[1]?.digest ?? '');
    await test.content.uploads.create(app, OPERATOR, 'sha256');
    const begun = test.clock.now();
    let wakes = 0;
    for (let next = await due(); next !== undefined; next = await due()) {
      expect(next).toBeLessThanOrEqual(test.clock.now() + DAY_MS);
      test.clock.advance(Math.max(1, next - test.clock.now()));
      await wake();
      wakes += 1;
      expect(wakes).toBeLessThan(10);
    }
    expect(test.storedBytes()).toBe(0);
    // A week in the trash, a day of review after it, and an hour at most for each step.
    expect(test.clock.now() - begun).toBeLessThan(9 * DAY_MS);
    expect(await test.database.reader.selectFrom('uploads').selectAll().execute()).toEqual([]);
  });
});
