import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ENGINES } from './support/engines.ts';
import { type OpenRegistry, openRegistry } from './support/open-registry.ts';
import type { RegistryClient } from './support/registry-client.ts';
import { freshBytes, type SampleManifest, sampleImage } from './support/sample-content.ts';

const HOUR_MS = 3_600_000;

describe.each(ENGINES)('the answer that something is here, on %s', (engine) => {
  let registry: OpenRegistry;
  let reader: RegistryClient;
  let image: SampleManifest;

  beforeAll(async () => {
    registry = await openRegistry({ engine, env: { ROADSTEAD_COLLECTION_INTERVAL: '1d' } });
    await registry.admin.createProject('team', true);
    reader = await registry.createUser('carol');
    image = sampleImage();
    await registry.admin.pushImage('team/app', image.digest, image);
    const policy = { method: 'PUT', body: '{"afterMs":0}', headers: { 'Content-Type': 'application/json' } };
    await registry.admin.send('/api/roadstead/v1/projects/team/untagged-policy', policy);
  });
  afterAll(() => registry?.close());

  /** As if every push was over for long. */
  async function forgetHolds(): Promise<void> {
    await registry.store.database.write(async (tx) => {
      await tx.updateTable('repository_blobs').set({ held_until: null }).execute();
      await tx.updateTable('manifests').set({ held_until: null }).execute();
    });
  }

  async function heldRows(table: 'repository_blobs' | 'manifests'): Promise<number> {
    const from = Date.now() + HOUR_MS / 2;
    const rows = await registry.store.rows(table);
    return rows.filter((row) => Number(row['held_until'] ?? 0) > from).length;
  }

  it('holds for who may push, and is no promise to anybody else', async () => {
    const digest = await registry.admin.pushBlob('team/app', freshBytes());
    const paths = [`/v2/team/app/blobs/${digest}`, `/v2/team/app/manifests/${image.digest}`];
    const pullOnly = await registry.clientWithScopes('repository:team/app:pull');
    for (const client of [registry.anonymous, reader, pullOnly]) {
      await forgetHolds();
      for (const path of paths) expect((await client.head(path)).status).toBe(200);
      expect([await heldRows('repository_blobs'), await heldRows('manifests')]).toEqual([0, 0]);
    }
    const pusher = await registry.clientWithScopes('repository:team/app:pull,push');
    for (const client of [registry.admin, pusher]) {
      await forgetHolds();
      for (const path of paths) expect((await client.get(path)).status).toBe(200);
      expect([await heldRows('repository_blobs'), await heldRows('manifests')]).toEqual([0, 0]);
      for (const path of paths) expect((await client.head(path)).status).toBe(200);
      expect([await heldRows('repository_blobs'), await heldRows('manifests')]).toEqual([1, 1]);
    }
  });
});
