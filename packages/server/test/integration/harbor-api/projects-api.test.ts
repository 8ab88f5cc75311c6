import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { artifact, image } from '../support/artifact-shapes.ts';
import { ENGINES } from '../support/engines.ts';
import { type OpenRegistry, openRegistry } from '../support/open-registry.ts';
import type { RegistryClient } from '../support/registry-client.ts';
import { describeManifest, freshBytes, sampleImage, sampleIndex } from '../support/sample-content.ts';
import { HarborCaller } from './harbor-caller.ts';

describe.each(ENGINES)("Harbor's projects on %s", (engine) => {
  let registry: OpenRegistry;
  let harbor: HarborCaller;
  let admin: RegistryClient;
  let lead: RegistryClient;
  let carol: RegistryClient;
  beforeAll(async () => {
    registry = await openRegistry({ engine });
    harbor = await HarborCaller.open();
    admin = registry.admin;
    lead = await registry.createUser('lead');
    carol = await registry.createUser('carol');
    await admin.createProject('team');
    const body = { role_id: 1, member_user: { username: 'lead' } };
    await harbor.call(admin, 'createProjectMember', { params: { project_name_or_id: 'team' }, body });
  });
  afterAll(async () => {
    console.info(`${harbor.count} answers as Harbor's contract has them`);
    await registry?.close();
  });

  const of = (name: string) => ({ project_name_or_id: name });
  const create = (body: object, client = admin) => harbor.call(client, 'createProject', { body });
  const update = (name: string, body: object, client = admin) =>
    harbor.call(client, 'updateProject', { params: of(name), body });
  const get = (name: string, client = admin) => harbor.call(client, 'getProject', { params: of(name) });
  const metadataOf = async (name: string) => (await get(name)).json.metadata;

  it('are made with what they say of themselves, and a quota by who may set one', async () => {
    const metadata = { public: 'true', auto_scan: 'TRUE', severity: 'High', proxy_speed_kb: '-1', prevent_vul: '' };
    expect((await create({ project_name: 'made', metadata, storage_limit: 4_096 })).status).toBe(201);
    const shown = { public: 'true', auto_scan: 'true', severity: 'high', proxy_speed_kb: '-1' };
    expect(await metadataOf('made')).toEqual(shown);
    const summary = await harbor.call(admin, 'getProjectSummary', { params: of('made') });
    expect(summary.json).toMatchObject({ repo_count: 0, project_admin_count: 1, guest_count: 0 });
    expect(summary.json.quota).toEqual({ hard: { storage: 4_096 }, used: { storage: 0 } });
    expect((await create({ project_name: 'hers', storage_limit: 4_096 }, carol)).status).toBe(201);
    const hers = await harbor.call(carol, 'getProjectSummary', { params: of('hers') });
    expect(hers.json.quota.hard.storage).toBe(-1);
  });

  it('are changed in one go', async () => {
    expect((await update('team', { metadata: { auto_scan: 'true', public: 'false' } }, lead)).status).toBe(200);
    expect(await metadataOf('team')).toEqual({ public: 'false', auto_scan: 'true' });
    const wrong = { metadata: { public: 'true', severity: 'loud' } };
    expect((await update('team', wrong, lead)).status).toBe(400);
    expect(await metadataOf('team')).toEqual({ public: 'false', auto_scan: 'true' });
    expect((await update('team', { metadata: { auto_scan: 'false' } }, carol)).status).toBe(403);
    expect((await update('team', { metadata: { auto_scan: 7 } })).status).toBe(422);
    expect((await update('team', { metadata: { auto_scan: 'false', retention_id: '7' } }, lead)).status).toBe(200);
    expect(await metadataOf('team')).toEqual({ public: 'false', auto_scan: 'false' });
  });

  it('say whether they can be deleted', async () => {
    const deletable = (client = admin) => harbor.call(client, 'getProjectDeletable', { params: of('team') });
    expect((await deletable()).json).toEqual({ deletable: true });
    await admin.pushImage('team/app', 'v1', sampleImage());
    expect((await deletable(lead)).json).toMatchObject({ deletable: false });
    expect((await deletable(carol)).status).toBe(403);
    expect((await harbor.call(admin, 'deleteProject', { params: of('team') })).status).toBe(412);
  });

  describe('metadata', () => {
    const list = (client = admin) => harbor.call(client, 'listProjectMetadatas', { params: of('team') });
    const read = (key: string, client = admin) =>
      harbor.call(client, 'getProjectMetadata', { params: { ...of('team'), meta_name: key } });
    const add = (body: object, client = admin) =>
      harbor.call(client, 'addProjectMetadatas', { params: of('team'), body });
    const set = (key: string, body: object) =>
      harbor.call(admin, 'updateProjectMetadata', { params: { ...of('team'), meta_name: key }, body });
    const remove = (key: string) =>
      harbor.call(admin, 'deleteProjectMetadata', { params: { ...of('team'), meta_name: key } });

    it('is read, added, changed and removed a key at a time', async () => {
      expect((await list()).json).toEqual({ public: 'false', auto_scan: 'false' });
      expect((await add({ severity: 'low' })).status).toBe(200);
      expect((await read('severity')).json).toEqual({ severity: 'low' });
      expect((await add({ severity: 'high' })).status).toBe(409);
      expect((await set('severity', { severity: 'critical' })).status).toBe(200);
      expect((await read('severity')).json).toEqual({ severity: 'critical' });
      expect((await remove('severity')).status).toBe(200);
      expect((await read('severity')).status).toBe(404);
      expect((await remove('severity')).status).toBe(404);
      expect((await set('severity', { severity: 'low' })).status).toBe(404);
    });

    it.each([
      [{}, 400],
      [{ severity: 'low', auto_scan: 'true' }, 400],
      [{ owner: 'me' }, 400],
      [{ severity: 'loud' }, 400],
      [{ max_upstream_conn: 'many' }, 400],
      [{ public: 'true' }, 409],
      [{ severity: 7 }, 422],
    ])('refuses %j', async (body, status) => {
      expect((await add(body)).status).toBe(status);
    });

    it('says who sees the project', async () => {
      expect((await set('public', { public: 'true' })).status).toBe(200);
      expect((await get('team', registry.anonymous)).status).toBe(200);
      expect((await set('public', { public: 'perhaps' })).status).toBe(400);
      expect((await set('public', { severity: 'low' })).status).toBe(400);
      expect((await remove('public')).status).toBe(400);
      expect((await set('public', { public: 'false' })).status).toBe(200);
      expect((await get('team', registry.anonymous)).status).toBe(401);
    });

    it('is no role’s to see, as in Harbor', async () => {
      expect((await list(lead)).status).toBe(403);
      expect((await list(registry.anonymous)).status).toBe(401);
      expect((await add({ severity: 'low' }, carol)).status).toBe(403);
    });
  });

  describe('that ask for signatures', () => {
    const pull = (reference: string, method = 'GET') =>
      admin.send(`/v2/trusted/app/manifests/${reference}`, { method });
    const sign = (subject: ReturnType<typeof sampleImage>, type: string) =>
      artifact(type, [[freshBytes(), 'application/octet-stream']], { subject: describeManifest(subject) });
    const COSIGN = 'application/vnd.dev.cosign.artifact.sig.v1+json';
    const NOTATION = 'application/vnd.cncf.notary.signature';
    const [unsigned, one, other, loose] = [sampleImage(), sampleImage(), sampleImage(), sampleImage()];
    const index = sampleIndex([one, other].map(describeManifest));
    beforeAll(async () => {
      await create({ project_name: 'trusted' });
      for (const image of [unsigned, one, other, loose]) await admin.pushImage('trusted/app', image.digest, image);
      expect((await admin.putManifest('trusted/app', 'all', index)).status).toBe(201);
      await admin.pushImage('trusted/app', 'v1', loose);
    });

    it('give nothing away that has none, but the signatures', async () => {
      expect((await pull('v1')).status).toBe(200);
      expect((await update('trusted', { metadata: { enable_content_trust_cosign: 'true' } })).status).toBe(200);
      await expect.poll(async () => (await pull('v1')).status, { timeout: 10_000 }).toBe(412);
      const refused = await pull('v1');
      expect(JSON.parse(refused.text).errors[0]).toMatchObject({ code: 'PROJECTPOLICYVIOLATION' });
      expect(refused.text).toContain('not signed by cosign');
      expect((await pull('v1', 'HEAD')).status).toBe(412);
      const signature = sign(loose, COSIGN);
      await admin.pushImage('trusted/app', signature.digest, signature);
      expect((await pull('v1')).status).toBe(200);
      expect((await pull(signature.digest)).status).toBe(200);
      expect((await pull(unsigned.digest)).status).toBe(412);
      // An image that calls itself a signature.
      const liar = image({ artifactType: COSIGN, subject: describeManifest(loose) });
      await admin.pushImage('trusted/app', liar.digest, liar);
      expect((await pull(liar.digest)).status).toBe(412);
    });

    it('take the signature of an index for its parts', async () => {
      expect((await pull('all')).status).toBe(412);
      expect((await pull(one.digest)).status).toBe(412);
      const signature = sign(index, COSIGN);
      await admin.pushImage('trusted/app', signature.digest, signature);
      for (const reference of ['all', one.digest, other.digest]) expect((await pull(reference)).status).toBe(200);
    });

    it('ask for each kind that they are set to', async () => {
      await update('trusted', { metadata: { enable_content_trust: 'true' } });
      await expect.poll(async () => (await pull('v1')).status, { timeout: 10_000 }).toBe(412);
      expect((await pull('v1')).text).toContain('not signed by notation');
      const signature = sign(loose, NOTATION);
      await admin.pushImage('trusted/app', signature.digest, signature);
      expect((await pull('v1')).status).toBe(200);
    });
  });

  it('that let only what was scanned be pulled let nothing be pulled yet but what cannot be scanned', async () => {
    await create({ project_name: 'scanned', metadata: { prevent_vul: 'true' } });
    const [image, file] = [sampleImage(), artifact('application/vnd.example.file', [[freshBytes(), 'text/plain']])];
    await admin.pushImage('scanned/app', 'v1', image);
    await admin.pushImage('scanned/app', 'file', file);
    const index = sampleIndex([describeManifest(image)]);
    await admin.putManifest('scanned/app', 'all', index);
    const pull = async (tag: string) => (await admin.get(`/v2/scanned/app/manifests/${tag}`)).status;
    expect(await Promise.all(['v1', 'file', 'all'].map(pull))).toEqual([412, 200, 200]);
  });

  describe('in lists', () => {
    const names = async (query: Record<string, string | number | boolean>, client = admin) =>
      (await harbor.call(client, 'listProjects', { query })).json.map(({ name }: { name: string }) => name);
    beforeAll(async () => {
      for (const name of ['list-a', 'list-b', 'list-c']) {
        const metadata = { public: name === 'list-b' ? 'true' : 'false' };
        await create({ project_name: name, metadata }, name === 'list-c' ? carol : admin);
      }
    });

    it.each([
      [{ name: 'list-' }, ['list-a', 'list-b', 'list-c']],
      [{ name: 'LIST-A' }, ['list-a']],
      [{ q: 'name=list-b' }, ['list-b']],
      [{ q: 'name=~ist-', sort: '-name' }, ['list-c', 'list-b', 'list-a']],
      [{ q: 'name={list-a list-c}' }, ['list-a', 'list-c']],
      [{ name: 'list-', public: true }, ['list-b']],
      [{ name: 'list-', owner: 'carol' }, ['list-c']],
      [{ name: 'list-', owner: 'nobody' }, []],
      [{ name: 'list-', sort: 'creation_time', page: 2, page_size: 2 }, ['list-c']],
    ])('are found by %o', async (query, expected) => {
      expect(await names(query)).toEqual(expected);
    });

    it('are those that the caller may see', async () => {
      expect(await names({ name: 'list-' }, carol)).toEqual(['list-b', 'list-c']);
      expect(await names({ name: 'list-' }, registry.anonymous)).toEqual(['list-b']);
    });

    it('are looked for by their names', async () => {
      const head = async (project_name: string, client = admin) =>
        (await harbor.call(client, 'headProject', { query: { project_name } })).status;
      expect(await head('list-a')).toBe(200);
      expect(await head('nowhere')).toBe(404);
      expect(await head('list-a', registry.anonymous)).toBe(401);
    });
  });
});
