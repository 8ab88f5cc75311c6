import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ContentClient, digestOf } from '../../../test/in-process/content-client.ts';
import { openTestContent, type TestContent } from '../../../test/in-process/test-content.ts';
import { ENGINES } from '../../../test/in-process/test-database.ts';
import { override } from '../../../test/integration/support/override.ts';
import type { BlobStorage } from '../../drivers/blob-storage/blob-storage.ts';
import type { RepositoryRef } from '../repository-ref.ts';

const DAY_MS = 24 * 3_600_000;
const BLOB = Buffer.alloc(100, 'blob');

describe.each(ENGINES)('what no row leads to in the storage of %s', (engine) => {
  let test: TestContent;
  let client: ContentClient;
  let app: RepositoryRef;
  /** Stands in the way of a listing, after so many names. */
  let listing: { readonly failsAfter?: number; readonly endsAfter?: number };

  beforeEach(async () => {
    listing = {};
    const wrapStorage = (storage: BlobStorage): BlobStorage =>
      override(storage, {
        async *listObjectKeys(signal?: AbortSignal) {
          let count = 0;
          for await (const key of storage.listObjectKeys(signal)) {
            if (count === listing.failsAfter) throw new Error('500 from the store');
            if (count === listing.endsAfter) return;
            count += 1;
            yield key;
          }
        },
      });
    test = await openTestContent({ engine, settings: { trashWindowMs: 0, straySweepIntervalMs: 0 }, wrapStorage });
    client = new ContentClient(test.content, test.actor);
    app = await test.createRepository('team', 'app');
  });
  afterEach(() => test?.close());

  const pass = () => test.content.collector.runPass();
  const plant = (name: string) => test.medium.objects.set(name, new Uint8Array(50));
  const strayRows = () => test.database.reader.selectFrom('strays').selectAll().orderBy('name').execute();

  it('goes when two sweeps that are the grace apart have seen it, and what has a row stays', async () => {
    await client.pushBlob(app, BLOB);
    plant('stray-1');
    plant('stray-2');
    test.medium.uploads.set('stray-upload', new Uint8Array(10));
    expect(await pass()).toMatchObject({ straysCondemned: 0, strayUploadsRemoved: 0 });
    expect((await strayRows()).map((row) => [row.kind, row.name, row.size])).toEqual([
      ['object', 'stray-1', 50],
      ['object', 'stray-2', 50],
      ['upload', 'stray-upload', 0],
    ]);
    test.clock.advance(DAY_MS / 2);
    await test.content.findBlob(app.name, digestOf(BLOB), { holds: true });
    for (let round = 0; round < 2; round += 1) expect(await pass()).toMatchObject({ straysCondemned: 0 });
    test.clock.advance(DAY_MS / 2);
    // This pass sees them the second time, the next one removes them.
    test.configure({ reviewDelayMs: 7 * DAY_MS, pushWindowMs: 14 * DAY_MS });
    await client.pushBlob(app, BLOB);
    expect(await pass()).toMatchObject({ straysCondemned: 0, blobsRemoved: 0 });
    expect((await test.content.collector.dryRun()).now).toMatchObject({ strays: 2, bytes: 100 });
    expect(await pass()).toMatchObject({
      straysCondemned: 2,
      strayUploadsRemoved: 1,
      blobsRemoved: 2,
      bytesFreed: 100,
      errorCount: 0,
    });
    expect(await strayRows()).toEqual([]);
    expect(test.medium.uploads.size).toBe(0);
    expect(await client.pullBlob(app, digestOf(BLOB))).toEqual(BLOB);
  });

  // D5 (harbor#12975): there, a listing that came back empty had a whole project swept.
  it('does not go by a listing that fails, and nothing of that listing counts', async () => {
    for (const name of ['a', 'b', 'c']) plant(name);
    await pass();
    test.clock.advance(2 * DAY_MS);
    listing = { failsAfter: 1 };
    const report = await pass();
    expect(report).toMatchObject({ straysCondemned: 0, errorCount: 1 });
    expect(report.errors).toEqual(['500 from the store']);
    for (let round = 0; round < 3; round += 1) expect(await pass()).toMatchObject({ straysCondemned: 0 });
    expect(test.medium.objects.size).toBe(3);
    listing = {};
    await pass();
    expect(await pass()).toMatchObject({ straysCondemned: 3, blobsRemoved: 3 });
  });

  it('does not go by a listing that ends early without a word, as far as that did not name it', async () => {
    for (const name of ['a', 'b', 'c']) plant(name);
    await pass();
    test.clock.advance(2 * DAY_MS);
    listing = { endsAfter: 1 };
    await pass();
    expect(await pass()).toMatchObject({ straysCondemned: 1 });
    listing = { endsAfter: 0 };
    for (let round = 0; round < 3; round += 1) {
      test.clock.advance(2 * DAY_MS);
      expect(await pass()).toMatchObject({ straysCondemned: 0 });
    }
    expect([...test.medium.objects.keys()]).toEqual(['b', 'c']);
  });

  it('counts towards the cap: a database that lacks its rows does not empty the storage', async () => {
    test.configure({ capBytes: 60 });
    for (const name of ['a', 'b', 'c']) plant(name);
    await pass();
    test.clock.advance(2 * DAY_MS);
    await pass();
    expect(await pass()).toMatchObject({ straysCondemned: 0, awaiting: { bytes: 150, count: 3 } });
    await test.content.collector.confirm(100, test.actor);
    expect(await pass()).toMatchObject({ straysCondemned: 2, awaiting: undefined });
    expect(await pass()).toMatchObject({ straysCondemned: 1 });
  });

  describe('and yet is an upload at its end', () => {
    /** An upload whose bytes are complete under a storage key, and not yet a blob. */
    async function haltAtCommit() {
      const { promise: go, resolve: goOn } = Promise.withResolvers<void>();
      const { promise: halted, resolve: tell } = Promise.withResolvers<void>();
      const { database } = test;
      const execute = database.execute;
      Object.assign(database, {
        execute: async (command: { readonly name: string }, input: unknown) => {
          if (command.name === 'commitBlob') {
            tell();
            await go;
          }
          return execute(command as never, input as never);
        },
      });
      const pushing = client.pushBlob(app, BLOB);
      await halted;
      return { pushing, goOn };
    }

    it('is kept as long as its row is there, without any grace', async () => {
      test.configure({ strayGraceMs: 0 });
      const { pushing, goOn } = await haltAtCommit();
      for (let round = 0; round < 3; round += 1) {
        test.clock.advance(1_000);
        expect(await pass()).toMatchObject({ straysCondemned: 0 });
      }
      expect(await strayRows()).toHaveLength(1);
      goOn();
      await pushing;
      expect(await client.pullBlob(app, digestOf(BLOB))).toEqual(BLOB);
      for (let round = 0; round < 3; round += 1) {
        test.clock.advance(1_000);
        expect(await pass()).toMatchObject({ straysCondemned: 0 });
      }
      expect(await strayRows()).toEqual([]);
      expect(await client.pullBlob(app, digestOf(BLOB))).toEqual(BLOB);
    });

    it('is refused for now when its bytes are being removed all the same', async () => {
      const { pushing, goOn } = await haltAtCommit();
      const [key] = [...test.medium.objects.keys()];
      const now = test.clock.now();
      await test.database.write((tx) =>
        tx
          .insertInto('blobs')
          .values({
            size: BLOB.length,
            storage_key: key ?? '',
            encoding: 'unknown',
            created_at: now,
            review_after: now,
            deleting_at: now,
          })
          .execute(),
      );
      goOn();
      await expect(pushing).rejects.toMatchObject({ code: 'UNAVAILABLE', status: 503 });
      expect(await pass()).toMatchObject({ errorCount: 0 });
      expect(test.medium.objects.size).toBe(0);
      expect(await test.database.reader.selectFrom('blobs').selectAll().execute()).toEqual([]);
    });
  });
});
