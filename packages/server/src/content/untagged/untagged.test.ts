import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  type ClientManifest,
  ContentClient,
  composeImage,
  composeIndex,
  describeManifest,
} from '../../../test/in-process/content-client.ts';
import { openTestContent, type TestContent } from '../../../test/in-process/test-content.ts';
import { ENGINES } from '../../../test/in-process/test-database.ts';
import { toDigestBytes } from '../digest-bytes.ts';
import type { RepositoryRef } from '../repository-ref.ts';
import { deleteUntaggedManifest } from './delete-untagged-manifest.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const CONFIG = Buffer.from('{}');

describe.each(ENGINES)('the policy on untagged manifests on %s', (engine) => {
  let test: TestContent;
  let client: ContentClient;
  let app: RepositoryRef;

  beforeEach(async () => {
    test = await openTestContent({ engine, settings: { policyIntervalMs: 0 } });
    client = new ContentClient(test.content, test.actor);
    app = await test.createRepository('team', 'app');
  });
  afterEach(() => test?.close());

  const setPolicy = (afterMs: number | null, projectId = app.projectId) =>
    test.content.setUntaggedPolicy(projectId, afterMs, test.actor);
  const deleted = async () => (await test.content.collector.runPass()).manifestsDeleted;
  const isThere = async ({ digest }: ClientManifest) => (await client.pullManifest(app, digest)) !== undefined;
  const find = ({ digest }: ClientManifest) => test.content.manifests.findForPush(app.name, { kind: 'digest', digest });

  let serial = 0;
  async function pushImage(tag?: string, subject?: ClientManifest): Promise<ClientManifest> {
    serial += 1;
    await client.ensureBlob(app, CONFIG);
    const image = composeImage(CONFIG, [], {
      annotations: { serial: String(serial) },
      ...(subject === undefined ? {} : { subject: describeManifest(subject) }),
    });
    await client.putManifest(app, image, tag);
    return image;
  }

  it('is off unless somebody turns it on, and for one project alone', async () => {
    const image = await pushImage();
    test.clock.advance(1_000 * DAY_MS);
    expect(await deleted()).toBe(0);
    const other = await test.createRepository('other', 'app');
    await setPolicy(0, other.projectId);
    test.clock.advance(1_000 * DAY_MS);
    expect(await deleted()).toBe(0);
    expect(await isThere(image)).toBe(true);
    await setPolicy(DAY_MS);
    test.clock.advance(HOUR_MS);
    expect(await deleted()).toBe(1);
    await setPolicy(null);
    const another = await pushImage();
    test.clock.advance(1_000 * DAY_MS);
    expect(await deleted()).toBe(0);
    expect(await isThere(another)).toBe(true);
  });

  it('deletes what has had no tag for its time, into the trash and with its name in the journal', async () => {
    await setPolicy(2 * DAY_MS);
    const tagged = await pushImage('kept');
    const image = await pushImage('v1');
    test.clock.advance(10 * DAY_MS);
    await pushImage('v1');
    test.clock.advance(2 * DAY_MS - 1);
    expect(await deleted()).toBe(0);
    test.clock.advance(1);
    expect((await test.content.collector.dryRun()).untagged).toEqual({ manifests: 1, bytes: image.bytes.length });
    expect(await deleted()).toBe(1);
    expect([await isThere(image), await isThere(tagged)]).toEqual([false, true]);
    const [entry] = (await test.content.trash.list({ projectId: app.projectId, limit: 10 })).items;
    expect(entry).toMatchObject({
      digest: image.digest,
      deletedBy: 'system:untagged-policy',
      reason: 'untagged-policy',
    });
    const journal = await test.database.reader
      .selectFrom('journal')
      .select(['actor', 'detail'])
      .where('kind', '=', 'manifest.deleted')
      .execute();
    expect(journal.map((line) => [line.actor, JSON.parse(line.detail).reason])).toEqual([
      ['system:untagged-policy', 'untagged-policy'],
    ]);
    await test.content.trash.restore(app.projectId, entry?.id ?? 0, test.actor);
    test.clock.advance(2 * DAY_MS - 1);
    expect(await deleted()).toBe(0);
    test.clock.advance(1);
    // The one that took over the tag has it still.
    expect(await deleted()).toBe(1);
    expect(await isThere(image)).toBe(false);
  });

  it('counts from the loss of the last tag, by a delete as by a move', async () => {
    await setPolicy(DAY_MS);
    const image = await pushImage('a');
    await client.putManifest(app, image, 'b');
    test.clock.advance(5 * DAY_MS);
    await client.delete(app, 'a');
    test.clock.advance(DAY_MS / 2);
    await pushImage('b');
    test.clock.advance(DAY_MS / 2);
    expect(await deleted()).toBe(0);
    test.clock.advance(DAY_MS / 2);
    expect(await deleted()).toBe(1);
    expect(await isThere(image)).toBe(false);
  });

  // D4 (distribution#3178 and others), D19 (cosign#507): there, parts and signatures looked untagged and went.
  it('never takes a part of an index that stays, nor a referrer of what stays, however far off', async () => {
    await setPolicy(0);
    const parts = [await pushImage(), await pushImage()];
    const inner = composeIndex(parts);
    const outer = composeIndex([inner]);
    await client.putManifest(app, inner);
    await client.putManifest(app, outer, 'latest');
    const signature = await pushImage(undefined, outer);
    const counterSignature = await pushImage(undefined, signature);
    const attestation = await pushImage(undefined, parts[0]);
    const partOfReferrer = await pushImage();
    const bundle = composeIndex([partOfReferrer], { subject: describeManifest(inner) });
    await client.putManifest(app, bundle);
    const all = [...parts, inner, outer, signature, counterSignature, attestation, partOfReferrer, bundle];
    test.clock.advance(1_000 * DAY_MS);
    expect(await deleted()).toBe(0);
    await client.delete(app, 'latest');
    expect(await deleted()).toBe(0);
    test.clock.advance(HOUR_MS);
    expect((await test.content.collector.dryRun()).untagged.manifests).toBe(all.length);
    expect(await deleted()).toBe(all.length);
    for (const manifest of all) expect(await isThere(manifest)).toBe(false);
  });

  it('takes a referrer whose subject has gone', async () => {
    await setPolicy(0);
    const image = await pushImage('latest');
    const signature = await pushImage(undefined, image);
    test.clock.advance(DAY_MS);
    expect(await deleted()).toBe(0);
    await client.delete(app, image.digest);
    expect(await deleted()).toBe(1);
    expect(await isThere(signature)).toBe(false);
  });

  it('leaves what a push relies on: fresh, asked for or pushed again', async () => {
    await setPolicy(0);
    test.clock.advance(2 * HOUR_MS);
    const [fresh, asked, again] = [await pushImage(), await pushImage(), await pushImage()];
    test.clock.advance(HOUR_MS - 1);
    expect(await deleted()).toBe(0);
    expect(await find(asked)).toBeDefined();
    await client.putManifest(app, again);
    test.clock.advance(1);
    expect(await deleted()).toBe(1);
    expect([await isThere(fresh), await isThere(asked), await isThere(again)]).toEqual([false, true, true]);
    const heldUntil = async () =>
      (await test.database.reader.selectFrom('manifests').select('held_until').orderBy('id').execute()).map(
        (row) => (row.held_until ?? 0) - test.clock.now(),
      );
    expect(await heldUntil()).toEqual([HOUR_MS - 1, HOUR_MS - 1]);
    test.clock.advance(HOUR_MS / 2 - 1);
    expect(await find(asked)).toBeDefined();
    expect(await heldUntil()).toEqual([HOUR_MS / 2, HOUR_MS / 2]);
    test.clock.advance(HOUR_MS / 2);
    expect(await deleted()).toBe(2);
    expect(await find(asked)).toBeUndefined();
  });

  it('costs a push nothing where it is off', async () => {
    const image = await pushImage();
    await client.putManifest(app, image);
    expect(await find(image)).toMatchObject({ digest: image.digest });
    const rows = await test.database.reader.selectFrom('manifests').select('held_until').execute();
    expect(rows).toEqual([{ held_until: null }]);
  });

  it('begins when pushes are over that ran when it was turned on', async () => {
    const image = await pushImage();
    test.clock.advance(10 * DAY_MS);
    expect(await find(image)).toBeDefined();
    await setPolicy(0);
    test.clock.advance(HOUR_MS - 1);
    await setPolicy(1);
    expect(await deleted()).toBe(0);
    test.clock.advance(1);
    expect(await deleted()).toBe(1);
  });

  it('is applied once in its interval', async () => {
    test.configure({ policyIntervalMs: HOUR_MS });
    await setPolicy(0);
    await pushImage();
    test.clock.advance(2 * HOUR_MS);
    expect(await deleted()).toBe(1);
    await pushImage();
    test.clock.advance(HOUR_MS - 1);
    expect(await deleted()).toBe(0);
    test.clock.advance(1);
    expect(await deleted()).toBe(1);
  });

  it('is judged once more when the manifest is locked: a search may be out of date', async () => {
    await setPolicy(0);
    const [free, part, signature, tagged] = [
      await pushImage(),
      await pushImage(),
      await pushImage(),
      await pushImage(),
    ];
    const referrer = await pushImage(undefined, signature);
    test.clock.advance(2 * HOUR_MS);
    await client.putManifest(app, composeIndex([part]), 'index');
    await client.putManifest(app, signature, 'signed');
    await client.putManifest(app, tagged, 'tagged');
    const remove = async ({ digest }: ClientManifest) => {
      const row = await test.database.reader
        .selectFrom('manifests')
        .select('id')
        .where('digest', '=', toDigestBytes(digest))
        .executeTakeFirst();
      const now = test.clock.now();
      const input = { manifestId: row?.id ?? 0, now, reviewAfter: now, trashWindowMs: 0, pushWindowMs: HOUR_MS };
      return test.database.execute(deleteUntaggedManifest, input);
    };
    for (const manifest of [part, signature, referrer, tagged]) expect(await remove(manifest)).toBe(false);
    expect([await remove(free), await remove(free)]).toEqual([true, false]);
    await setPolicy(null);
    await client.delete(app, 'tagged');
    test.clock.advance(2 * HOUR_MS);
    expect(await remove(tagged)).toBe(false);
  });

  it('finds its way through more than a page', async () => {
    await setPolicy(0);
    await client.ensureBlob(app, CONFIG);
    const images = Array.from({ length: 420 }, (_, index) =>
      composeImage(CONFIG, [], { annotations: { index: String(index) } }),
    );
    for (const image of images)
      await client.putManifest(app, image, images.indexOf(image) % 3 === 0 ? `t${images.indexOf(image)}` : undefined);
    test.clock.advance(2 * HOUR_MS);
    expect(await deleted()).toBe(280);
    expect(await deleted()).toBe(0);
  });

  it('is refused for what is no time and no project', async () => {
    for (const afterMs of [-1, 0.5, Number.NaN]) {
      await expect(setPolicy(afterMs)).rejects.toMatchObject({ code: 'VALIDATION' });
    }
    await expect(setPolicy(1, 999)).rejects.toMatchObject({ code: 'PROJECT_NOT_FOUND' });
  });
});
