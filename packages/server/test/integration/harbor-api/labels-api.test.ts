import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ENGINES } from '../support/engines.ts';
import { type OpenRegistry, openRegistry } from '../support/open-registry.ts';
import type { RegistryClient } from '../support/registry-client.ts';
import { sampleImage } from '../support/sample-content.ts';
import { HarborCaller } from './harbor-caller.ts';

const NO_ID = 987_654_321;
type Named = { readonly name: string };

describe.each(ENGINES)("Harbor's labels on %s", (engine) => {
  let registry: OpenRegistry;
  let harbor: HarborCaller;
  let lead: RegistryClient;
  let guest: RegistryClient;
  let carol: RegistryClient;
  let team: number;
  let other: number;
  beforeAll(async () => {
    registry = await openRegistry({ engine });
    harbor = await HarborCaller.open();
    [lead, guest, carol] = [
      await registry.createUser('lead'),
      await registry.createUser('guest'),
      await registry.createUser('carol'),
    ];
    team = await open('team');
    other = await open('other');
    for (const [username, role_id] of [
      ['lead', 1],
      ['guest', 3],
    ] as const) {
      const body = { role_id, member_user: { username } };
      await harbor.call(registry.admin, 'createProjectMember', { params: { project_name_or_id: 'team' }, body });
    }
  });
  afterAll(() => registry.close());

  const open = async (project_name: string) => {
    await registry.admin.createProject(project_name);
    const params = { project_name_or_id: project_name };
    return Number((await harbor.call(registry.admin, 'getProject', { params })).json.project_id);
  };
  const post = (body: object, client = registry.admin) => harbor.call(client, 'CreateLabel', { body });
  const create = async (name: string, more: object = { scope: 'g' }, client = registry.admin) => {
    const { status, text, headers } = await post({ name, ...more }, client);
    expect([status, text]).toEqual([201, '']);
    return Number(headers.location?.split('/').at(-1));
  };
  const get = (label_id: number, client = registry.admin) =>
    harbor.call(client, 'GetLabelByID', { params: { label_id } });
  const update = (label_id: number, body: object, client = registry.admin) =>
    harbor.call(client, 'UpdateLabel', { params: { label_id }, body });
  const remove = (label_id: number, client = registry.admin) =>
    harbor.call(client, 'DeleteLabel', { params: { label_id } });
  const list = (query: Record<string, string | number>, client = registry.admin) =>
    harbor.call(client, 'ListLabels', { query });
  const namesOf = (json: readonly Named[]) => json.map(({ name }) => name);

  it('of the registry are made by administrators, and read by everybody who is signed in', async () => {
    const settings = { description: 'what for', color: '#0072A3' };
    const id = await create('stable', { scope: 'g', ...settings });
    expect((await get(id)).json).toMatchObject({ id, name: 'stable', scope: 'g', project_id: 0, ...settings });
    expect(namesOf((await list({ scope: 'g' }, carol)).json)).toContain('stable');
    expect((await list({ scope: 'g' }, registry.anonymous)).status).toBe(401);
    expect((await post({ name: 'hers', scope: 'g' }, carol)).status).toBe(403);
    expect((await post({ name: 'hers', scope: 'g' }, lead)).status).toBe(403);
    expect((await post({ name: 'hers', scope: 'g' }, registry.anonymous)).status).toBe(401);
    expect((await get(id, carol)).status).toBe(403);
    expect((await get(NO_ID, carol)).status).toBe(403);
    expect((await get(NO_ID)).status).toBe(404);
  });

  it('of a project are its members’', async () => {
    const scope = { scope: 'p', project_id: team };
    const id = await create('of-team', scope, lead);
    expect((await get(id, lead)).json).toMatchObject({ name: 'of-team', scope: 'p', project_id: team });
    expect((await get(id, guest)).status).toBe(200);
    expect((await get(id, carol)).status).toBe(403);
    expect((await update(id, { name: 'renamed' }, guest)).status).toBe(403);
    expect((await post({ name: 'theirs', ...scope }, guest)).status).toBe(403);
    expect((await post({ name: 'theirs', ...scope }, carol)).status).toBe(403);
    expect((await post({ name: 'theirs', scope: 'p', project_id: other }, lead)).status).toBe(403);
    expect(namesOf((await list(scope, guest)).json)).toContain('of-team');
    expect((await list(scope, carol)).status).toBe(403);
    expect((await list({ scope: 'p', project_id: NO_ID }, carol)).status).toBe(403);
    expect((await list({ scope: 'p', project_id: NO_ID })).status).toBe(404);
    expect((await remove(id, guest)).status).toBe(403);
    expect((await remove(id, lead)).status).toBe(200);
  });

  it.each([
    ['no name', { name: '', scope: 'g' }, 400],
    ['blanks for a name', { name: '  ', scope: 'g' }, 400],
    ['a name that is too long', { name: 'x'.repeat(129), scope: 'g' }, 400],
    ['a color in words', { name: 'x', scope: 'g', color: 'red' }, 400],
    ['a description that is too long', { name: 'x', scope: 'g', description: 'x'.repeat(1_025) }, 400],
    ['no scope', { name: 'x' }, 400],
    ['a scope that there is not', { name: 'x', scope: 'w' }, 400],
    ['no project', { name: 'x', scope: 'p' }, 400],
    ['a project that there is not', { name: 'x', scope: 'p', project_id: NO_ID }, 404],
    ['a number for a name', { name: 7, scope: 'g' }, 422],
  ])('are not made with %s', async (_what, body, status) => {
    expect((await post(body)).status).toBe(status);
  });

  it('have names that are unique in their scope', async () => {
    const id = await create('twice');
    expect((await post({ name: 'twice', scope: 'g' })).status).toBe(409);
    await create('twice', { scope: 'p', project_id: team });
    await create('twice', { scope: 'p', project_id: other });
    const once = await create('once');
    expect((await update(once, { name: 'twice' })).status).toBe(409);
    expect((await update(once, { name: 'once', description: 'more' })).status).toBe(200);
    expect((await remove(id)).status).toBe(200);
    expect((await remove(id)).status).toBe(404);
    expect((await update(id, { name: 'gone' })).status).toBe(404);
    expect((await update(once, { name: 'twice' })).status).toBe(200);
    const many = await Promise.all(Array.from({ length: 5 }, () => post({ name: 'rushed', scope: 'g' })));
    expect(many.map(({ status }) => status).toSorted()).toEqual([201, 409, 409, 409, 409]);
  });

  it('are changed, and stay in their scope', async () => {
    const id = await create('changing', { scope: 'g', color: '#000000', description: 'first' });
    expect((await update(id, { name: 'changed', scope: 'p', project_id: team })).status).toBe(200);
    const expected = { name: 'changed', scope: 'g', color: '#000000', description: 'first' };
    expect((await get(id)).json).toMatchObject(expected);
    expect((await update(id, { name: 'changed', color: 'blue' })).status).toBe(400);
    expect((await update(id, { name: '' })).status).toBe(400);
    expect((await update(id, { name: 'changed', color: '', description: '' })).status).toBe(200);
    expect((await get(id)).json).toMatchObject({ color: '', description: '' });
    expect((await update(id, { name: 'x' }, carol)).status).toBe(403);
    expect((await update(id, { name: 'x' }, registry.anonymous)).status).toBe(401);
  });

  it.each([
    [{ name: 'page-' }, ['page-c', 'page-b', 'page-a']],
    [{ name: 'PAGE-B' }, ['page-b']],
    [{ q: 'name=page-a' }, ['page-a']],
    [{ q: 'name=~age-', sort: 'name' }, ['page-a', 'page-b', 'page-c']],
    [{ q: 'name={page-a page-c}', sort: '-name' }, ['page-c', 'page-a']],
    [{ q: 'color=#111111' }, ['page-b']],
    [{ name: 'page-', sort: 'name', page: 2, page_size: 2 }, ['page-c']],
    [{ name: 'nothing' }, []],
  ])('are found by %o', async (query, expected) => {
    const scope = { scope: 'p', project_id: other };
    if ((await list({ ...scope, name: 'page-' })).json.length === 0) {
      for (const [name, color] of [
        ['page-a', ''],
        ['page-b', '#111111'],
        ['page-c', ''],
      ])
        await create(String(name), { ...scope, color });
    }
    expect(namesOf((await list({ ...scope, ...query })).json)).toEqual(expected);
  });

  it.each([
    [{}, 400],
    [{ scope: 'x' }, 400],
    [{ scope: 'p' }, 400],
    [{ scope: 'g', q: 'name' }, 400],
    [{ scope: 'g', sort: 'scope' }, 400],
    [{ scope: 'g', page: 0 }, 422],
    [{ scope: 'p', project_id: 'x' }, 422],
  ])('are not listed by %o', async (query, status) => {
    expect((await list(query as Record<string, string>)).status).toBe(status);
  });

  describe('on artifacts', () => {
    const of = (reference = 'v1', repository = 'app') => ({
      project_name: 'team',
      repository_name: repository,
      reference,
    });
    const add = (id: number, client = registry.admin, params = of()) =>
      harbor.call(client, 'addLabel', { params, body: { id } });
    const take = (label_id: number, client = registry.admin, params = of()) =>
      harbor.call(client, 'removeLabel', { params: { ...params, label_id } });
    const shown = async (params = of()) =>
      namesOf(
        (await harbor.call(registry.admin, 'getArtifact', { params, query: { with_label: true } })).json.labels ?? [],
      );
    const found = async (q: string) => {
      const params = { project_name_or_id: 'team' };
      const query = { q, with_label: true };
      return (await harbor.call(registry.admin, 'listArtifactsOfProject', { params, query })).json;
    };
    let ours: number;
    let global: number;
    beforeAll(async () => {
      ours = await create('ours', { scope: 'p', project_id: team });
      global = await create('global');
      await registry.admin.pushImage('team/app', 'v1', sampleImage());
      await registry.admin.pushImage('team/app', 'v2', sampleImage());
    });

    it('are put on, shown, and taken off', async () => {
      expect((await add(ours)).status).toBe(200);
      expect((await add(ours)).status).toBe(409);
      expect((await add(global, lead)).status).toBe(200);
      expect(await shown()).toEqual(['global', 'ours']);
      const plain = await harbor.call(registry.admin, 'getArtifact', { params: of() });
      expect(plain.json.labels).toBeUndefined();
      const page = await harbor.call(registry.admin, 'listArtifacts', {
        params: { project_name: 'team', repository_name: 'app' },
        query: { with_label: true, sort: 'id' },
      });
      expect(page.json.map(({ labels }: { labels?: readonly Named[] }) => namesOf(labels ?? []))).toEqual([
        ['global', 'ours'],
        [],
      ]);
      expect((await take(global)).status).toBe(200);
      expect((await take(global)).status).toBe(404);
      expect(await shown()).toEqual(['ours']);
    });

    it('find them', async () => {
      expect((await add(global, registry.admin, of('v2'))).status).toBe(200);
      const tagsOf = (json: readonly { readonly tags: readonly Named[] }[]) =>
        json.flatMap(({ tags }) => namesOf(tags)).toSorted();
      expect(tagsOf(await found(`labels=${ours}`))).toEqual(['v1']);
      expect(tagsOf(await found(`labels=(${global})`))).toEqual(['v2']);
      expect(tagsOf(await found(`labels=(${ours} ${global})`))).toEqual([]);
      await add(ours, registry.admin, of('v2'));
      expect(tagsOf(await found(`labels=(${ours} ${global})`))).toEqual(['v2']);
      expect(tagsOf(await found(`labels=${ours}`))).toEqual(['v1', 'v2']);
      expect(tagsOf(await found(`labels=${NO_ID}`))).toEqual([]);
    });

    it('are of the registry or of the project, put on by who may', async () => {
      const foreign = await create('foreign', { scope: 'p', project_id: other });
      expect((await add(foreign)).status).toBe(404);
      expect((await add(NO_ID)).status).toBe(404);
      expect((await add(ours, registry.admin, of('nothing'))).status).toBe(404);
      expect((await add(ours, registry.admin, of('v1', 'nothing'))).status).toBe(404);
      expect((await add(ours, guest)).status).toBe(403);
      expect((await add(ours, carol)).status).toBe(403);
      expect((await add(ours, registry.anonymous)).status).toBe(401);
      expect((await take(ours, guest)).status).toBe(403);
      expect((await take(foreign)).status).toBe(404);
      expect((await take(ours, registry.anonymous)).status).toBe(401);
      const without = await harbor.call(registry.admin, 'addLabel', { params: of(), body: {} });
      expect(without.status).toBe(400);
    });

    it('stay when a tag moves, and go with the label or the artifact', async () => {
      const moving = await create('moving');
      await registry.admin.pushImage('team/app', 'moved', sampleImage());
      expect((await add(moving, registry.admin, of('moved'))).status).toBe(200);
      const { json } = await harbor.call(registry.admin, 'getArtifact', { params: of('moved') });
      await registry.admin.pushImage('team/app', 'moved', sampleImage());
      expect(await shown(of('moved'))).toEqual([]);
      expect(await shown(of(json.digest))).toEqual(['moving']);
      const rows = async () =>
        (await registry.store.rows('artifact_labels')).filter((row) => Number(row['label_id']) === moving).length;
      expect(await rows()).toBe(1);
      await harbor.call(registry.admin, 'deleteArtifact', { params: of(json.digest) });
      expect(await rows()).toBe(0);
      await add(moving, registry.admin, of('moved'));
      expect((await remove(moving)).status).toBe(200);
      expect(await shown(of('moved'))).toEqual([]);
    });

    it('are a hundred at most', async () => {
      await registry.admin.pushImage('team/app', 'many', sampleImage());
      for (let at = 0; at < 100; at += 1) {
        const id = await create(`many-${at}`, { scope: 'p', project_id: team });
        expect((await add(id, registry.admin, of('many'))).status).toBe(200);
      }
      const last = await create('many-last', { scope: 'p', project_id: team });
      expect((await add(last, registry.admin, of('many'))).status).toBe(400);
      expect(await shown(of('many'))).toHaveLength(100);
    });
  });
});
