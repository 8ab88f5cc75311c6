import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  type CollectionSettings,
  DEFAULT_COLLECTION_SETTINGS,
} from '../../src/content/collection/collection-settings.ts';
import type { RepositoryRef } from '../../src/content/repository-ref.ts';
import { ContentClient, composeImage, composeIndex, digestOf } from '../in-process/content-client.ts';
import { ENGINES } from './support/engines.ts';
import { type OpenContent, openContent } from './support/open-content.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const CONFIG = Buffer.from('{}');

/** With the bytes on a disk. */
describe.each(ENGINES)('the collector and its storage on %s', (engine) => {
  let opened: OpenContent;
  let client: ContentClient;
  let app: RepositoryRef;
  let web: RepositoryRef;
  let settings: CollectionSettings;

  beforeEach(async () => {
    settings = { ...DEFAULT_COLLECTION_SETTINGS, straySweepIntervalMs: 0 };
    opened = await openContent({ engine, collection: () => settings });
    client = new ContentClient(opened.content, opened.actor);
    app = opened.repository;
    web = { projectId: app.projectId, name: 'team/web' };
  });
  afterEach(() => opened?.close());

  const layer = (size: number) => Buffer.alloc(size, 'x');
  const pass = () => opened.content.collector.runPass();
  const dryRun = () => opened.content.collector.dryRun();

  async function push(repository: RepositoryRef, tag: string, ...sizes: readonly number[]) {
    const layers = sizes.map(layer);
    for (const blob of [CONFIG, ...layers]) await client.ensureBlob(repository, blob);
    const image = composeImage(CONFIG, layers);
    await client.putManifest(repository, image, tag);
    return image;
  }

  /** Bytes of all stored objects, as the file system has them. */
  async function diskBytes(): Promise<number> {
    let bytes = 0;
    for (const key of await opened.listObjectKeys()) bytes += (await opened.storage.findObjectSize(key)) ?? 0;
    return bytes;
  }

  /** An object without a row, as a crash between the two leaves it. */
  async function strayObject(size: number): Promise<void> {
    const id = randomUUID();
    async function* body() {
      yield layer(size);
    }
    const state = await opened.storage.appendUpload(id, await opened.storage.createUpload(id), body(), {});
    await opened.storage.completeUpload(id, state, `stray-${id}`);
    await opened.storage.abortUpload(id, state);
  }

  it('frees on the disk exactly what the dry run says', async () => {
    const shared = await push(app, 'a', 10_000, 5_000);
    await push(web, 'a', 10_000);
    const own = await push(web, 'b', 3_000);
    await client.pushBlob(app, layer(777));
    await strayObject(1_234);
    await strayObject(4_321);
    await pass();
    opened.clock.advance(25 * HOUR_MS);
    expect(await dryRun()).toMatchObject({ now: { bytes: 777, blobs: 1, strays: 0 } });
    await pass();
    await client.delete(app, shared.digest);
    await client.delete(web, own.digest);
    const { now, purge } = await dryRun();
    expect(now).toMatchObject({ bytes: 5_555, blobs: 0, strays: 2, trashedManifests: 0, repositories: [] });
    expect(purge).toEqual({
      bytes: 5_555 + 5_000 + 3_000,
      markedBytes: 0,
      blobs: 2,
      markedBlobs: 0,
      strays: 2,
      trashedManifests: 2,
      repositories: [
        { name: 'team/app', bytes: 5_000, blobs: 1 },
        { name: 'team/web', bytes: 3_000, blobs: 1 },
      ],
    });
    const before = await diskBytes();
    expect(await pass()).toMatchObject({ bytesFreed: 5_555, straysCondemned: 2, errorCount: 0 });
    expect(await diskBytes()).toBe(before - 5_555);
    await opened.content.trash.purge({ kind: 'all' }, opened.actor);
    opened.clock.advance(2 * HOUR_MS);
    const last = (await dryRun()).now;
    expect(last).toMatchObject({ bytes: 8_000, blobs: 2 });
    expect(await pass()).toMatchObject({ bytesFreed: 8_000, blobsRemoved: 2 });
    expect(await diskBytes()).toBe(before - purge.bytes);
    expect(await diskBytes()).toBe(CONFIG.length + 10_000);
    expect(await client.pullBlob(web, digestOf(layer(10_000)))).toEqual(layer(10_000));
  });

  it('leaves nothing on the disk when everything was deleted', async () => {
    const images = [await push(app, 'a', 100, 200), await push(app, 'b', 100)];
    const index = composeIndex(images);
    await client.putManifest(app, index, 'index');
    await push(web, 'a', 200);
    await opened.content.uploads.create(app, opened.actor, 'sha256');
    for (const { digest } of [index, ...images]) await client.delete(app, digest);
    await client.delete(web, composeImage(CONFIG, [layer(200)]).digest);
    opened.clock.advance(8 * DAY_MS);
    expect(await pass()).toMatchObject({ trashPurged: 4, uploadsEnded: 1, linksRemoved: 5, blobsRemoved: 3 });
    expect(await opened.listObjectKeys()).toEqual([]);
    expect(await opened.listUploads()).toEqual([]);
    for (const table of ['blobs', 'blob_digests', 'repository_blobs', 'manifests', 'trashed_descriptors'] as const) {
      expect(await opened.database.reader.selectFrom(table).selectAll().execute(), table).toEqual([]);
    }
  });

  it('removes the file of an upload whose row a crash has not brought about', async () => {
    const id = randomUUID();
    async function* body() {
      yield layer(10);
    }
    await opened.storage.appendUpload(id, await opened.storage.createUpload(id), body(), {});
    await pass();
    opened.clock.advance(DAY_MS);
    await pass();
    expect(await opened.listUploads()).toEqual([id]);
    expect(await pass()).toMatchObject({ strayUploadsRemoved: 1 });
    expect(await opened.listUploads()).toEqual([]);
  });

  it('goes on with an upload whose file is not there yet: its row comes first', async () => {
    const upload = await opened.content.uploads.create(app, opened.actor, 'sha256');
    expect(await opened.countUploads()).toBe(1);
    async function* body() {
      yield layer(10);
    }
    const pieces = { pieces: body(), start: undefined, sizeBytes: undefined };
    const digest = digestOf(layer(10));
    await opened.content.uploads.close(upload.id, app, opened.actor, { digest, body: pieces });
    expect(await client.pullBlob(app, digest)).toEqual(layer(10));
  });
});
