import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bundle, COSIGN_SIGN, chart, cosignSignature, image } from '../support/artifact-shapes.ts';
import { ENGINES } from '../support/engines.ts';
import { type OpenRegistry, openRegistry } from '../support/open-registry.ts';
import type { RegistryClient } from '../support/registry-client.ts';
import { describeManifest, sampleIndex } from '../support/sample-content.ts';
import { HarborCaller } from './harbor-caller.ts';

type Query = Record<string, string | number | boolean>;

describe.each(ENGINES)("Harbor's changes of artifacts on %s", (engine) => {
  let registry: OpenRegistry;
  let harbor: HarborCaller;
  let admin: RegistryClient;
  let carol: RegistryClient;

  beforeAll(async () => {
    registry = await openRegistry({ engine });
    harbor = await HarborCaller.open();
    admin = registry.admin;
    await admin.createProject('team');
    await admin.createProject('other');
    carol = await registry.createUser('carol');
  });
  afterAll(async () => {
    console.info(`${harbor.count} answers as Harbor's contract has them`);
    await registry.close();
  });

  const of = (repository: string, reference?: string, project = 'team') => ({
    project_name: project,
    repository_name: repository,
    ...(reference !== undefined && { reference }),
  });
  const digestsOf = async (repository: string, query: Query = {}, project = 'team') => {
    const { json } = await harbor.call(admin, 'listArtifacts', { params: of(repository, undefined, project), query });
    return json.map(({ digest }: { digest: string }) => digest).toSorted();
  };
  const remove = (repository: string, reference: string, client = admin) =>
    harbor.call(client, 'deleteArtifact', { params: of(repository, reference) });

  const GUEST = 3;
  const DEVELOPER = 2;
  const giveRole = async (project: string, role_id: number) => {
    const params = { project_name_or_id: project };
    const { json } = await harbor.call(admin, 'listProjectMembers', { params });
    const known = json.find(({ entity_name: name }: { entity_name: string }) => name === 'carol');
    const body = { role_id, member_user: { username: 'carol' } };
    if (known === undefined) await harbor.call(admin, 'createProjectMember', { params, body });
    else await harbor.call(admin, 'updateProjectMember', { params: { ...params, mid: known.id }, body: { role_id } });
  };

  /** An index of an image with a tag, an image without, and signatures in both forms. */
  async function pushTree(repository: string) {
    const [tagged, plain] = [image(), image()];
    const index = sampleIndex([describeManifest(tagged), describeManifest(plain)]);
    await admin.pushImage(repository, 'part', tagged);
    await admin.pushImage(repository, plain.digest, plain);
    await admin.pushImage(repository, 'all', index);
    await admin.putManifest(repository, 'latest', index);
    const signatures = [bundle(describeManifest(index), COSIGN_SIGN), bundle(describeManifest(plain), COSIGN_SIGN)];
    for (const signature of signatures) await admin.pushImage(repository, signature.digest, signature);
    const legacy = cosignSignature();
    await admin.pushImage(repository, `${index.digest.replace(':', '-')}.sig`, legacy);
    return { tagged, plain, index, signatures, legacy };
  }

  it('a delete takes tags, accessories and parts that nothing else needs, and they can be restored', async () => {
    const { tagged, index, plain } = await pushTree('team/tree');
    const child = await remove('tree', plain.digest);
    expect(child).toMatchObject({ status: 412 });
    expect(child.text).toContain(index.digest);
    expect((await remove('tree', 'all', carol)).status).toBe(403);
    expect((await remove('tree', 'all', registry.anonymous)).status).toBe(401);
    expect((await remove('tree', 'all')).status).toBe(200);
    expect(await digestsOf('tree', { q: 'base=*' })).toEqual([tagged.digest]);
    expect((await remove('tree', 'all')).status).toBe(404);
    expect((await admin.get(`/v2/team/tree/manifests/${plain.digest}`)).status).toBe(404);
    const trash = JSON.parse((await admin.get('/api/roadstead/v1/projects/team/trash?repository=team%2Ftree')).text);
    expect(trash.items).toHaveLength(5);
    const root = trash.items.find(({ digest }: { digest: string }) => digest === index.digest);
    const restored = await admin.post(`/api/roadstead/v1/projects/team/trash/${root.id}/restore`);
    expect(restored.status).toBe(200);
    expect(await digestsOf('tree')).toEqual([index.digest, tagged.digest].toSorted());
    expect((await harbor.call(admin, 'getArtifact', { params: of('tree', 'latest') })).json).toMatchObject({
      digest: index.digest,
      type: 'IMAGE',
      references: [{}, {}],
    });
  });

  it('an accessory is deleted by its digest, and what it belongs to stays', async () => {
    const pushed = image();
    const signature = bundle(describeManifest(pushed), COSIGN_SIGN);
    await admin.pushImage('team/signed', 'v1', pushed);
    await admin.pushImage('team/signed', signature.digest, signature);
    expect((await remove('signed', signature.digest)).status).toBe(200);
    expect(await digestsOf('signed', { q: 'base=*' })).toEqual([pushed.digest]);
    expect((await remove('signed', 'not a tag')).status).toBe(404);
  });

  describe('a copy', () => {
    const copy = (from: string, client = admin, repository = 'copied/deep') =>
      harbor.call(client, 'CopyArtifact', { params: of(repository, undefined, 'other'), query: { from } });

    it('has parts, accessories and tags, and every byte can be pulled', async () => {
      const { tagged, index, plain, signatures, legacy } = await pushTree('team/source/deep');
      const before = await registry.store.count('blobs');
      const answer = await copy(`team/source/deep@${index.digest}`);
      expect(answer.status).toBe(201);
      expect(answer.headers.location).toBe(
        `/api/v2.0/projects/other/repositories/copied%252Fdeep/artifacts/${index.digest}`,
      );
      expect(await registry.store.count('blobs')).toBe(before);
      expect(await digestsOf('copied/deep', {}, 'other')).toEqual([index.digest]);
      const everything = [tagged, index, plain, legacy, ...signatures].map(({ digest }) => digest);
      expect(await digestsOf('copied/deep', { q: 'base=*' }, 'other')).toEqual(everything.toSorted());
      const { json } = await harbor.call(admin, 'getArtifact', {
        params: of('copied/deep', 'latest', 'other'),
        query: { with_accessory: true },
      });
      expect(json.tags.map(({ name }: { name: string }) => name)).toEqual(['all', 'latest']);
      expect(json.accessories).toHaveLength(2);
      const cosign = `/v2/other/copied/deep/manifests/${index.digest.replace(':', '-')}.sig`;
      expect((await admin.get(cosign)).headers['docker-content-digest']).toBe(legacy.digest);
      for (const { blobs } of [tagged, plain, legacy, ...signatures]) {
        for (const blob of blobs) {
          const { createHash } = await import('node:crypto');
          const digest = `sha256:${createHash('sha256').update(blob).digest('hex')}`;
          expect((await admin.get(`/v2/other/copied/deep/blobs/${digest}`)).status).toBe(200);
        }
      }
      expect((await copy(`team/source/deep@${index.digest}`)).status).toBe(409);
      expect((await copy('team/source/deep:part')).status).toBe(409);
      expect((await copy(`team/source/deep@${signatures[0]?.digest}`)).status).toBe(403);
    });

    it.each([
      ['nowhere', 400],
      ['team/source', 400],
      ['team/source:', 400],
      ['team:v1', 400],
      ['team/source:no such', 400],
      ['team/source@sha256:00', 400],
      ['team/none:v1', 404],
      ['none/none:v1', 404],
      [`team/source/deep@sha256:${'0'.repeat(64)}`, 404],
    ])('of %s is answered with %d', async (from, status) => {
      expect((await copy(from)).status).toBe(status);
    });

    it('needs a name that a repository may have', async () => {
      expect((await copy('team/source/deep:all', admin, 'UPPER')).status).toBe(400);
    });

    it('needs the right to read there and to make here', async () => {
      await admin.pushImage('team/private', 'v1', chart());
      expect((await copy('team/private:v1', carol)).status).toBe(403);
      await giveRole('other', DEVELOPER);
      expect((await copy('team/private:v1', carol)).status).toBe(403);
      await giveRole('team', GUEST);
      expect((await copy('team/private:v1', carol)).status).toBe(201);
      expect((await copy('team/private:v1', registry.anonymous)).status).toBe(401);
    });

    it('gets nothing that only others hold', async () => {
      // A foreign layer that the source lists and does not hold, and that somebody else has.
      const secret = Buffer.from('a layer that is somebody else’s');
      const digest = await admin.pushBlob('other/elsewhere', secret);
      const foreign = {
        mediaType: 'application/vnd.oci.image.layer.nondistributable.v1.tar',
        digest,
        size: secret.length,
        urls: ['https://example.com/layer'],
      };
      const pushed = image({ layers: [foreign] });
      await admin.pushImage('team/foreign', 'v1', pushed);
      expect((await copy('team/foreign:v1', admin, 'foreign')).status).toBe(201);
      expect((await admin.get(`/v2/other/foreign/blobs/${digest}`)).status).toBe(404);
    });
  });

  describe('tags', () => {
    const add = (reference: string, name: unknown, client = admin) =>
      harbor.call(client, 'createTag', { params: of('tags', reference), body: { name } });
    const take = (reference: string, tag: string, client = admin) =>
      harbor.call(client, 'deleteTag', { params: { ...of('tags', reference), tag_name: tag } });

    it('are given and taken, and the artifact stays', async () => {
      const [first, second] = [image(), image()];
      await admin.pushImage('team/tags', 'v1', first);
      await admin.pushImage('team/tags', 'v2', second);
      const made = await add('v1', 'stable');
      expect(made).toMatchObject({ status: 201 });
      expect(made.headers.location).toBe('/api/v2.0/projects/team/repositories/tags/artifacts/v1/tags/stable');
      expect((await add(first.digest, 'stable')).status).toBe(409);
      expect((await add(second.digest, 'stable')).status).toBe(409);
      expect((await take(second.digest, 'stable')).status).toBe(404);
      expect((await take(first.digest, 'stable')).status).toBe(200);
      expect((await take(first.digest, 'stable')).status).toBe(404);
      expect((await take('v1', 'v1')).status).toBe(200);
      expect(await digestsOf('tags', { q: 'tags=nil' })).toEqual([first.digest]);
      const history = await registry.store.rows('tag_history');
      expect(history.filter(({ name }) => name === 'stable')).toHaveLength(2);
    });

    it.each([
      ['.hidden', 400],
      ['a b', 400],
      ['', 400],
      ['x'.repeat(129), 400],
      [7, 422],
      [undefined, 422],
    ])('are not called %j', async (name, status) => {
      expect((await add('v2', name)).status).toBe(status);
    });

    it('are for who may', async () => {
      expect((await add('none', 'x')).status).toBe(404);
      expect((await add('v2', 'x', registry.anonymous)).status).toBe(401);
      expect((await add('v2', 'x', carol)).status).toBe(403);
      expect((await take('v2', 'v2', carol)).status).toBe(403);
      await giveRole('team', DEVELOPER);
      expect((await add('v2', 'x', carol)).status).toBe(201);
      expect((await take('v2', 'x', carol)).status).toBe(403);
    });
  });
});
