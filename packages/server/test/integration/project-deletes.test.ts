import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ENGINES } from './support/engines.ts';
import { type OpenRegistry, openRegistry } from './support/open-registry.ts';
import { digestOf, freshBytes, sampleIndex } from './support/sample-content.ts';

const ROUNDS = 12;

describe.each(ENGINES)('the deletion of a project on %s', (engine) => {
  let registry: OpenRegistry;

  beforeAll(async () => {
    registry = await openRegistry({ engine });
  });
  afterAll(() => registry?.close());

  const remove = (name: string) => registry.admin.delete(`/api/v2.0/projects/${name}`);

  it('that races with a push of a manifest refuses one of the two, and never loses what was acknowledged', async () => {
    for (let round = 0; round < ROUNDS; round += 1) {
      const name = `manifest-${round}`;
      await registry.admin.createProject(name);
      // The repository exists in every second round.
      if (round % 2 === 0) await registry.admin.pushBlob(`${name}/app`, freshBytes(8));
      const manifest = sampleIndex([]);
      const [put, removed] = await Promise.all([
        registry.admin.putManifest(`${name}/app`, 'v1', manifest),
        remove(name),
      ]);
      const found = await registry.admin.get(`/v2/${name}/app/manifests/v1`);
      const seen = [put.status, removed.status, found.status];
      if (put.status === 201) expect(seen, `round ${round}`).toEqual([201, 412, 200]);
      else {
        expect([403, 404], `round ${round}: ${put.text}`).toContain(put.status);
        expect([removed.status, found.status]).toEqual([200, 403]);
      }
    }
  });

  it('that races with a push of a blob or the start of an upload never ends in an error of ours', async () => {
    for (let round = 0; round < ROUNDS; round += 1) {
      const name = `blob-${round}`;
      await registry.admin.createProject(name);
      if (round % 2 === 0) await registry.admin.pushBlob(`${name}/app`, freshBytes(8));
      const bytes = freshBytes(64);
      const [pushed, started, removed] = await Promise.all([
        registry.admin.post(`/v2/${name}/app/blobs/uploads/?digest=${digestOf(bytes)}`, bytes),
        registry.admin.post(`/v2/${name}/app/blobs/uploads/`),
        remove(name),
      ]);
      expect([201, 403, 404], pushed.text).toContain(pushed.status);
      expect([202, 403, 404], started.text).toContain(started.status);
      expect(removed.status, removed.text).toBe(200);
    }
    expect(await registry.store.findRowsWithoutBytes()).toEqual([]);
  });

  // Found by reading: an upload was known by its repository's name, and so outlived its project.
  it('ends its uploads: they do not go on in a new project of the same name', async () => {
    await registry.admin.createProject('again');
    const location = await registry.admin.startUpload('again/app');
    const bytes = freshBytes();
    expect((await registry.admin.patch(location, bytes)).status).toBe(202);
    expect((await remove('again')).status).toBe(200);
    expect((await registry.admin.get(location)).status).toBe(403);
    await registry.admin.createProject('again');
    expect((await registry.admin.get(location)).status).toBe(404);
    expect((await registry.admin.put(`${location}?digest=${digestOf(bytes)}`)).status).toBe(404);
    expect((await registry.admin.head(`/v2/again/app/blobs/${digestOf(bytes)}`)).status).toBe(404);
  });
});
