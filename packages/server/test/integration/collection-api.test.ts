import { afterEach, describe, expect, it } from 'vitest';
import { type RunningRoadstead, startRoadstead } from '../support/start-roadstead.ts';
import { ENGINES } from './support/engines.ts';
import { readJson, send } from './support/http-client.ts';
import { type OpenRegistry, openRegistry } from './support/open-registry.ts';
import type { RegistryClient } from './support/registry-client.ts';
import { freshBytes, type SampleManifest, sampleImage } from './support/sample-content.ts';
import { MANAGEMENT_API as API, waitForExecution } from './support/wait-for-execution.ts';

const JSON_TYPE = { 'Content-Type': 'application/json' };

interface Estimates {
  readonly preview: Readonly<Record<'now' | 'purge', { readonly bytes: number }>>;
}

interface Report {
  readonly report: Readonly<Record<'bytesFreed' | 'blobsRemoved' | 'manifestsDeleted' | 'trashPurged', number>> & {
    readonly awaiting?: { readonly bytes: number };
  };
}

describe.each(ENGINES)('deleting and reclaiming through the API on %s', (engine) => {
  let registry: OpenRegistry;
  afterEach(() => registry?.close());

  async function open(env: Readonly<Record<string, string>> = {}): Promise<void> {
    registry = await openRegistry({ engine, env });
    await registry.admin.createProject('team');
  }

  const run = async <Result>(mode: string): Promise<Result> => {
    const answer = await registry.admin.post(`${API}/garbage-collection/runs`, JSON.stringify({ mode }), JSON_TYPE);
    const { status, jobs } = await waitForExecution(registry.admin, answer);
    expect(status).toBe('success');
    return jobs[0]?.result as Result;
  };

  async function pull(repository: string, reference: string, image: SampleManifest): Promise<void> {
    const manifest = await registry.admin.get(`/v2/${repository}/manifests/${reference}`);
    expect(manifest.body).toEqual(image.bytes);
    const { config, layers } = JSON.parse(manifest.text);
    for (const [index, { digest }] of [config, ...layers].entries()) {
      const blob = await registry.admin.get(`/v2/${repository}/blobs/${digest}`);
      expect(blob.body).toEqual(image.blobs[index]);
    }
  }

  it('a deleted image lies in the trash, cannot be pulled, and is as it was once it is restored', async () => {
    await open();
    const image = sampleImage();
    await registry.admin.pushImage('team/app', 'v1', image);
    await registry.admin.putManifest('team/app', 'v2', image);
    expect((await registry.admin.delete(`/v2/team/app/manifests/${image.digest}`)).status).toBe(202);
    for (const reference of ['v1', 'v2', image.digest]) {
      expect((await registry.admin.get(`/v2/team/app/manifests/${reference}`)).status).toBe(404);
    }
    const trash = readJson<{ items: { id: number }[] }>(await registry.admin.get(`${API}/projects/team/trash`));
    expect(trash.items).toMatchObject([{ repository: 'team/app', digest: image.digest, tags: ['v1', 'v2'] }]);
    // Meanwhile one of its tags was given to something else.
    const other = sampleImage();
    await registry.admin.pushImage('team/app', 'v2', other);
    const restored = await registry.admin.post(`${API}/projects/team/trash/${trash.items[0]?.id}/restore`);
    expect(readJson(restored)).toMatchObject({
      manifests: [{ digest: image.digest, tags: ['v1'], tagsElsewhere: [{ tag: 'v2', digest: other.digest }] }],
    });
    await pull('team/app', 'v1', image);
    await pull('team/app', 'v2', other);
    expect(readJson(await registry.admin.get(`${API}/projects/team/trash`))).toMatchObject({ items: [] });
  });

  it('purge now frees on disk exactly the bytes that the dry run has stated, and nothing that is in use', async () => {
    await open();
    const [kept, gone] = [sampleImage(), sampleImage()];
    await registry.admin.pushImage('team/app', 'kept', kept);
    await registry.admin.pushImage('team/app', 'gone', gone);
    await registry.admin.pushBlob('team/app', freshBytes(12_345));
    await registry.admin.delete(`/v2/team/app/manifests/${gone.digest}`);
    const { preview } = await run<Estimates>('dry-run');
    const goneBytes = gone.blobs.reduce((sum, blob) => sum + blob.length, 0);
    expect(preview).toMatchObject({ now: { bytes: 0 }, purge: { bytes: goneBytes + 12_345 } });
    const before = await registry.store.storedBytes();
    const { report } = await run<Report>('purge');
    expect(report).toMatchObject({ bytesFreed: preview.purge.bytes, blobsRemoved: 3, trashPurged: 1 });
    expect(before - (await registry.store.storedBytes())).toBe(preview.purge.bytes);
    expect(await registry.store.findRowsWithoutBytes()).toEqual([]);
    await pull('team/app', 'kept', kept);
    expect((await run<Estimates>('dry-run')).preview.purge.bytes).toBe(0);
  });

  it('a policy takes what has no tag to the trash, and leaves what has one', async () => {
    await open({ ROADSTEAD_PUSH_WINDOW: '1s', ROADSTEAD_COLLECTION_INTERVAL: '1d' });
    const [tagged, untagged] = [sampleImage(), sampleImage()];
    await registry.admin.pushImage('team/app', 'v1', tagged);
    await registry.admin.pushImage('team/app', untagged.digest, untagged);
    const policy = await registry.admin.put(`${API}/projects/team/untagged-policy`, '{"afterMs":0}', JSON_TYPE);
    expect(readJson(policy)).toEqual({ afterMs: 0 });
    // It begins when the pushes that knew nothing of it are over.
    const pass = async () => (await run<Report>('pass')).report.manifestsDeleted;
    await expect.poll(pass, { interval: 300, timeout: 10_000 }).toBe(1);
    await pull('team/app', 'v1', tagged);
    expect((await registry.admin.get(`/v2/team/app/manifests/${untagged.digest}`)).status).toBe(404);
    const { items } = readJson<{ items: object[] }>(await registry.admin.get(`${API}/projects/team/trash`));
    expect(items).toMatchObject([{ digest: untagged.digest, reason: 'untagged-policy' }]);
  });

  it('more than the cap goes only when it was confirmed, and no more than was confirmed', async () => {
    await open({ ROADSTEAD_COLLECTION_CAP: '0', ROADSTEAD_COLLECTION_INTERVAL: '1d' });
    for (const size of [1_000, 2_000, 4_000]) await registry.admin.pushBlob('team/app', freshBytes(size));
    const before = await registry.store.storedBytes();
    expect((await run<Report>('purge')).report).toMatchObject({ bytesFreed: 0, awaiting: { bytes: 7_000 } });
    expect(await registry.store.storedBytes()).toBe(before);
    const confirm = (bytes: number) =>
      registry.admin.post(`${API}/garbage-collection/confirmation`, JSON.stringify({ bytes }), JSON_TYPE);
    expect((await confirm(3_000)).status).toBe(204);
    expect((await run<Report>('pass')).report).toMatchObject({ bytesFreed: 3_000, awaiting: { bytes: 4_000 } });
    expect(before - (await registry.store.storedBytes())).toBe(3_000);
    expect((await confirm(4_000)).status).toBe(204);
    expect((await run<Report>('pass')).report.bytesFreed).toBe(4_000);
    expect(before - (await registry.store.storedBytes())).toBe(7_000);
    expect((await confirm(1)).status).toBe(412);
  });

  it('measures the work in the background, and goes on with it after a restart', async () => {
    await open({
      ROADSTEAD_COLLECTION_INTERVAL: '100ms',
      ROADSTEAD_COLLECTION_DELAY: '0s',
      ROADSTEAD_PUSH_WINDOW: '1s',
    });
    const read = async (name: string) => {
      const text = await (await registry.server.readMetrics()).metrics();
      return new RegExp(`^${name}\\{registry="main"[^}]*\\} (.+)$`, 'm').exec(text)?.[1];
    };
    expect(await read('roadstead_collection_awaiting_bytes')).toBe('0');
    expect(await read('roadstead_jobs')).toBeDefined();
    await registry.admin.pushBlob('team/app', freshBytes());
    await registry.restart();
    await expect.poll(() => registry.store.listObjects(), { timeout: 10_000 }).toEqual([]);
    const levels = registry.logLines.map((line) => JSON.parse(line).level);
    expect(levels.filter((level) => level >= 50)).toEqual([]);
  });
});

