import Fastify, { type FastifyInstance, type InjectOptions } from 'fastify';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  insertPlainUser,
  openTestIdentity,
  START_MS,
  type TestIdentity,
} from '../../../../test/in-process/test-identity.ts';
import { ANONYMOUS, type Principal } from '../../../kernel/principal.ts';
import { createProjects, type Projects } from '../../../projects/projects.ts';
import { registerAccessRoutes } from './access-routes.ts';

const BASE = '/api/roadstead/v1';

let test: TestIdentity;
let projects: Projects;
let app: FastifyInstance;
let carol: Principal;
let dave: Principal;
let principal: Principal;
beforeEach(async () => {
  test = await openTestIdentity();
  projects = createProjects({ database: test.database, clock: test.clock });
  for (const name of ['team', 'other']) await projects.create({ name, isPublic: false, actor: test.actor });
  carol = await insertPlainUser(test, 'carol');
  dave = await insertPlainUser(test, 'dave');
  await projects.members.add(
    await projects.get('team'),
    { entity: { kind: 'user', name: 'carol' }, roleId: 2, repositories: '' },
    test.actor,
  );
  principal = test.administrator;
  app = Fastify();
  registerAccessRoutes(app, {
    instanceOf: () => ({ projects, identity: test.identity }),
    actorOf: () => ({ ...test.actor, principal }),
  });
});
afterEach(async () => {
  await app.close();
  await test.close();
});

type Method = 'GET' | 'POST' | 'PUT' | 'DELETE';
const send = (method: Method, path: string, payload?: object) =>
  app.inject({ method, url: `${BASE}${path}`, ...(payload && { payload }) } as InjectOptions);

async function insertRobot(fullName: string, project: string, more: { readonly disabled_at?: number } = {}) {
  const { id } = await projects.get(project);
  const permissions = JSON.stringify([{ scope: id, allow: ['repository:pull'], deny: [] }]);
  const at = { created_at: START_MS, updated_at: START_MS };
  const row = { full_name: fullName, project_id: id, description: '', duration_days: -1, epoch: 1, created_by: '' };
  await test.database.write((tx) =>
    tx
      .insertInto('robots')
      .values({ ...row, permissions, ...at, ...more })
      .execute(),
  );
}

describe('roles over HTTP', () => {
  it('are shown with their permissions, made, changed, and deleted when nobody has them', async () => {
    const body = { name: 'puller', description: 'CI', permissions: ['repository:pull'], id: 4, builtin: true };
    const created = await send('POST', '/roles', body);
    const role = { id: 1001, name: 'puller', description: 'CI', builtin: false, permissions: ['repository:pull'] };
    expect([created.statusCode, created.json(), created.headers.location]).toEqual([201, role, `${BASE}/roles/1001`]);
    expect((await send('POST', '/roles', body)).statusCode).toBe(409);
    principal = dave;
    const { roles, permissions } = (await send('GET', '/roles')).json();
    expect(roles).toHaveLength(6);
    expect(roles.at(-1)).toEqual(role);
    expect(roles[0]).toMatchObject({ id: 1, name: 'projectAdmin', builtin: true });
    expect(permissions).toContain('metadata:list');
    principal = test.administrator;
    const changed = await send('PUT', '/roles/1001', { name: 'p', permissions: ['repository:list'] });
    expect(changed.json()).toEqual({ ...role, name: 'p', description: '', permissions: ['repository:list'] });
    const entity = { kind: 'user', name: 'dave' } as const;
    await projects.members.add(await projects.get('team'), { entity, roleId: 1001, repositories: '' }, test.actor);
    expect((await send('DELETE', '/roles/1001')).statusCode).toBe(412);
    expect((await send('DELETE', '/roles/1001?force=true')).statusCode).toBe(204);
    for (const id of [1, 5, 1000, 1001, 4242]) expect((await send('DELETE', `/roles/${id}`)).statusCode).toBe(404);
    expect((await send('PUT', '/roles/1', { name: 'x', permissions: ['repository:pull'] })).statusCode).toBe(404);
  });

  it.each([
    [{}],
    [{ name: 1, permissions: ['repository:pull'] }],
    [{ name: 'x', permissions: 'repository:pull' }],
    [{ name: 'x', permissions: [1] }],
    [{ name: 'x', permissions: ['repository:pull'], description: 7 }],
    [{ name: 'developer', permissions: ['repository:pull'] }],
    [{ name: 'x', permissions: ['*:*'] }],
  ])('refuse %j', async (body) => {
    expect((await send('POST', '/roles', body)).statusCode).toBe(400);
  });
});

