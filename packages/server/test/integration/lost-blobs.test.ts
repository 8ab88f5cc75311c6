import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ENGINES } from './support/engines.ts';
import { errorCode } from './support/http-client.ts';
import { type OpenRegistry, openRegistry } from './support/open-registry.ts';
import { freshBytes } from './support/sample-content.ts';

describe.each(ENGINES)('a blob on %s whose stored copy is gone', (engine) => {
  let registry: OpenRegistry;

  beforeAll(async () => {
    registry = await openRegistry({ engine });
    await registry.admin.createProject('team');
  });
  afterAll(() => registry?.close());

  async function pushAndLose(bytes: Buffer) {
    const digest = await registry.admin.pushBlob('team/app', bytes);
    const row = await registry.store.findBlobRow(digest);
    const bringBack = await registry.store.hideObject(row?.storage_key ?? '');
    return { digest, path: `/v2/team/app/blobs/${digest}`, bringBack };
  }

  async function expectAbsent(path: string): Promise<void> {
    const got = await registry.admin.get(path);
    expect([got.status, errorCode(got)]).toEqual([404, 'BLOB_UNKNOWN']);
    expect((await registry.admin.head(path)).status).toBe(404);
  }

  it('is absent from the first read on, for mounts as well, and a push of the bytes repairs it everywhere', async () => {
    const bytes = freshBytes(5_000);
    const { digest, path } = await pushAndLose(bytes);
    await expectAbsent(path);
    const mount = await registry.admin.post(`/v2/team/other/blobs/uploads/?mount=${digest}&from=team/app`);
    expect(mount.status).toBe(202);
    await registry.admin.pushBlob('team/third', bytes);
    for (const repository of ['team/app', 'team/third']) {
      const got = await registry.admin.get(`/v2/${repository}/blobs/${digest}`);
      expect(got.status).toBe(200);
      expect(got.body.equals(bytes)).toBe(true);
    }
  });

  it('is there again when the storage has it again, without a push', async () => {
    const bytes = freshBytes(5_000);
    const { digest, path, bringBack } = await pushAndLose(bytes);
    await expectAbsent(path);
    await bringBack();
    expect((await registry.admin.head(path)).status).toBe(200);
    expect((await registry.admin.get(path)).body.equals(bytes)).toBe(true);
    const mount = await registry.admin.post(`/v2/team/other/blobs/uploads/?mount=${digest}&from=team/app`);
    expect(mount.status).toBe(201);
  });

  it('is there again after a push that finds the old copy back in its place', async () => {
    const bytes = freshBytes(5_000);
    const { digest, path, bringBack } = await pushAndLose(bytes);
    await expectAbsent(path);
    await bringBack();
    await registry.admin.pushBlob('team/third', bytes);
    const mount = await registry.admin.post(`/v2/team/other/blobs/uploads/?mount=${digest}&from=team/third`);
    expect(mount.status).toBe(201);
    expect((await registry.admin.get(path)).body.equals(bytes)).toBe(true);
  });
});
