import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ENGINES } from './support/engines.ts';
import { type OpenRegistry, openRegistry } from './support/open-registry.ts';
import { describeManifest, digestOf, freshBytes, sampleImage, sampleIndex } from './support/sample-content.ts';

const ROUNDS = 200;
const AT_ONCE = 4;
/** On a busy machine the rounds take their time. */
const TIMEOUT_MS = 90_000;

describe.each(ENGINES)('deletes that race with pushes on %s (invariant 3)', (engine) => {
  let registry: OpenRegistry;

  beforeAll(async () => {
    registry = await openRegistry({ engine });
    await registry.admin.createProject('team');
  });
  afterAll(() => registry?.close());

  const path = (kind: 'blobs' | 'manifests', reference: string) => `/v2/team/app/${kind}/${reference}`;

  /** Runs the rounds, some at a time. */
  async function repeat(rounds: number, run: (round: number) => Promise<void>) {
    const lanes = Array.from({ length: AT_ONCE }, async (_, lane) => {
      for (let round = lane; round < rounds; round += AT_ONCE) await run(round);
    });
    await Promise.all(lanes);
  }

  it('never leave an acknowledged manifest without its blob', { timeout: TIMEOUT_MS }, async () => {
    const config = freshBytes(10);
    await registry.admin.pushBlob('team/app', config);
    const outcomes = { kept: 0, refused: 0 };
    await repeat(ROUNDS, async (round) => {
      const layer = freshBytes(64);
      const image = sampleImage({
        config: { mediaType: 'application/octet-stream', digest: digestOf(config), size: config.length },
        layers: [{ mediaType: 'application/octet-stream', digest: digestOf(layer), size: layer.length }],
      });
      await registry.admin.pushBlob('team/app', layer);
      const [put, deleted] = await Promise.all([
        registry.admin.putManifest('team/app', `race-${round}`, image),
        registry.admin.delete(path('blobs', digestOf(layer))),
      ]);
      const blob = await registry.admin.get(path('blobs', digestOf(layer)));
      const seen = [put.status, deleted.status, blob.status];
      if (put.status === 201) {
        outcomes.kept += 1;
        expect(seen).toEqual([201, 405, 200]);
        expect(blob.body.equals(layer)).toBe(true);
      } else {
        outcomes.refused += 1;
        expect(seen).toEqual([404, 202, 404]);
      }
    });
    expect(outcomes.kept + outcomes.refused).toBe(ROUNDS);
  });

  it('never leave an acknowledged index without its child', async () => {
    await repeat(30, async () => {
      const child = sampleIndex([]);
      const index = sampleIndex([describeManifest(child)]);
      expect((await registry.admin.putManifest('team/app', child.digest, child)).status).toBe(201);
      const [put, deleted] = await Promise.all([
        registry.admin.putManifest('team/app', index.digest, index),
        registry.admin.delete(path('manifests', child.digest)),
      ]);
      const found = await registry.admin.head(path('manifests', child.digest));
      const seen = [put.status, deleted.status, found.status];
      expect(seen).toEqual(put.status === 201 ? [201, 405, 200] : [404, 202, 404]);
    });
  });

  it('never lose a blob that was mounted or pushed again and acknowledged after the delete began', async () => {
    await repeat(30, async (round) => {
      const bytes = freshBytes(64);
      const digest = await registry.admin.pushBlob('team/app', bytes);
      const query = `?mount=${digest}&from=team/app`;
      const [mounted] = await Promise.all([
        registry.admin.post(`/v2/team/mount-${round % 8}/blobs/uploads/${query}`),
        registry.admin.delete(path('blobs', digest)),
      ]);
      if (mounted.status === 201) {
        const pulled = await registry.admin.get(`/v2/team/mount-${round % 8}/blobs/${digest}`);
        expect(pulled.body.equals(bytes)).toBe(true);
      }
      const [pushed] = await Promise.all([
        registry.admin.pushBlob('team/app', bytes).then(() => registry.admin.get(path('blobs', digest))),
        registry.admin.delete(path('blobs', digest)),
      ]);
      if (pushed.status === 200) expect(pushed.body.equals(bytes)).toBe(true);
    });
    expect(await registry.store.findRowsWithoutBytes()).toEqual([]);
  });

  it('of one manifest and its own push leave it there or not, but never half', async () => {
    const image = sampleImage();
    for (const blob of image.blobs) await registry.admin.pushBlob('team/app', blob);
    for (let round = 0; round < 20; round += 1) {
      const [put, deleted] = await Promise.all([
        registry.admin.putManifest('team/app', 'flicker', image),
        registry.admin.delete(path('manifests', image.digest)),
      ]);
      expect(put.status).toBe(201);
      expect([202, 404]).toContain(deleted.status);
      const [byTag, byDigest] = [
        await registry.admin.get(path('manifests', 'flicker')),
        await registry.admin.get(path('manifests', image.digest)),
      ];
      expect(byTag.status).toBe(byDigest.status);
      const rows = await registry.store.rows('manifests');
      const row = rows.find((each) => image.bytes.equals(each['bytes'] as Buffer));
      expect(row === undefined).toBe(byDigest.status === 404);
      const listed = (await registry.store.rows('manifest_descriptors')).filter(
        (each) => each['manifest_id'] === row?.['id'],
      );
      if (row !== undefined) expect(listed).toHaveLength(2);
    }
  });
});