describe('what is for administrators', () => {
  it.each([
    ['POST', '/roles', { name: 'x', permissions: ['repository:pull'] }],
    ['PUT', '/roles/1001', { name: 'x', permissions: ['repository:pull'] }],
    ['DELETE', '/roles/1001'],
    ['GET', '/groups'],
    ['POST', '/groups', { name: 'x' }],
    ['PUT', '/groups/1', { name: 'x' }],
    ['DELETE', '/groups/1'],
    ['GET', '/groups/1/members'],
    ['PUT', '/groups/1/members/carol'],
    ['DELETE', '/groups/1/members/carol'],
  ] as const)('is refused to others: %s %s', async (method, path, body?: object) => {
    const token = { kind: 'access-token', id: 1, userId: 1, name: 'admin', isAdministrator: true } as const;
    for (const [who, status] of [
      [ANONYMOUS, 401],
      [carol, 403],
      [token, 403],
      [{ kind: 'robot', id: 1, name: 'r' }, 403],
    ] as const) {
      principal = who;
      expect((await send(method, path, body)).statusCode).toBe(status);
    }
  });
});

describe('groups over HTTP', () => {
  it('have the members that administrators say', async () => {
    const created = await send('POST', '/groups', { name: 'ops', kind: 'oidc', id: 7 });
    const { id } = created.json();
    expect([created.statusCode, created.json()]).toEqual([201, { id, name: 'ops', kind: 'internal' }]);
    expect((await send('PUT', `/groups/${id}/members/carol`)).statusCode).toBe(204);
    expect((await send('GET', `/groups/${id}/members`)).json()).toEqual([
      { id: carol.kind === 'user' ? carol.id : 0, username: 'carol' },
    ]);
    expect((await send('DELETE', `/groups/${id}/members/carol`)).statusCode).toBe(204);
    expect((await send('GET', `/groups/${id}/members`)).json()).toEqual([]);
    expect((await send('PUT', `/groups/${id}/members/nobody`)).statusCode).toBe(404);
    expect((await send('PUT', '/groups/999/members/carol')).statusCode).toBe(404);
    expect((await send('PUT', `/groups/${id}`, { name: 'operations' })).statusCode).toBe(204);
    const list = await send('GET', '/groups?kind=internal&page_size=1');
    expect([list.json(), list.headers['x-total-count']]).toEqual([[{ id, name: 'operations', kind: 'internal' }], '1']);
    expect((await send('GET', '/groups?kind=oidc')).json()).toEqual([]);
    expect((await send('DELETE', `/groups/${id}`)).statusCode).toBe(204);
    expect((await send('GET', `/groups/${id}/members`)).statusCode).toBe(404);
  });
});

describe('who sees a project', () => {
  it('is set by who may change it', async () => {
    const path = '/projects/team/visibility';
    expect((await send('PUT', path, { visibility: 'internal' })).json()).toEqual({ visibility: 'internal' });
    principal = dave;
    expect((await send('GET', path)).json()).toEqual({ visibility: 'internal' });
    expect((await send('PUT', path, { visibility: 'public' })).statusCode).toBe(403);
    expect((await send('GET', '/projects/other/visibility')).statusCode).toBe(403);
    principal = ANONYMOUS;
    expect((await send('GET', path)).statusCode).toBe(401);
    principal = test.administrator;
    for (const visibility of ['open', 1, null]) expect((await send('PUT', path, { visibility })).statusCode).toBe(400);
    await send('PUT', path, { visibility: 'public' });
    expect(await projects.find('team')).toMatchObject({ isPublic: true, isInternal: false });
    await send('PUT', path, { visibility: 'private' });
    expect(await projects.find('team')).toMatchObject({ isPublic: false, isInternal: false });
  });
});