describe('a server of several processes', () => {
  let server: RunningRoadstead;
  afterEach(() => server?.stop());

  it('does each thing that was asked for once, in whichever process', async () => {
    server = await startRoadstead({ env: { ROADSTEAD_PROCESSES: '3', ROADSTEAD_LOG_LEVEL: 'info' } });
    await expect.poll(() => server.log(), { timeout: 15_000 }).toContain('serves on');
    const authorization = `Basic ${Buffer.from(`admin:${server.admin.password}`).toString('base64')}`;
    const ask = (target: string, options = {}) =>
      send(`${server.url}${target}`, { headers: { authorization, Connection: 'close', ...JSON_TYPE }, ...options });
    const client = { get: (target: string) => ask(target) } as RegistryClient;
    const body = '{"mode":"dry-run"}';
    const asked = await Promise.all(
      Array.from({ length: 9 }, () => ask(`${API}/garbage-collection/runs`, { method: 'POST', body })),
    );
    for (const answer of asked) {
      const { status, jobs } = await waitForExecution(client, answer);
      expect([status, jobs.length, jobs[0]?.attempts]).toEqual(['success', 1, 1]);
      const log = (await ask(`${API}/jobs/${jobs[0]?.id}/log`)).text;
      expect(log.match(/A pass now would free/g)).toHaveLength(1);
    }
    const purge = await ask(`${API}/garbage-collection/runs`, { method: 'POST', body: '{"mode":"purge"}' });
    expect((await waitForExecution(client, purge)).status).toBe('success');
    expect(server.log()).not.toMatch(/"level":(50|60)/);
  });
});
