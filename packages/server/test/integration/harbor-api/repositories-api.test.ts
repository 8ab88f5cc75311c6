import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ENGINES } from '../support/engines.ts';
import { type OpenRegistry, openRegistry } from '../support/open-registry.ts';
import type { RegistryClient } from '../support/registry-client.ts';
import { describeManifest, sampleImage, sampleIndex } from '../support/sample-content.ts';
import { HarborCaller } from './harbor-caller.ts';

describe.each(ENGINES)("Harbor's repositories on %s", (engine) => {
  let registry: OpenRegistry;
  let harbor: HarborCaller;
  let admin: RegistryClient;
  let carol: RegistryClient;
  let guest: RegistryClient;
  beforeAll(async () => {
    registry = await openRegistry({ engine });
    harbor = await HarborCaller.open();
    admin = registry.admin;
    carol = await registry.createUser('carol');
    guest = await registry.createUser('guest');
    await admin.createProject('team');
    await admin.createProject('open', true);
    for (const name of ['team/app', 'team/app/deep', 'team/base', 'team/tools', 'open/tool']) {
      await admin.pushImage(name, 'v1', sampleImage());
    }
    await admin.pushImage('team/app', 'v2', sampleImage());
    const body = { role_id: 3, member_user: { username: 'guest' } };
    await harbor.call(admin, 'createProjectMember', { params: { project_name_or_id: 'team' }, body });
  });
  afterAll(async () => {
    console.info(`${harbor.count} answers as Harbor's contract has them`);
    await registry?.close();
  });

  const inTeam = { project_name: 'team' };
  const of = (repository_name: string) => ({ ...inTeam, repository_name });
  const list = (query: Record<string, string | number> = {}, client = admin) =>
    harbor.call(client, 'listRepositories', { params: inTeam, query });
  const namesOf = (answer: { readonly json: readonly { readonly name: string }[] }) =>
    answer.json.map(({ name }) => name);
  const get = (name: string, client = admin) => harbor.call(client, 'getRepository', { params: of(name) });

  describe('a list', () => {
    it('has those of a project, with what they hold', async () => {
      const all = await list();
      expect(namesOf(all)).toEqual(['team/app', 'team/app/deep', 'team/base', 'team/tools']);
      expect(all.json[0]).toMatchObject({ artifact_count: 2, pull_count: 0, description: '' });
      expect(all.headers['x-total-count']).toBe('4');
    });

    it.each([
      [{ q: 'name=team/base' }, ['team/base']],
      [{ q: 'name=~APP' }, ['team/app', 'team/app/deep']],
      [{ q: 'name={team/base team/tools}' }, ['team/base', 'team/tools']],
      [{ q: 'unknown=1', page_size: 1 }, ['team/app']],
      [{ sort: '-name', page_size: 2 }, ['team/tools', 'team/base']],
      [{ page: 2, page_size: 3 }, ['team/tools']],
      [{ page: 9 }, []],
      [{ sort: 'creation_time', page_size: 1 }, ['team/app']],
      [{ q: 'creation_time=[2001-01-01~2002-01-01]' }, []],
    ])('with %o', async (query, names) => {
      expect(namesOf(await list(query as Record<string, string | number>))).toEqual(names);
    });

    it.each([
      [{ q: 'name' }, 400],
      [{ q: 'name=(a b)' }, 400],
      [{ sort: 'artifacts' }, 400],
      [{ page: 0 }, 422],
      [{ page_size: 101 }, 422],
    ])('refuses %o', async (query, status) => {
      expect((await list(query as Record<string, string | number>)).status).toBe(status);
    });

    it('is for who may see it', async () => {
      expect((await list({}, guest)).status).toBe(200);
      expect((await list({}, carol)).status).toBe(403);
      expect((await list({}, registry.anonymous)).status).toBe(401);
      const missing = { params: { project_name: 'nothing' } };
      expect((await harbor.call(admin, 'listRepositories', missing)).status).toBe(404);
      expect((await harbor.call(carol, 'listRepositories', missing)).status).toBe(403);
    });

    it('of all projects has what somebody may pull', async () => {
      const all = async (client: RegistryClient, q = '') =>
        namesOf(await harbor.call(client, 'listAllRepositories', { query: { q, page_size: 100 } }));
      expect(await all(registry.anonymous)).toEqual(['open/tool']);
      expect(await all(carol)).toEqual(['open/tool']);
      expect((await all(guest)).length).toBe(5);
      expect(await all(admin, 'name=~tool')).toEqual(['open/tool', 'team/tools']);
    });

    it('has the repositories of a project that somebody has a role on', async () => {
      const dave = await registry.createUser('dave');
      const body = { role_id: 3, member_user: { username: 'dave' }, repositories: 'base' };
      await harbor.call(admin, 'createProjectMember', { params: { project_name_or_id: 'team' }, body });
      expect(namesOf(await list({}, dave))).toEqual(['team/base']);
      expect((await get('base', dave)).status).toBe(200);
      expect((await get('app', dave)).status).toBe(403);
    });
  });

  it('are shown one by one', async () => {
    const { json } = await get('app/deep');
    expect(json).toMatchObject({ name: 'team/app/deep', artifact_count: 1 });
    expect((await get('app%2Fdeep')).json.name).toBe('team/app/deep');
    expect((await get('nothing')).status).toBe(404);
    expect((await get('app', carol)).status).toBe(403);
    expect((await get('app', registry.anonymous)).status).toBe(401);
  });

  it('have a description', async () => {
    const update = (description: unknown, client = admin, name = 'tools') =>
      harbor.call(client, 'updateRepository', { params: of(name), body: { description } });
    expect((await update('# Tools\n\nfor all')).status).toBe(200);
    expect((await get('tools')).json.description).toBe('# Tools\n\nfor all');
    expect(namesOf(await list({ q: 'description=~FOR ALL' }))).toEqual(['team/tools']);
    expect((await update('x', guest)).status).toBe(403);
    expect((await update('x', registry.anonymous)).status).toBe(401);
    expect((await update('x', admin, 'nothing')).status).toBe(404);
    expect((await update(7)).status).toBe(422);
    expect((await update('x'.repeat(65_537))).status).toBeGreaterThanOrEqual(400);
    expect((await update('')).status).toBe(200);
    expect((await get('tools')).json.description).toBe('');
  });

  describe('deleted', () => {
    const remove = (name: string, client = admin) => harbor.call(client, 'deleteRepository', { params: of(name) });

    it('are gone with all that they held, which can be restored', async () => {
      const [one, other] = [sampleImage(), sampleImage()];
      const index = sampleIndex([one, other].map(describeManifest));
      for (const image of [one, other]) await admin.pushImage('team/gone', image.digest, image);
      await admin.putManifest('team/gone', 'all', index);
      for (let tag = 0; tag < 5; tag += 1) await admin.pushImage('team/gone', `v${tag}`, sampleImage());
      expect((await remove('gone', guest)).status).toBe(403);
      expect((await remove('gone')).status).toBe(200);
      expect((await get('gone')).status).toBe(404);
      expect((await remove('gone')).status).toBe(404);
      expect((await admin.get('/v2/team/gone/manifests/all')).status).toBe(404);
      expect(namesOf(await list())).not.toContain('team/gone');
      const trash = await admin.get('/api/roadstead/v1/projects/team/trash?page_size=100');
      expect(trash.text).toContain(index.digest);
      await admin.pushImage('team/gone', 'again', sampleImage());
      expect((await get('gone')).json).toMatchObject({ artifact_count: 1, description: '' });
      expect((await remove('gone')).status).toBe(200);
    });

    it('are not while a rule keeps one of their tags, and then all of it stays', async () => {
      await admin.pushImage('team/kept', 'v1', sampleImage());
      await admin.pushImage('team/kept', 'old', sampleImage());
      const selector = { kind: 'doublestar', decoration: 'matches', pattern: 'v*' };
      const repository = [{ kind: 'doublestar', decoration: 'repoMatches', pattern: 'kept' }];
      const rule = {
        action: 'immutable',
        template: 'immutable_template',
        tag_selectors: [selector],
        scope_selectors: { repository },
      };
      const made = await harbor.call(admin, 'CreateImmuRule', { params: { project_name_or_id: 'team' }, body: rule });
      expect(made.status, made.text).toBe(201);
      expect((await remove('kept')).status).toBe(412);
      expect((await get('kept')).json.artifact_count).toBe(2);
    });
  });
});
