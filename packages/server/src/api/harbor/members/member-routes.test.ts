import Fastify, { type FastifyInstance, type InjectOptions } from 'fastify';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { insertPlainUser, openTestIdentity, type TestIdentity } from '../../../../test/in-process/test-identity.ts';
import { ANONYMOUS, type Principal } from '../../../kernel/principal.ts';
import { createProjects, type Projects } from '../../../projects/projects.ts';
import { registerMemberRoutes } from './member-routes.ts';

const BASE = '/api/v2.0/projects';

let test: TestIdentity;
let projects: Projects;
let app: FastifyInstance;
let carol: Principal;
let principal: Principal;
beforeEach(async () => {
  test = await openTestIdentity();
  projects = createProjects({ database: test.database, clock: test.clock });
  for (const name of ['team', 'other']) await projects.create({ name, isPublic: false, actor: test.actor });
  carol = await insertPlainUser(test, 'carol');
  principal = test.administrator;
  app = Fastify();
  registerMemberRoutes(app, { instanceOf: () => ({ projects }), actorOf: () => ({ ...test.actor, principal }) });
});
afterEach(async () => {
  await app.close();
  await test.close();
});

type Method = 'GET' | 'POST' | 'PUT' | 'DELETE';
const send = (method: Method, path: string, payload?: object, headers = {}) =>
  app.inject({ method, url: `${BASE}${path}`, headers, ...(payload && { payload }) } as InjectOptions);

async function addCarol(body: object = {}): Promise<string> {
  const answer = await send('POST', '/team/members', { role_id: 2, member_user: { username: 'carol' }, ...body });
  expect(answer.statusCode, answer.body).toBe(201);
  return String(answer.headers.location);
}

