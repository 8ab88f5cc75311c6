import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ENGINES } from '../support/engines.ts';
import { type OpenRegistry, openRegistry } from '../support/open-registry.ts';
import type { RegistryClient } from '../support/registry-client.ts';
import { freshBytes, sampleImage } from '../support/sample-content.ts';
import { HarborCaller } from './harbor-caller.ts';

const JSON_TYPE = { 'Content-Type': 'application/json' };

describe.each(ENGINES)("Harbor's quotas on %s", (engine) => {
  let registry: OpenRegistry;
  let harbor: HarborCaller;
  let carol: RegistryClient;
  beforeAll(async () => {
    registry = await openRegistry({ engine });
    harbor = await HarborCaller.open();
    carol = await registry.createUser('carol');
  });
  afterAll(() => registry.close());

  const open = async (name: string) => {
    await registry.admin.createProject(name);
    const { text } = await registry.admin.get(`/api/v2.0/projects/${name}`);
    return Number(JSON.parse(text).project_id);
  };
  const limit = (id: number, storage: number) =>
    harbor.call(registry.admin, 'updateQuota', { params: { id }, body: { hard: { storage } } });
  const usedOf = async (id: number) =>
    (await harbor.call(registry.admin, 'getQuota', { params: { id } })).json.used.storage;

  it('count each blob and manifest of a project once', async () => {
    const { admin } = registry;
    const id = await open('counted');
    const other = await open('others');
    const image = sampleImage();
    const size = image.bytes.length + image.blobs.reduce((sum, blob) => sum + blob.length, 0);
    await admin.pushImage('counted/a', 'v1', image);
    await admin.pushImage('counted/b', 'v2', image);
    expect(await usedOf(id)).toBe(size);
    await admin.pushImage('others/a', 'v1', image);
    expect(await usedOf(other)).toBe(size);
    const { json } = await harbor.call(admin, 'getQuota', { params: { id } });
    expect(json).toMatchObject({ id, ref: { id, name: 'counted', owner_name: 'admin' }, hard: { storage: -1 } });
  });

  it('are listed by project, limit and use', async () => {
    const id = await open('listed');
    await limit(id, 12_345);
    const list = (query: Record<string, string | number>) => harbor.call(registry.admin, 'listQuotas', { query });
    expect((await list({ sort: '-hard.storage' })).json[0].id).toBe(id);
    const used = (await list({ sort: '-used.storage' })).json.map(
      (quota: { used: { storage: number } }) => quota.used.storage,
    );
    expect(used).toEqual(used.toSorted((left: number, right: number) => right - left));
    expect((await list({ reference: 'project', reference_id: String(id) })).json).toHaveLength(1);
    expect((await list({ reference: 'user' })).json).toEqual([]);
    expect((await list({ reference_id: 'x' })).json).toEqual([]);
    const page = await list({ page: 2, page_size: 1 });
    expect(page.json).toHaveLength(1);
    expect(Number(page.headers['x-total-count'])).toBeGreaterThan(1);
    await expect(list({ sort: 'nothing' })).rejects.toThrow('400');
  });

  it.each([[{}], [{ hard: {} }], [{ hard: { storage: 0 } }], [{ hard: { storage: -2 } }], [{ hard: { count: 3 } }]])(
    'have no limit like %j',
    async (body) => {
      const id = await open(`refused-${Math.random().toString(36).slice(2, 8)}`);
      expect((await harbor.call(registry.admin, 'updateQuota', { params: { id }, body })).status).toBe(400);
    },
  );

  it('are for administrators, and of projects that are there', async () => {
    const body = { hard: { storage: 1 } };
    expect((await harbor.call(carol, 'listQuotas')).status).toBe(403);
    expect((await harbor.call(carol, 'updateQuota', { params: { id: 1 }, body })).status).toBe(403);
    expect((await harbor.call(registry.anonymous, 'getQuota', { params: { id: 1 } })).status).toBe(401);
    expect((await harbor.call(registry.admin, 'getQuota', { params: { id: 999_999 } })).status).toBe(404);
    expect((await limit(999_999, 5)).status).toBe(404);
  });

  it('refuse what would be too much, blobs, mounts and manifests alike', async () => {
    const { admin } = registry;
    const id = await open('tight');
    const first = sampleImage();
    await admin.pushImage('tight/app', 'v1', first);
    const used = await usedOf(id);
    await limit(id, used + 1_500);
    const fits = freshBytes(1_400);
    await admin.pushBlob('tight/app', fits);
    await expect(admin.pushBlob('tight/app', freshBytes(200))).rejects.toThrow('exceed the configured upper limit');
    await open('source');
    const digest = await admin.pushBlob('source/app', freshBytes(500));
    const mounted = await admin.post(`/v2/tight/app/blobs/uploads/?mount=${digest}&from=source/app`);
    expect(mounted.status).toBe(403);
    const manifest = await admin.putManifest('tight/app', 'v2', {
      ...first,
      bytes: Buffer.concat([first.bytes, Buffer.alloc(200, ' ')]),
    });
    expect(manifest.status).toBe(403);
    expect(manifest.text).toContain('DENIED');
    // What it has already adds nothing.
    await admin.pushImage('tight/other', 'v1', first);
    await admin.pushBlob('tight/other', fits);
    expect(await usedOf(id)).toBe(used + 1_400);
    await limit(id, -1);
    await admin.pushImage('tight/app', 'v3', sampleImage());
  });

  it('let no more in when many push at once', async () => {
    const id = await open('rush');
    await limit(id, 10_000);
    const pushes = Array.from({ length: 20 }, () => registry.admin.pushBlob('rush/app', freshBytes(1_000)));
    const settled = await Promise.allSettled(pushes);
    expect(settled.filter(({ status }) => status === 'fulfilled')).toHaveLength(10);
    expect(await usedOf(id)).toBe(10_000);
  });

  it('of new projects are what the configuration says', async () => {
    const { admin } = registry;
    const configure = (change: object) => admin.put('/api/v2.0/configurations', JSON.stringify(change), JSON_TYPE);
    expect((await configure({ storage_per_project: 777 })).status).toBe(200);
    const id = await open('born-small');
    expect((await harbor.call(admin, 'getQuota', { params: { id } })).json.hard.storage).toBe(777);
    await expect(admin.pushBlob('born-small/app', freshBytes(800))).rejects.toThrow('403');
    expect((await configure({ quota_per_project_enable: false })).status).toBe(200);
    await admin.pushBlob('born-small/app', freshBytes(800));
    expect((await configure({ quota_per_project_enable: true, storage_per_project: -1 })).status).toBe(200);
    expect((await configure({ storage_per_project: 0 })).status).toBe(400);
    expect((await configure({ storage_per_project: 'much' })).status).toBe(422);
    const { text } = await admin.get('/api/v2.0/configurations');
    expect(JSON.parse(text)).toMatchObject({
      storage_per_project: { value: -1, editable: true },
      quota_per_project_enable: { value: true },
    });
  });
});
