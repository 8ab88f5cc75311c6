import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ENGINES } from './support/engines.ts';
import { errorCode } from './support/http-client.ts';
import { type OpenRegistry, openRegistry } from './support/open-registry.ts';
import type { RegistryClient } from './support/registry-client.ts';
import { digestOf, freshBytes } from './support/sample-content.ts';

describe.each(ENGINES)('a mount on %s', (engine) => {
  let registry: OpenRegistry;
  let bytes: Buffer;
  let digest: string;

  beforeAll(async () => {
    registry = await openRegistry({ engine });
    for (const name of ['team', 'other']) await registry.admin.createProject(name);
    await registry.admin.createProject('open', true);
    bytes = freshBytes();
    digest = await registry.admin.pushBlob('team/source', bytes);
  });
  afterAll(() => registry?.close());

  const mount = (client: RegistryClient, target: string, query: string) =>
    client.post(`/v2/${target}/blobs/uploads/?mount=${digest}${query}`);

  it('from a repository that holds the blob is a 201 and a link, and copies nothing', async () => {
    const objects = await registry.store.listObjects();
    const answer = await mount(registry.admin, 'team/mounted', '&from=team/source');
    expect(answer.status).toBe(201);
    expect(answer.headers).toMatchObject({
      location: `/v2/team/mounted/blobs/${digest}`,
      'docker-content-digest': digest,
    });
    expect(answer.headers['docker-upload-uuid']).toBeUndefined();
    expect((await registry.admin.get(answer.headers.location ?? '')).body.equals(bytes)).toBe(true);
    expect(await registry.store.listObjects()).toEqual(objects);
    expect(await registry.store.count('uploads')).toBe(0);
    const entries = await registry.store.rows('journal');
    // Sign-ins are written some time after them.
    expect(entries.findLast((row) => !String(row['kind']).startsWith('login.'))).toMatchObject({
      kind: 'blob.mounted',
      actor: 'user:1',
      repository: 'team/mounted',
    });
  });

  it('without a source finds a repository that holds the blob', async () => {
    expect((await mount(registry.admin, 'other/found', '')).status).toBe(201);
    expect((await registry.admin.head(`/v2/other/found/blobs/${digest}`)).status).toBe(200);
  });

  it('without a source, with a token, stays within the project and what is public', async () => {
    const unique = freshBytes();
    digest = await registry.admin.pushBlob('other/hidden', unique);
    const client = await registry.clientWithScopes('repository:team/narrow:pull,push');
    expect((await mount(client, 'team/narrow', '')).status).toBe(202);
    await registry.admin.pushBlob('open/shown', unique);
    expect((await mount(client, 'team/narrow', '')).status).toBe(201);
    digest = digestOf(bytes);
  });

  it.each(['&from=team/empty', '&from=missing/source', ''])(
    'of what is not there ("%s") begins an upload, which then ends well',
    async (query) => {
      const fresh = freshBytes();
      const answer = await registry.admin.post(`/v2/team/app/blobs/uploads/?mount=${digestOf(fresh)}${query}`);
      expect(answer.status).toBe(202);
      const closed = await registry.admin.put(`${answer.headers.location}?digest=${digestOf(fresh)}`, fresh);
      expect(closed.status).toBe(201);
      expect((await registry.admin.get(`/v2/team/app/blobs/${digestOf(fresh)}`)).body.equals(fresh)).toBe(true);
    },
  );

  it('with a malformed digest or source is 400', async () => {
    const malformed = await registry.admin.post('/v2/team/app/blobs/uploads/?mount=sha256:x&from=team/source');
    expect([malformed.status, errorCode(malformed)]).toEqual([400, 'DIGEST_INVALID']);
    const name = await mount(registry.admin, 'team/app', '&from=Team/..');
    expect([name.status, errorCode(name)]).toEqual([400, 'NAME_INVALID']);
  });

  it('whose token lacks the source is a 401 that asks for both, where the user may read it', async () => {
    const narrow = await registry.clientWithScopes('repository:other/target:pull,push');
    const refused = await mount(narrow, 'other/target', '&from=team/source');
    expect(refused.status).toBe(401);
    expect(refused.headers['www-authenticate']).toContain(
      'scope="repository:other/target:pull,push repository:team/source:pull"',
    );
    const wide = await registry.clientWithScopes('repository:other/target:pull,push', 'repository:team/source:pull');
    expect((await mount(wide, 'other/target', '&from=team/source')).status).toBe(201);
  });

  it('of a blob that was deleted at its source is no mount any more', async () => {
    const fresh = freshBytes();
    await registry.admin.pushBlob('team/brief', fresh);
    expect((await registry.admin.delete(`/v2/team/brief/blobs/${digestOf(fresh)}`)).status).toBe(202);
    const answer = await registry.admin.post(`/v2/team/app/blobs/uploads/?mount=${digestOf(fresh)}&from=team/brief`);
    expect(answer.status).toBe(202);
  });

  it('outlives the deletion at its source (invariant 5)', async () => {
    const fresh = freshBytes();
    const lasting = await registry.admin.pushBlob('team/origin', fresh);
    expect((await registry.admin.post(`/v2/team/heir/blobs/uploads/?mount=${lasting}&from=team/origin`)).status).toBe(
      201,
    );
    expect((await registry.admin.delete(`/v2/team/origin/blobs/${lasting}`)).status).toBe(202);
    expect((await registry.admin.head(`/v2/team/origin/blobs/${lasting}`)).status).toBe(404);
    expect((await registry.admin.head(`/v2/team/heir/blobs/${lasting}`)).status).toBe(200);
    expect((await registry.admin.get(`/v2/team/heir/blobs/${lasting}`)).body.equals(fresh)).toBe(true);
  });
});
