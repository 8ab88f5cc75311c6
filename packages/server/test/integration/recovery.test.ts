import { afterEach, describe, expect, inject, it } from 'vitest';
import { rebuildInstance } from '../../src/commands/rebuild-instance.ts';
import type { WritableInstanceDatabase } from '../../src/db/instance/instance-database.ts';
import { isWhole } from '../../src/operations/recovery/rebuild/rebuild-database.ts';
import { dumpDatabase } from '../in-process/test-recovery.ts';
import type { WantedMedium } from './support/blob-medium.ts';
import type { Engine } from './support/engines.ts';
import { loseDatabase } from './support/lose-database.ts';
import { type OpenRegistry, openRegistry } from './support/open-registry.ts';
import { openStore, type Store } from './support/registry-store.ts';
import { describeManifest, digestOf, freshBytes, sampleImage, sampleIndex } from './support/sample-content.ts';

const FILES: WantedMedium = { kind: 'files' };
const S3: WantedMedium = { kind: 's3', parameters: '' };
const PLACES: readonly (readonly [Engine, WantedMedium])[] = [
  ['sqlite', FILES],
  ...(inject('postgresUrl') !== undefined && inject('s3') !== undefined ? [['postgres', S3] as const] : []),
];
const PATIENT = { timeout: 40_000 };
const INPUT = {
  instanceId: 'main',
  verify: 'digest',
  lineage: undefined,
  isDryRun: false,
  onProgress: () => undefined,
} as const;

