import { createDigest } from '@roadstead/oci';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ContentClient, composeImage, digestOf } from '../../../test/in-process/content-client.ts';
import { openTestContent, type TestContent } from '../../../test/in-process/test-content.ts';
import { ENGINES } from '../../../test/in-process/test-database.ts';
import { deleteProject } from '../../projects/delete-project.ts';
import type { RepositoryRef } from '../repository-ref.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const CONFIG = Buffer.from('{}');
const LAYER = Buffer.alloc(1_000, 'layer');

describe.each(ENGINES)('the collector on %s', (engine) => {
  let test: TestContent;
  let client: ContentClient;
  let app: RepositoryRef;

  beforeEach(async () => {
    test = await openTestContent({ engine, settings: { trashWindowMs: 0 } });
    client = new ContentClient(test.content, test.actor);
    app = await test.createRepository('team', 'app');
  });
  afterEach(() => test?.close());

  const pass = () => test.content.collector.runPass();
  const rows = (table: 'blobs' | 'blob_digests' | 'repository_blobs') =>
    test.database.reader.selectFrom(table).selectAll().execute();
  const link = () =>
    test.database.reader
      .selectFrom('repository_blobs')
      .innerJoin('blobs', 'blobs.id', 'repository_blobs.blob_id')
      .select(['repository_blobs.review_after', 'repository_blobs.held_until'])
      .where('blobs.size', '=', LAYER.length)
      .executeTakeFirst();

  async function pushImage(repository = app) {
    await client.pushBlob(repository, CONFIG);
    await client.pushBlob(repository, LAYER);
    const image = composeImage(CONFIG, [LAYER]);
    await client.putManifest(repository, image, 'latest');
    return image;
  }

  it('removes what a deleted manifest alone listed, once the delay is over and not before', async () => {
    const image = await pushImage();
    test.clock.advance(2 * DAY_MS);
    expect(await pass()).toMatchObject({ linksRemoved: 0, blobsRemoved: 0, bytesFreed: 0 });
    expect(await link()).toMatchObject({ review_after: null });
    await client.delete(app, image.digest);
    expect(await link()).toMatchObject({ review_after: test.clock.now() + DAY_MS });
    test.clock.advance(DAY_MS - 1);
    expect(await pass()).toMatchObject({ linksRemoved: 0, blobsRemoved: 0 });
    expect(await client.pullBlob(app, digestOf(LAYER))).toEqual(LAYER);
    test.clock.advance(1);
    expect(await pass()).toMatchObject({ linksRemoved: 2, blobsRemoved: 2, bytesFreed: 1_002, errorCount: 0 });
    expect(await client.pullBlob(app, digestOf(LAYER))).toBeUndefined();
    expect([await rows('blobs'), await rows('blob_digests'), await rows('repository_blobs')]).toEqual([[], [], []]);
    expect(test.storedBytes()).toBe(0);
    const [entry] = await test.database.reader
      .selectFrom('journal')
      .select(['actor', 'detail'])
      .where('kind', '=', 'collection.removed')
      .execute();
    expect(entry?.actor).toBe('system:collector');
    expect(JSON.parse(entry?.detail ?? '')).toEqual({ blobsRemoved: 2, bytesFreed: 1_002, linksRemoved: 2 });
  });

  // D6 (harbor#11533): the trash filter compared digests alone, so the blobs of one project kept those of another.
  it.each([0, 1])('keeps what another project lists, in either order of the deletions (%i)', async (first) => {
    const repositories = [app, await test.createRepository('other', 'app')];
    for (const repository of repositories) await pushImage(repository);
    const { digest } = composeImage(CONFIG, [LAYER]);
    const [gone, kept] = first === 0 ? repositories : repositories.toReversed();
    if (gone === undefined || kept === undefined) throw new Error('two were pushed');
    await client.delete(gone, digest);
    test.clock.advance(2 * DAY_MS);
    expect(await pass()).toMatchObject({ linksRemoved: 2, blobsRemoved: 0 });
    expect(await client.pullBlob(gone, digestOf(LAYER))).toBeUndefined();
    expect(await client.pullBlob(kept, digestOf(LAYER))).toEqual(LAYER);
    await client.delete(kept, digest);
    test.clock.advance(2 * DAY_MS);
    expect(await pass()).toMatchObject({ linksRemoved: 2, blobsRemoved: 2 });
    expect(test.storedBytes()).toBe(0);
  });

  it('removes blobs that were pushed and never used, and those of a deleted project', async () => {
    await client.pushBlob(app, LAYER);
    const gone = await test.createRepository('gone', 'app');
    await client.pushBlob(gone, CONFIG);
    await test.database.execute(deleteProject, { projectId: gone.projectId, actor: test.actor, now: test.clock.now() });
    expect(await pass()).toMatchObject({ blobsRemoved: 1, bytesFreed: CONFIG.length });
    test.clock.advance(DAY_MS);
    expect(await pass()).toMatchObject({ linksRemoved: 1, blobsRemoved: 1, bytesFreed: LAYER.length });
  });

  it('removes a blob that a client has deleted, after the delay', async () => {
    await client.pushBlob(app, LAYER);
    await test.content.deleteBlob(app, test.actor, digestOf(LAYER));
    expect(await pass()).toMatchObject({ blobsRemoved: 0 });
    test.clock.advance(DAY_MS);
    expect(await pass()).toMatchObject({ linksRemoved: 0, blobsRemoved: 1 });
  });

  it('keeps a blob under every one of its digests', async () => {
    const sha512 = createDigest('sha512', 'ab'.repeat(64));
    await client.pushBlob(app, CONFIG);
    await client.pushBlob(app, LAYER);
    await test.database.write(async (tx) => {
      const { blob_id } = await tx
        .selectFrom('blob_digests')
        .innerJoin('blobs', 'blobs.id', 'blob_digests.blob_id')
        .select('blob_id')
        .where('size', '=', LAYER.length)
        .executeTakeFirstOrThrow();
      const digest = Buffer.concat([Buffer.of(2), Buffer.from('ab'.repeat(64), 'hex')]);
      await tx.insertInto('blob_digests').values({ digest, blob_id }).execute();
    });
    const image = composeImage(CONFIG, [], {
      layers: [{ mediaType: 'application/octet-stream', digest: sha512, size: LAYER.length }],
    });
    await client.putManifest(app, image);
    test.clock.advance(2 * DAY_MS);
    expect(await pass()).toMatchObject({ linksRemoved: 0 });
    await client.delete(app, image.digest);
    test.clock.advance(2 * DAY_MS);
    expect(await pass()).toMatchObject({ blobsRemoved: 2 });
  });

  describe('keeps what a push was told to be there', () => {
    beforeEach(() => test.configure({ reviewDelayMs: 0 }));

    it('for half a window at least, with one write in that time', async () => {
      const image = await pushImage();
      test.clock.advance(2 * HOUR_MS);
      await client.delete(app, image.digest);
      const head = () => test.content.findBlob(app.name, digestOf(LAYER), { holds: true });
      expect(await head()).toMatchObject({ size: LAYER.length });
      const heldUntil = test.clock.now() + HOUR_MS;
      expect(await link()).toMatchObject({ held_until: heldUntil });
      test.clock.advance(HOUR_MS / 2);
      expect(await head()).toBeDefined();
      expect(await link()).toMatchObject({ held_until: heldUntil });
      expect(await pass()).toMatchObject({ linksRemoved: 1 });
      expect(await link()).toMatchObject({ held_until: heldUntil, review_after: heldUntil });
      test.clock.advance(1);
      expect(await head()).toBeDefined();
      expect(await link()).toMatchObject({ held_until: test.clock.now() + HOUR_MS });
      test.clock.advance(HOUR_MS);
      expect(await pass()).toMatchObject({ linksRemoved: 1, blobsRemoved: 1 });
      expect(await head()).toBeUndefined();
    });

    it('and a question by somebody who only pulls keeps nothing', async () => {
      const image = await pushImage();
      test.clock.advance(2 * HOUR_MS);
      await client.delete(app, image.digest);
      expect(await test.content.findBlob(app.name, digestOf(LAYER))).toBeDefined();
      expect(await pass()).toMatchObject({ linksRemoved: 2, blobsRemoved: 2 });
    });

    it('also when it is told so by an upload of the same bytes, or by a mount', async () => {
      const image = await pushImage();
      test.clock.advance(2 * HOUR_MS);
      await client.delete(app, image.digest);
      await client.pushBlob(app, LAYER);
      const web = await test.createRepository('team', 'web');
      expect(await test.content.mountBlob(web, test.actor, digestOf(CONFIG), app.name)).toBe(true);
      expect(await pass()).toMatchObject({ linksRemoved: 1, blobsRemoved: 0 });
      expect(await client.pullBlob(app, digestOf(LAYER))).toEqual(LAYER);
      expect(await client.pullBlob(web, digestOf(CONFIG))).toEqual(CONFIG);
      test.clock.advance(HOUR_MS);
      expect(await pass()).toMatchObject({ linksRemoved: 2, blobsRemoved: 2 });
    });
  });

  it('has everything judged again when it is told to, and finds what was forgotten', async () => {
    await pushImage();
    const web = await test.createRepository('team', 'web');
    await client.pushBlob(web, LAYER);
    await client.pushBlob(web, Buffer.from('forgotten'));
    test.clock.advance(2 * DAY_MS);
    await test.database.write(async (tx) => {
      await tx.updateTable('repository_blobs').set({ review_after: null }).execute();
      await tx.updateTable('blobs').set({ review_after: null }).execute();
    });
    expect(await pass()).toMatchObject({ linksRemoved: 0, blobsRemoved: 0 });
    await test.content.collector.queueEverything();
    expect(await pass()).toMatchObject({ linksRemoved: 2, blobsRemoved: 1, bytesFreed: 9 });
    expect(await client.pullBlob(app, digestOf(LAYER))).toEqual(LAYER);
  });

  it('tells of blobs whose copies are lost, and removes none for it', async () => {
    await pushImage();
    test.medium.objects.clear();
    await expect(client.pullBlob(app, digestOf(LAYER))).rejects.toMatchObject({ code: 'BLOB_UNKNOWN' });
    test.clock.advance(2 * DAY_MS);
    expect(await pass()).toMatchObject({ blobsLost: 1, blobsRemoved: 0 });
    expect(await rows('blobs')).toHaveLength(2);
  });

  it('ends uploads that nobody continues', async () => {
    const upload = await test.content.uploads.create(app, test.actor, 'sha256');
    async function* pieces() {
      yield LAYER;
    }
    const body = { pieces: pieces(), start: undefined, sizeBytes: undefined };
    await test.content.uploads.append(upload.id, app, test.actor, body);
    expect(await pass()).toMatchObject({ uploadsEnded: 0 });
    test.clock.advance(DAY_MS);
    expect(await pass()).toMatchObject({ uploadsEnded: 1 });
    expect(test.medium.uploads.size).toBe(0);
  });

  it('stops when it is told to, and says where it is', async () => {
    const image = await pushImage();
    await client.delete(app, image.digest);
    test.clock.advance(2 * DAY_MS);
    const controller = new AbortController();
    const seen: number[] = [];
    const stopped = test.content.collector.runPass({
      signal: controller.signal,
      onProgress: ({ linksRemoved }) => {
        seen.push(linksRemoved);
        if (linksRemoved > 0) controller.abort(new Error('enough'));
      },
    });
    await expect(stopped).rejects.toThrow('enough');
    expect(seen.at(-1)).toBe(2);
    expect(test.storedBytes()).toBe(1_002);
    expect(await pass()).toMatchObject({ blobsRemoved: 2 });
  });
});
