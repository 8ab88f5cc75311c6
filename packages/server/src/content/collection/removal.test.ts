import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ContentClient, digestOf } from '../../../test/in-process/content-client.ts';
import { openTestContent, type TestContent } from '../../../test/in-process/test-content.ts';
import { ENGINES } from '../../../test/in-process/test-database.ts';
import { override } from '../../../test/integration/support/override.ts';
import type { BlobStorage } from '../../drivers/blob-storage/blob-storage.ts';
import { armFailpoints, type Failpoint } from '../../kernel/failpoints.ts';
import { EVERYTHING } from '../repositories/visibility.ts';
import type { RepositoryRef } from '../repository-ref.ts';

const DAY_MS = 24 * 3_600_000;

describe.each(ENGINES)('the removal of stored copies on %s', (engine) => {
  let test: TestContent;
  let client: ContentClient;
  let app: RepositoryRef;
  /** Fails to remove these. */
  let stuck: ((key: string) => boolean) | undefined;
  let deleted: string[];

  beforeEach(async () => {
    stuck = undefined;
    deleted = [];
    const wrapStorage = (storage: BlobStorage): BlobStorage =>
      override(storage, {
        deleteObjects: async (keys: readonly string[]) => {
          const removed = keys.filter((key) => stuck?.(key) !== true);
          deleted.push(...removed);
          const error = new Error('the storage does not answer');
          const kept = keys.filter((key) => stuck?.(key) === true).map((key) => ({ key, error }));
          return [...(await storage.deleteObjects(removed)), ...kept];
        },
      });
    test = await openTestContent({
      engine,
      settings: { trashWindowMs: 0, batchSize: 4, removalBatchSize: 4 },
      wrapStorage,
    });
    client = new ContentClient(test.content, test.actor);
    app = await test.createRepository('team', 'app');
  });
  afterEach(async () => {
    armFailpoints(undefined);
    await test?.close();
  });

  const pass = () => test.content.collector.runPass();
  const blobOf = (number: number) => Buffer.alloc(100, `blob ${number} `);
  const blobRows = () => test.database.reader.selectFrom('blobs').selectAll().orderBy('id').execute();

  /** Blobs that nobody uses, due for removal. */
  async function pushGarbage(count: number): Promise<void> {
    for (let number = 0; number < count; number += 1) await client.pushBlob(app, blobOf(number));
    test.clock.advance(DAY_MS);
  }

  it('goes on with the others when one fails, and tries that one again later and later', async () => {
    await pushGarbage(10);
    const [one] = await blobRows();
    stuck = (key) => key === one?.storage_key;
    const report = await pass();
    expect(report).toMatchObject({ linksRemoved: 10, blobsRemoved: 9, bytesFreed: 900, errorCount: 1 });
    expect(report.errors[0]).toContain('does not answer');
    expect(test.errors).toHaveLength(1);
    const next = async () => {
      const [row] = await blobRows();
      return [row?.review_count, (row?.review_after ?? 0) - test.clock.now()];
    };
    expect(await next()).toEqual([1, 60_000]);
    expect(await pass()).toMatchObject({ blobsRemoved: 0, errorCount: 0 });
    test.clock.advance(60_000);
    expect(await pass()).toMatchObject({ blobsRemoved: 0, errorCount: 1 });
    expect(await next()).toEqual([2, 120_000]);
    stuck = undefined;
    test.clock.advance(120_000);
    expect(await pass()).toMatchObject({ blobsRemoved: 1, bytesFreed: 100, errorCount: 0 });
    expect(await blobRows()).toEqual([]);
  });

  it('takes a copy that is gone already for removed', async () => {
    await pushGarbage(3);
    test.medium.objects.clear();
    expect(await pass()).toMatchObject({ blobsRemoved: 3, errorCount: 0 });
    expect(await blobRows()).toEqual([]);
  });

  // D7 (harbor#15822, zot#4271): there, a collector that failed half way never came to the end again.
  it.each<Failpoint>(['collect.judged', 'collect.marked', 'collect.deleted'])(
    'that was cut off at %s is ended by a later pass',
    async (name) => {
      await pushGarbage(6);
      armFailpoints((reached) => {
        if (reached === name) throw new Error(`cut off at ${name}`);
      });
      const outcome = await pass().then(
        (report) => report.errors[0] ?? '',
        (error: Error) => error.message,
      );
      expect(outcome).toContain(`cut off at ${name}`);
      armFailpoints(undefined);
      test.clock.advance(DAY_MS);
      await pass();
      expect(await blobRows()).toEqual([]);
      expect(test.storedBytes()).toBe(0);
    },
  );

  it('never takes bytes that were pushed again meanwhile, however late it comes', async () => {
    await pushGarbage(1);
    stuck = () => true;
    await pass();
    const [marked] = await blobRows();
    expect(marked?.deleting_at).toBe(test.clock.now());
    expect(await client.pullBlob(app, digestOf(blobOf(0)))).toBeUndefined();
    await client.pushBlob(app, blobOf(0));
    expect(test.medium.objects.size).toBe(2);
    stuck = undefined;
    test.clock.advance(60_000);
    expect(await pass()).toMatchObject({ blobsRemoved: 1 });
    expect(deleted).toEqual([marked?.storage_key]);
    expect(await client.pullBlob(app, digestOf(blobOf(0)))).toEqual(blobOf(0));
  });

  it('leaves a marked blob out of every mount and of every search', async () => {
    await pushGarbage(1);
    stuck = () => true;
    await pass();
    const web = await test.createRepository('team', 'web');
    expect(await test.content.mountBlob(web, test.actor, digestOf(blobOf(0)), app.name)).toBe(false);
    expect(await test.content.blobReads.findHolder(digestOf(blobOf(0)), EVERYTHING)).toBeUndefined();
    expect(await test.content.blobReads.find(app.name, digestOf(blobOf(0)))).toBeUndefined();
  });

  describe('beyond the cap', () => {
    beforeEach(async () => {
      test.configure({ capBytes: 500, capShare: 0.5, capWindowMs: DAY_MS });
      // What stays, so that there is something to take a share of.
      await client.pushBlob(app, Buffer.alloc(400));
      const { digest } = { digest: digestOf(Buffer.alloc(400)) };
      await test.database.write(async (tx) => {
        await tx.updateTable('repository_blobs').set({ held_until: Number.MAX_SAFE_INTEGER }).execute();
      });
      expect(await client.pullBlob(app, digest)).toHaveLength(400);
    });

    const awaiting = async () => (await test.content.collector.dryRun()).awaiting;
    const journal = async () =>
      (await test.database.reader.selectFrom('journal').select(['kind', 'actor', 'detail']).orderBy('id').execute())
        .filter((entry) => entry.kind.startsWith('collection.'))
        .map(({ kind, actor, detail }) => ({ kind, actor, ...JSON.parse(detail) }));

    it('is refused whole, told once, and done when somebody has confirmed it', async () => {
      await pushGarbage(10);
      expect(await pass()).toMatchObject({ blobsRemoved: 0, awaiting: { bytes: 1_000, count: 10 } });
      const since = test.clock.now();
      test.clock.advance(1);
      expect(await pass()).toMatchObject({ blobsRemoved: 0, awaiting: { bytes: 1_000, count: 10 } });
      expect(await awaiting()).toEqual({ bytes: 1_000, count: 10, since });
      expect(test.storedBytes()).toBe(1_400);
      await test.content.collector.confirm(1_000, test.actor);
      expect(await pass()).toMatchObject({ blobsRemoved: 10, bytesFreed: 1_000, awaiting: undefined });
      expect(await awaiting()).toBeNull();
      expect(await journal()).toEqual([
        {
          kind: 'collection.stopped',
          actor: 'system:collector',
          bytes: 1_000,
          count: 10,
          removedBytes: 0,
          limitBytes: 700,
        },
        { kind: 'collection.confirmed', actor: 'system:test', bytes: 1_000, awaitingBytes: 1_000, awaitingCount: 10 },
        { kind: 'collection.removed', actor: 'system:collector', blobsRemoved: 10, bytesFreed: 1_000, linksRemoved: 0 },
      ]);
    });

    it('takes no more than was confirmed when more has come since', async () => {
      test.configure({ capShare: 0.2 });
      await pushGarbage(10);
      await pass();
      await test.content.collector.confirm(350, test.actor);
      expect(await pass()).toMatchObject({ blobsRemoved: 3, bytesFreed: 300, awaiting: { bytes: 700, count: 7 } });
      expect(await pass()).toMatchObject({ blobsRemoved: 0, awaiting: { bytes: 700, count: 7 } });
      // The confirmed ones do not count towards the cap.
      test.configure({ capBytes: 700 });
      expect(await pass()).toMatchObject({ blobsRemoved: 7, awaiting: undefined });
      expect(await awaiting()).toBeNull();
    });

    it('counts what the passes of a window remove together', async () => {
      test.configure({ capShare: 0 });
      await pushGarbage(5);
      expect(await pass()).toMatchObject({ blobsRemoved: 5 });
      test.configure({ reviewDelayMs: 0, pushWindowMs: 0 });
      await client.pushBlob(app, blobOf(1));
      expect(await pass()).toMatchObject({ blobsRemoved: 0, awaiting: { bytes: 100, count: 1 } });
      test.clock.advance(DAY_MS);
      expect(await pass()).toMatchObject({ blobsRemoved: 1, awaiting: undefined });
    });

    it('is not needed for a large share of little', async () => {
      test.configure({ capBytes: 1_000, capShare: 0.1 });
      await pushGarbage(10);
      expect(await pass()).toMatchObject({ blobsRemoved: 10 });
    });

    it('cannot be confirmed when nothing waits for it, nor with anything but a number', async () => {
      await expect(test.content.collector.confirm(1, test.actor)).rejects.toMatchObject({ code: 'PRECONDITION' });
      await expect(test.content.collector.confirm(-1, test.actor)).rejects.toMatchObject({ code: 'VALIDATION' });
      await expect(test.content.collector.confirm(Number.NaN, test.actor)).rejects.toMatchObject({
        code: 'VALIDATION',
      });
    });
  });

  describe('while a backup holds it', () => {
    it('waits with everything, until the hold is released or over', async () => {
      await pushGarbage(4);
      await test.content.collector.hold('backup', DAY_MS);
      expect(await pass()).toMatchObject({ heldBy: 'backup', linksRemoved: 0, blobsRemoved: 0 });
      expect((await test.content.collector.dryRun()).heldBy).toEqual({
        name: 'backup',
        until: test.clock.now() + DAY_MS,
      });
      test.clock.advance(DAY_MS - 1);
      await test.content.collector.hold('backup', DAY_MS);
      test.clock.advance(DAY_MS - 1);
      expect(await pass()).toMatchObject({ heldBy: 'backup' });
      test.clock.advance(1);
      expect(await pass()).toMatchObject({ heldBy: undefined, blobsRemoved: 4 });
      await test.content.collector.hold('export:1', DAY_MS);
      await test.content.collector.release('export:1');
      expect(await pass()).toMatchObject({ heldBy: undefined });
    });

    it('marks nothing more in a pass that runs already, and removes nothing', async () => {
      await pushGarbage(12);
      const { execute } = test.database;
      Object.assign(test.database, {
        execute: async (command: { readonly name: string }, input: unknown) => {
          const output = await execute(command as never, input as never);
          if (command.name === 'judgeLinks') await test.content.collector.hold('backup', DAY_MS);
          return output;
        },
      });
      const report = await pass();
      expect(report.blobsRemoved).toBe(0);
      expect(test.storedBytes()).toBe(1_200);
      expect((await blobRows()).filter((row) => row.deleting_at !== null)).toEqual([]);
    });
  });
});