describe.each(PLACES)('a registry on %s with blobs in %j whose database is lost', (engine, blobs) => {
  let registry: OpenRegistry;

  afterEach(() => registry?.close());

  async function waitUntilBase() {
    const readBase = async () => {
      const row = (await registry.store.rows('settings')).find(({ name }) => name === 'recovery');
      return JSON.parse(String(row?.['value'] ?? '{}')).base?.number;
    };
    await expect.poll(readBase, PATIENT).toBeGreaterThan(0);
  }

  /** They are not shipped, but made anew. */
  const listArtifacts = async (store: Store) =>
    (await store.rows('artifacts')).toSorted((a, b) => Number(a['manifest_id']) - Number(b['manifest_id']));

  /** Until nothing is noted that is not shipped, and a base has ended. */
  async function waitUntilShipped() {
    await expect.poll(() => registry.store.count('row_changes'), PATIENT).toBe(0);
    await waitUntilBase();
  }

  it('is rebuilt from its blob storage, and serves everything as before', async () => {
    registry = await openRegistry({ engine, blobs, env: { ROADSTEAD_RECOVERY_INTERVAL: '200ms' } });
    const { admin } = registry;
    await admin.createProject('team');
    const images = Array.from({ length: 6 }, () => sampleImage());
    for (const [index, image] of images.entries()) await admin.pushImage('team/app', `v${index % 4}`, image);
    const [first, second] = images;
    if (first === undefined || second === undefined) throw new Error('no images');
    const index = sampleIndex([first, second].map(describeManifest));
    expect((await admin.putManifest('team/app', 'all', index)).status).toBe(201);
    expect((await admin.delete('/v2/team/app/manifests/v3')).status).toBe(202);
    const big = freshBytes(300_000);
    const bigDigest = await admin.pushBlob('team/app', big);
    const token = await admin.fetchToken('scope=repository:team/app:pull');
    await waitUntilShipped();
    await registry.server.stop();
    const before = await dumpDatabase(registry.store.database as WritableInstanceDatabase);
    const { config } = registry;
    const artifacts = await listArtifacts(registry.store);
    await loseDatabase(config.dataDir, config.databaseUrl);

    const dry = await rebuildInstance(config, { ...INPUT, isDryRun: true });
    expect(isWhole(dry)).toBe(true);
    const report = await rebuildInstance(config, INPUT);
    expect(report).toMatchObject({ gap: undefined, badRecords: [], unreferenced: 0, blobs: { bad: [], unused: 0 } });
    expect(report.blobs.checked).toBe(13);
    const rebuilt = await openStore(config, 'main', registry.medium);
    const { journal = [], ...tables } = await dumpDatabase(rebuilt.database as WritableInstanceDatabase);
    const told = journal.filter((row) => !before['journal']?.includes(row));
    expect({ ...tables, journal: journal.filter((row) => !told.includes(row)) }).toEqual(before);
    expect(told).toEqual([expect.stringMatching(/system:admin rebuild.*isWhole/)]);
    expect(await listArtifacts(rebuilt)).toEqual(artifacts);
    await rebuilt.close();
    await expect(rebuildInstance(config, INPUT)).rejects.toThrow('is not empty');

    await registry.restart();
    for (const [tag, image] of [
      ['v0', images[4]],
      ['v1', images[5]],
      ['v2', images[2]],
    ] as const) {
      expect((await admin.get(`/v2/team/app/manifests/${tag}`)).body).toEqual(image?.bytes);
      expect(image && (await admin.get(`/v2/team/app/manifests/${image.digest}`)).status).toBe(200);
    }
    expect((await admin.get('/v2/team/app/manifests/all')).body).toEqual(index.bytes);
    expect((await admin.get('/v2/team/app/manifests/v3')).status).toBe(404);
    expect((await admin.get(`/v2/team/app/blobs/${bigDigest}`)).body.equals(big)).toBe(true);
    const withOldToken = registry.anonymous.with({ authorization: `Bearer ${token}` });
    expect((await withOldToken.get('/v2/team/app/manifests/v0')).status).toBe(200);
    await admin.pushImage('team/app', 'after', sampleImage());
    expect((await admin.delete('/v2/team/app/manifests/after')).status).toBe(202);
  }, 120_000);

  it('has everything in its blob storage when it was stopped, however long the pause between two shipments', async () => {
    registry = await openRegistry({ engine, blobs, env: { ROADSTEAD_RECOVERY_INTERVAL: '1h' } });
    const { admin, config } = registry;
    await waitUntilBase();
    await admin.createProject('team');
    const image = sampleImage();
    await admin.pushImage('team/app', 'v1', image);
    await registry.server.stop();
    await loseDatabase(config.dataDir, config.databaseUrl);
    expect(isWhole(await rebuildInstance(config, INPUT))).toBe(true);
    await registry.restart({ ROADSTEAD_RECOVERY_INTERVAL: '0s' });
    expect((await admin.get('/v2/team/app/manifests/v1')).body).toEqual(image.bytes);
    await admin.pushImage('team/app', 'v2', sampleImage());
    expect(await registry.store.listObjects()).toHaveLength(4);
  }, 120_000);

  it('says which tags need what the storage has lost, and takes it when it is pushed again', async () => {
    registry = await openRegistry({ engine, blobs, env: { ROADSTEAD_RECOVERY_INTERVAL: '200ms' } });
    const { admin, store, config } = registry;
    await admin.createProject('team');
    const image = sampleImage();
    await admin.pushImage('team/app', 'v1', image);
    await waitUntilShipped();
    const [, layer = Buffer.alloc(0)] = image.blobs;
    await store.hideObject((await store.findBlobRow(digestOf(layer)))?.storage_key ?? '');
    await registry.server.stop();
    await loseDatabase(config.dataDir, config.databaseUrl);
    const report = await rebuildInstance(config, INPUT);
    expect(isWhole(report)).toBe(false);
    expect(report.blobs.bad.map(({ uses }) => uses)).toEqual([
      [{ repository: 'team/app', manifest: image.digest, tags: ['v1'], isTrashed: false }],
    ]);
    await registry.restart();
    const path = `/v2/team/app/blobs/${digestOf(layer)}`;
    expect((await admin.head(path)).status).toBe(404);
    await admin.pushBlob('team/app', layer);
    expect((await admin.get(path)).body.equals(layer)).toBe(true);
  }, 120_000);
});