describe('members over HTTP', () => {
  it('are added, shown, changed and removed as in Harbor', async () => {
    const location = await addCarol();
    const { id: projectId } = await projects.get('team');
    expect(location).toMatch(new RegExp(`^${BASE}/${projectId}/members/\\d+$`));
    const path = location.slice(BASE.length);
    const userId = carol.kind === 'user' ? carol.id : 0;
    const shown = {
      id: Number(location.split('/').at(-1)),
      project_id: projectId,
      entity_name: 'carol',
      role_name: 'developer',
      role_id: 2,
      entity_id: userId,
      entity_type: 'u',
    };
    expect((await send('GET', path)).json()).toEqual(shown);
    const list = await send('GET', '/team/members?page=1&page_size=1&entityname=a');
    expect([list.headers['x-total-count'], list.json()[0].entity_name]).toEqual(['2', 'admin']);
    expect(list.headers.link).toContain('rel="next"');
    const changed = await send('PUT', path, { role_id: 4 });
    expect([changed.statusCode, changed.body]).toEqual([200, '']);
    expect((await send('GET', path)).json()).toMatchObject({ role_id: 4, role_name: 'maintainer' });
    const removed = await send('DELETE', path, undefined, { 'content-type': 'application/json' });
    expect([removed.statusCode, removed.body]).toEqual([200, '']);
    for (const method of ['GET', 'DELETE'] as const) expect((await send(method, path)).statusCode).toBe(404);
  });

  it('may be members of some repositories', async () => {
    const path = (await addCarol({ repositories: 'app/*' })).slice(BASE.length);
    expect((await send('GET', path)).json()).toMatchObject({ repositories: 'app/*' });
    await send('PUT', path, { role_id: 3 });
    expect((await send('GET', path)).json()).toMatchObject({ role_id: 3, repositories: 'app/*' });
    await send('PUT', path, { role_id: 3, repositories: null });
    expect((await send('PUT', path, { role_id: 3, repositories: [] })).statusCode).toBe(422);
    expect((await send('GET', path)).json()).toMatchObject({ role_id: 3, repositories: 'app/*' });
    await send('PUT', path, { role_id: 3, repositories: '' });
    expect((await send('GET', path)).json()).not.toHaveProperty('repositories');
  });

  it.each([
    [{ role_id: 9, member_user: { username: 'carol' } }, 400],
    [{ member_user: { username: 'carol' } }, 400],
    [{ role_id: 'x', member_user: { username: 'carol' } }, 422],
    [{ role_id: true, member_user: { username: 'carol' } }, 422],
    [{ role_id: 2 }, 400],
    [{ role_id: 2, member_user: {}, member_group: {} }, 400],
    [{ role_id: 2, member_user: { user_id: 999_999 } }, 400],
    [{ role_id: 2, member_user: { user_id: 1.5 } }, 422],
    [{ role_id: 2, member_group: { group_name: 'x', group_type: 9 } }, 400],
    [{ role_id: 2, member_user: { username: 'nobody' } }, 404],
    [{ role_id: 2, member_user: { username: 'admin' } }, 409],
    [{ role_id: 2, member_user: { username: 'a\0b' } }, 422],
    [{ role_id: 2, member_user: 'carol' }, 422],
    [{ role_id: 2, member_user: { username: 'carol' }, repositories: 'A' }, 400],
  ])('refuse %j with %d', async (body, status) => {
    const answer = await send('POST', '/team/members', body);
    expect([answer.statusCode, answer.json().errors.length]).toEqual([status, 1]);
    const { id } = await projects.get('team');
    const project = { ...(await projects.get('team')), id };
    expect((await projects.members.list({ project, page: 1, pageSize: 9 })).total).toBe(1);
  });

  it('take no field that only the server sets', async () => {
    const { id } = await projects.get('other');
    const path = (await addCarol({ id: 77, project_id: id, entity_id: 1, created_at: 5 })).slice(BASE.length);
    await send('PUT', path, { role_id: 3, project_id: id, entity_id: 1, user_id: 1, member_user: { user_id: 1 } });
    expect((await send('GET', path)).json()).toMatchObject({ entity_name: 'carol', role_id: 3 });
    expect((await send('GET', '/other/members')).headers['x-total-count']).toBe('1');
  });

  it('of another project are as those that do not exist, and so are projects (invariant 13)', async () => {
    const id = Number((await addCarol()).split('/').at(-1));
    const shown = async (method: Method, path: string) => {
      const { statusCode, body, headers } = await send(method, path, method === 'PUT' ? { role_id: 1 } : undefined);
      return [statusCode, body, headers['content-length']];
    };
    for (const method of ['GET', 'PUT', 'DELETE'] as const) {
      expect(await shown(method, `/other/members/${id}`)).toEqual(await shown(method, '/other/members/999999'));
    }
    const dave = await insertPlainUser(test, 'dave');
    for (const [who, status] of [
      [ANONYMOUS, 401],
      [dave, 403],
      [{ kind: 'robot', id: 1, name: 'r' }, 403],
    ] as const) {
      principal = who;
      for (const method of ['GET', 'PUT', 'DELETE'] as const) {
        const foreign = await shown(method, `/team/members/${id}`);
        expect(foreign[0]).toBe(status);
        expect(await shown(method, `/team/members/999999`)).toEqual(foreign);
        expect(await shown(method, `/ghost/members/${id}`)).toEqual(foreign);
      }
      const list = await shown('GET', '/team/members');
      expect(list[0]).toBe(status);
      expect(await shown('GET', '/ghost/members')).toEqual(list);
    }
  });

  it('are for their roles to see and to change', async () => {
    const path = (await addCarol()).slice(BASE.length);
    principal = carol;
    const statuses = async () => {
      const answers = [
        await send('GET', '/team/members'),
        await send('GET', path),
        await send('POST', '/team/members', { role_id: 5, member_user: { username: 'carol' }, repositories: 'x' }),
        await send('PUT', path, { role_id: 1 }),
      ];
      return answers.map(({ statusCode }) => statusCode);
    };
    expect(await statuses()).toEqual([200, 200, 403, 403]);
    const { id } = await projects.get('team');
    const project = { ...(await projects.get('team')), id };
    const own = Number(path.split('/').at(-1));
    await projects.members.change(project, own, { roleId: 5, repositories: undefined }, test.actor);
    expect(await statuses()).toEqual([403, 403, 403, 403]);
    await projects.members.change(project, own, { roleId: 1, repositories: undefined }, test.actor);
    expect(await statuses()).toEqual([200, 200, 201, 200]);
  });
});