describe('explain', () => {
  const explain = async (query: string) => {
    const answer = await send('GET', `/access/explain?${query}`);
    return { status: answer.statusCode, ...answer.json() };
  };
  const PULL = 'resource=repository&action=pull';

  it('says which rule it is', async () => {
    principal = carol;
    expect(await explain(`${PULL}&project=team&repository=a/b`)).toEqual({
      status: 200,
      principal: { kind: 'user', name: 'carol', administrator: false },
      permission: 'repository:pull',
      project: 'team',
      repository: 'a/b',
      allowed: true,
      rule: { kind: 'role', role: 'developer', repositories: '' },
      sentence: 'carol may repository:pull in the repository team/a/b: the role developer gives it.',
    });
    expect(await explain('resource=member&action=create&project=team')).toMatchObject({
      allowed: false,
      sentence: 'carol may not member:create in the project team: no rule gives it.',
    });
    expect(await explain('resource=project&action=create')).toMatchObject({
      allowed: true,
      sentence: 'carol may project:create in the registry as a whole: everybody who is signed in may create projects.',
    });
    principal = ANONYMOUS;
    expect(await explain(`${PULL}&project=team`)).toMatchObject({ status: 200, allowed: false });
  });

  it('tells nobody whether a project exists who may not see it', async () => {
    const shown = async (query: string, project: string) =>
      JSON.stringify(await explain(`${query}&project=${project}`)).replaceAll(project, 'PROJECT');
    for (const who of [carol, ANONYMOUS, { kind: 'robot', id: 9, name: 'r' }] as const) {
      principal = who;
      for (const query of [
        PULL,
        `${PULL}&repository=a`,
        'resource=project&action=read',
        `${PULL}&as=user:dave`,
        `${PULL}&as=user:nobody`,
      ]) {
        expect(await shown(query, 'other')).toBe(await shown(query, 'ghost'));
      }
    }
    principal = test.administrator;
    expect(await explain(`${PULL}&project=ghost`)).toMatchObject({ status: 404 });
  });

  it('answers for others to administrators, and to who may list the members there', async () => {
    await insertRobot('team+ci', 'team');
    await insertRobot('team+old', 'team', { disabled_at: START_MS });
    await insertRobot('other+ci', 'other');
    principal = carol;
    expect(await explain(`${PULL}&project=team&as=user:dave`)).toMatchObject({
      allowed: false,
      sentence: 'dave may not repository:pull in the project team: no rule gives it.',
    });
    expect(await explain(`${PULL}&project=team&as=robot:team%2Bci`)).toMatchObject({
      allowed: true,
      sentence: 'robot$team+ci may repository:pull in the project team: it was given in this project.',
    });
    expect(await explain(`${PULL}&project=team&as=robot:robot$team%2Bci`)).toMatchObject({ allowed: true });
    expect(await explain(`${PULL}&project=team&as=robot:team%2Bold`)).toMatchObject({
      allowed: false,
      rule: { kind: 'cannot-sign-in' },
    });
    const foreign = await explain(`${PULL}&project=team&as=robot:other%2Bci`);
    expect(foreign.status).toBe(404);
    expect(await explain(`${PULL}&project=team&as=robot:none`)).toEqual(foreign);
    expect(await explain(`${PULL}&as=user:dave`)).toMatchObject({ status: 403 });
    principal = dave;
    expect(await explain(`${PULL}&project=team&as=user:carol`)).toMatchObject({ status: 403 });
    principal = test.administrator;
    expect(await explain(`${PULL}&project=other&as=robot:other%2Bci`)).toMatchObject({ allowed: true });
    expect(await explain('resource=user&action=list&as=user:dave')).toMatchObject({ allowed: false });
    expect(await explain('resource=user&action=list')).toMatchObject({
      allowed: true,
      rule: { kind: 'administrator' },
    });
  });

  it.each([
    ['resource=repository', 422],
    ['resource=Repository&action=pull', 422],
    ['resource=repository&action=pull&repository=a', 400],
    ['resource=repository&action=pull&project=team&repository=../x', 400],
    ['resource=repository&action=pull&project=team&as=carol', 400],
    ['resource=repository&action=pull&project=team&as=group:x', 400],
  ])('refuses %s with %d', async (query, status) => {
    expect(await explain(query)).toMatchObject({ status });
  });

  it('is of who asks, whom whoami names', async () => {
    expect((await send('GET', '/access/whoami')).json()).toEqual({ kind: 'user', name: 'admin', administrator: true });
    principal = ANONYMOUS;
    expect((await send('GET', '/access/whoami')).statusCode).toBe(401);
  });
});
