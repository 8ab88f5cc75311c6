import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  type ClientManifest,
  ContentClient,
  composeImage,
  composeIndex,
  digestOf,
} from '../../../test/in-process/content-client.ts';
import { openTestContent, type TestContent } from '../../../test/in-process/test-content.ts';
import { ENGINES } from '../../../test/in-process/test-database.ts';
import { createInstanceDatabase } from '../../db/instance/instance-database.ts';
import type { PushIntent } from '../../kernel/gates.ts';
import type { RepositoryRef } from '../repository-ref.ts';
import { restoreManifest } from './restore-manifest.ts';

const DAY_MS = 24 * 3_600_000;
const CONFIG = Buffer.from('{}');
const LAYER = Buffer.alloc(1_000, 'layer');

describe.each(ENGINES)('the trash on %s', (engine) => {
  let test: TestContent;
  let client: ContentClient;
  let app: RepositoryRef;

  beforeEach(async () => {
    test = await openTestContent({ engine });
    client = new ContentClient(test.content, test.actor);
    app = await test.createRepository('team', 'app');
  });
  afterEach(() => test?.close());

  const trash = () => test.content.trash;
  const list = async (projectId = app.projectId) => (await trash().list({ projectId, limit: 10 })).items;
  const journal = async (kind: string) =>
    (await test.database.reader.selectFrom('journal').selectAll().where('kind', '=', kind).orderBy('id').execute()).map(
      (entry) => ({ repository: entry.repository, actor: entry.actor, ...JSON.parse(entry.detail) }),
    );

  async function pushImage(layer = LAYER, tag?: string, fields = {}): Promise<ClientManifest> {
    for (const blob of [CONFIG, layer]) await client.ensureBlob(app, blob);
    const image = composeImage(CONFIG, [layer], fields);
    await client.putManifest(app, image, tag);
    return image;
  }

  async function trashIdOf({ digest }: ClientManifest): Promise<number> {
    const entry = (await list()).find((item) => item.digest === digest);
    if (entry === undefined) throw new Error(`${digest} is not in the trash`);
    return entry.id;
  }

  it('keeps a deleted manifest with all that was known of it, and no read of the registry finds it', async () => {
    const subject = { mediaType: 'application/vnd.oci.image.manifest.v1+json', digest: digestOf(LAYER), size: 1 };
    const image = await pushImage(LAYER, 'v1', { subject, annotations: { key: 'value' } });
    await client.putManifest(app, image, 'latest');
    const pushedAt = test.clock.now();
    test.clock.advance(5);
    await client.delete(app, image.digest);
    expect(await list()).toEqual([
      {
        id: expect.any(Number),
        repository: app,
        digest: image.digest,
        mediaType: image.mediaType,
        artifactType: 'application/vnd.oci.image.config.v1+json',
        subject: digestOf(LAYER),
        sizeBytes: image.bytes.length,
        pushedAt,
        pushedBy: 'system:test',
        tags: ['latest', 'v1'],
        deletedAt: pushedAt + 5,
        expiresAt: pushedAt + 5 + 7 * DAY_MS,
        deletedBy: 'system:test',
        reason: 'client',
      },
    ]);
    for (const reference of [image.digest, 'v1', 'latest'])
      expect(await client.pullManifest(app, reference)).toBeUndefined();
    const referrers = await test.content.listReferrers({ repository: app.name, subject: digestOf(LAYER) });
    expect(referrers.items).toEqual([]);
  });

  it('gives everything back as it was: bytes, blobs, tags and referrers', async () => {
    const subject = { mediaType: 'application/vnd.oci.image.manifest.v1+json', digest: digestOf(LAYER), size: 1 };
    const image = await pushImage(LAYER, 'v1', { subject });
    const [before] = await test.database.reader.selectFrom('manifests').selectAll().execute();
    await client.delete(app, image.digest);
    test.clock.advance(6 * DAY_MS);
    expect(await test.content.collector.runPass()).toMatchObject({ linksRemoved: 2, blobsRemoved: 0 });
    expect(await client.pullBlob(app, digestOf(LAYER))).toBeUndefined();
    expect(await trash().restore(app.projectId, await trashIdOf(image), test.actor)).toEqual({
      repository: 'team/app',
      manifests: [{ digest: image.digest, wasThere: false, tags: ['v1'], tagsElsewhere: [] }],
    });
    const [after] = await test.database.reader.selectFrom('manifests').selectAll().execute();
    expect({ ...after, id: 0, held_until: null }).toEqual({ ...before, id: 0 });
    expect(await client.pullManifest(app, 'v1')).toEqual(image.bytes);
    expect(await client.pullBlob(app, digestOf(LAYER))).toEqual(LAYER);
    expect(await list()).toEqual([]);
    const referrers = await test.content.listReferrers({ repository: app.name, subject: digestOf(LAYER) });
    expect(referrers.items.map((item) => item.digest)).toEqual([image.digest]);
    expect(await journal('manifest.restored')).toEqual([
      expect.objectContaining({ repository: 'team/app', digest: image.digest, tags: ['v1'], wasThere: false }),
    ]);
    test.clock.advance(2 * DAY_MS);
    expect(await test.content.collector.runPass()).toMatchObject({ linksRemoved: 0, blobsRemoved: 0 });
    await client.delete(app, image.digest);
    test.clock.advance(8 * DAY_MS);
    expect(await test.content.collector.runPass()).toMatchObject({ trashPurged: 1, blobsRemoved: 2 });
    expect(test.storedBytes()).toBe(0);
  });

  it('leaves tags where somebody has set them since, and says where', async () => {
    const image = await pushImage(LAYER, 'v1');
    await client.putManifest(app, image, 'v2');
    await client.delete(app, image.digest);
    const other = await pushImage(Buffer.alloc(500), 'v1');
    const { manifests } = await trash().restore(app.projectId, await trashIdOf(image), test.actor);
    expect(manifests).toEqual([
      { digest: image.digest, wasThere: false, tags: ['v2'], tagsElsewhere: [{ tag: 'v1', digest: other.digest }] },
    ]);
    expect(await client.pullManifest(app, 'v1')).toEqual(other.bytes);
    expect(await client.pullManifest(app, 'v2')).toEqual(image.bytes);
  });

  it('gives only the tags back when the manifest was pushed again', async () => {
    const image = await pushImage(LAYER, 'v1');
    await client.delete(app, image.digest);
    await pushImage(LAYER);
    const { manifests } = await trash().restore(app.projectId, await trashIdOf(image), test.actor);
    expect(manifests).toEqual([{ digest: image.digest, wasThere: true, tags: ['v1'], tagsElsewhere: [] }]);
    expect(await test.database.reader.selectFrom('manifests').select('id').execute()).toHaveLength(1);
    expect(await test.database.reader.selectFrom('manifest_descriptors').select('position').execute()).toHaveLength(2);
  });

  it('gives an index back with its parts, however deep, from the trash', async () => {
    const images = [await pushImage(Buffer.alloc(10)), await pushImage(Buffer.alloc(20))];
    const inner = composeIndex(images);
    const outer = composeIndex([inner]);
    await client.putManifest(app, inner);
    await client.putManifest(app, outer, 'latest');
    for (const manifest of [outer, inner, ...images]) await client.delete(app, manifest.digest);
    test.clock.advance(2 * DAY_MS);
    await test.content.collector.runPass();
    const { manifests } = await trash().restore(app.projectId, await trashIdOf(outer), test.actor);
    expect(manifests.map((each) => each.digest)).toEqual([
      images[0]?.digest,
      images[1]?.digest,
      inner.digest,
      outer.digest,
    ]);
    for (const manifest of [outer, inner, ...images])
      expect(await client.pullManifest(app, manifest.digest)).toEqual(manifest.bytes);
    expect(await client.pullBlob(app, digestOf(Buffer.alloc(20)))).toEqual(Buffer.alloc(20));
  });

  it('gives nothing back of an index that has lost a part for good', async () => {
    const image = await pushImage();
    const index = composeIndex([image]);
    await client.putManifest(app, index);
    for (const manifest of [index, image]) await client.delete(app, manifest.digest);
    await trash().purge({ kind: 'one', projectId: app.projectId, trashId: await trashIdOf(image) }, test.actor);
    const restoring = trash().restore(app.projectId, await trashIdOf(index), test.actor);
    await expect(restoring).rejects.toMatchObject({
      code: 'PRECONDITION',
      message: expect.stringContaining(image.digest),
    });
    expect((await list()).map((item) => item.digest)).toEqual([index.digest]);
    expect(await client.pullManifest(app, index.digest)).toBeUndefined();
  });

  it('gives nothing back of a blob whose copy is lost', async () => {
    const image = await pushImage();
    await client.delete(app, image.digest);
    await test.database.write((tx) => tx.updateTable('blobs').set({ lost_at: 1 }).execute());
    const restoring = trash().restore(app.projectId, await trashIdOf(image), test.actor);
    await expect(restoring).rejects.toMatchObject({ code: 'PRECONDITION' });
  });

  it('is looked at by its own project alone', async () => {
    const other = await test.createRepository('other', 'app');
    const image = await pushImage();
    await client.delete(app, image.digest);
    const id = await trashIdOf(image);
    expect(await list(other.projectId)).toEqual([]);
    await expect(trash().restore(other.projectId, id, test.actor)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    expect(await trash().purge({ kind: 'one', projectId: other.projectId, trashId: id }, test.actor)).toBe(0);
    expect(await trash().purge({ kind: 'project', projectId: other.projectId }, test.actor)).toBe(0);
    expect(await list()).toHaveLength(1);
  });

  it('asks the gates before it gives anything back: for the blobs that the project lacks, and the manifest', async () => {
    const image = await pushImage(LAYER, 'v1');
    await client.delete(app, image.digest);
    const intents: PushIntent[] = [];
    let refuses = false;
    const gated = createInstanceDatabase(test.database, [
      {
        name: 'test',
        assertCanPush: async (_tx, _actor, intent) => {
          intents.push(intent);
          if (refuses && intent.kind === 'manifest') throw new Error('refused');
        },
      },
    ]);
    const trashId = await trashIdOf(image);
    const now = test.clock.now();
    const times = { reviewAfter: now, heldUntil: now };
    const restore = () =>
      gated.execute(restoreManifest, { projectId: app.projectId, trashId, ...times, now, actor: test.actor });
    refuses = true;
    test.clock.advance(2 * DAY_MS);
    await test.content.collector.runPass();
    await expect(restore()).rejects.toThrow('refused');
    expect(await client.pullBlob(app, digestOf(LAYER))).toBeUndefined();
    refuses = false;
    intents.length = 0;
    await restore();
    expect(intents.map((intent) => [intent.kind, intent.digest])).toEqual([
      ['blob', digestOf(CONFIG)],
      ['blob', digestOf(LAYER)],
      ['manifest', image.digest],
    ]);
    expect(intents[2]).toMatchObject({ tags: ['v1'], sizeBytes: image.bytes.length, mediaType: image.mediaType });
  });

  it('is purged one by one, by project or whole, at once and with a line each in the journal', async () => {
    test.configure({ pushWindowMs: 0 });
    const images = [];
    for (const size of [100, 200, 300]) images.push(await pushImage(Buffer.alloc(size)));
    for (const { digest } of images) await client.delete(app, digest);
    expect(await test.content.collector.runPass()).toMatchObject({ blobsRemoved: 0 });
    const [first] = images;
    if (first === undefined) throw new Error('three were pushed');
    const selection = { kind: 'one', projectId: app.projectId, trashId: await trashIdOf(first) } as const;
    expect(await trash().purge(selection, test.actor)).toBe(1);
    expect(await test.content.collector.runPass()).toMatchObject({ blobsRemoved: 1, bytesFreed: 100 });
    expect(await trash().purge({ kind: 'project', projectId: app.projectId }, test.actor)).toBe(2);
    expect(await test.content.collector.runPass()).toMatchObject({ blobsRemoved: 3, bytesFreed: 502 });
    expect((await journal('manifest.purged')).map((entry) => [entry.repository, entry.digest, entry.actor])).toEqual(
      images.map(({ digest }) => ['team/app', digest, 'system:test']),
    );
    await client.delete(app, (await pushImage()).digest);
    expect(await trash().purge({ kind: 'all' }, test.actor)).toBe(1);
    expect(await test.content.collector.runPass()).toMatchObject({ blobsRemoved: 2 });
    expect(test.storedBytes()).toBe(0);
  });

  it('is not purged while a backup needs everything to stay', async () => {
    await client.delete(app, (await pushImage()).digest);
    await test.content.collector.hold('backup', 30 * DAY_MS);
    const purging = trash().purge({ kind: 'all' }, test.actor);
    await expect(purging).rejects.toMatchObject({ code: 'CONFLICT', message: expect.stringContaining('backup') });
    test.clock.advance(20 * DAY_MS);
    await test.content.collector.runPass();
    expect(await list()).toHaveLength(1);
  });

  it('is not there when its window is 0', async () => {
    test.configure({ trashWindowMs: 0 });
    await client.delete(app, (await pushImage()).digest);
    expect(await list()).toEqual([]);
  });

  it('is measured: what it keeps that nothing else of the project holds', async () => {
    const image = await pushImage();
    await pushImage(Buffer.alloc(300), 'kept');
    await client.delete(app, image.digest);
    expect(await trash().measure(app.projectId)).toEqual({
      manifests: 1,
      manifestBytes: image.bytes.length,
      blobBytes: 0,
    });
    test.clock.advance(2 * DAY_MS);
    await test.content.collector.runPass();
    expect(await trash().measure(app.projectId)).toMatchObject({ manifests: 1, blobBytes: LAYER.length });
    expect(await trash().measure(app.projectId + 1)).toEqual({ manifests: 0, manifestBytes: 0, blobBytes: 0 });
  });

  it('is listed in pages, the newest first, of a repository or all', async () => {
    const digests = [];
    for (const size of [1, 2, 3]) digests.push((await pushImage(Buffer.alloc(size))).digest);
    for (const digest of digests) await client.delete(app, digest);
    const first = await trash().list({ projectId: app.projectId, repository: 'team/app', limit: 2 });
    expect(first.items.map((item) => item.digest)).toEqual([digests[2], digests[1]]);
    const second = await trash().list({ projectId: app.projectId, before: first.next, limit: 2 });
    expect(second.items.map((item) => item.digest)).toEqual([digests[0]]);
    expect(second.next).toBeUndefined();
    expect((await trash().list({ projectId: app.projectId, repository: 'team/web', limit: 2 })).items).toEqual([]);
  });
});
