import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ENGINES } from '../support/engines.ts';
import { type OpenRegistry, openRegistry } from '../support/open-registry.ts';
import type { RegistryClient } from '../support/registry-client.ts';
import { HarborCaller } from './harbor-caller.ts';

const NO_ID = 987_654_321;
const PULL = { resource: 'repository', action: 'pull' };

describe.each(ENGINES)("Harbor's robots on %s", (engine) => {
  let registry: OpenRegistry;
  let harbor: HarborCaller;
  let carol: RegistryClient;
  beforeAll(async () => {
    registry = await openRegistry({ engine });
    harbor = await HarborCaller.open();
    carol = await registry.createUser('carol');
    await registry.admin.createProject('team');
    await registry.admin.createProject('other');
  });
  afterAll(() => registry.close());

  const of = (namespace: string, ...access: object[]) => [
    { kind: 'project', namespace, access: access.length === 0 ? [PULL] : access },
  ];
  const bodyOf = (name: string, more: object = {}) => ({
    name,
    level: 'project',
    duration: 7,
    description: 'what for',
    permissions: of('team'),
    ...more,
  });
  const post = (body: object, client = registry.admin) => harbor.call(client, 'CreateRobot', { body });
  const create = async (name: string, more: object = {}) => {
    const { status, text, json } = await post(bodyOf(name, more));
    expect([status, status === 201 ? '' : text]).toEqual([201, '']);
    return json;
  };
  const get = (robot_id: number, client = registry.admin) =>
    harbor.call(client, 'GetRobotByID', { params: { robot_id } });
  const list = (query: Record<string, string | number>) => harbor.call(registry.admin, 'ListRobot', { query });

  it('are made with a secret that is shown once', async () => {
    const made = await create('builder');
    expect(made).toMatchObject({ name: 'robot$team+builder', secret: expect.stringMatching(/^.{8,}$/) });
    const { json } = await get(made.id);
    expect(json).toMatchObject({
      ...{ id: made.id, name: 'robot$team+builder', level: 'project', duration: 7, disable: false, editable: true },
      ...{ description: 'what for', creator_type: 'local', permissions: [{ kind: 'project', namespace: 'team' }] },
    });
    expect(json.secret ?? '').toBe('');
    const robot = registry.clientOf({ username: made.name, password: made.secret });
    expect((await robot.get('/v2/team/app/tags/list')).status).toBe(404);
    expect((await robot.get('/v2/other/app/tags/list')).status).toBe(403);
  });

  it.each([
    ['no name', { name: '' }, 400],
    ['a capital in its name', { name: 'Builder' }, 400],
    ['a level that there is not', { level: 'world' }, 400],
    ['no permission', { permissions: [] }, 400],
    ['a resource that there is not', { permissions: of('team', { resource: 'moon', action: 'read' }) }, 400],
    ['an action that there is not', { permissions: of('team', { resource: 'repository', action: 'fly' }) }, 400],
    ['two projects', { permissions: [...of('team'), ...of('other')] }, 400],
    ['a project that there is not', { permissions: of('nowhere') }, 404],
    ['no days', { duration: 0 }, 400],
    ['days before yesterday', { duration: -2 }, 400],
    ['a text for days', { duration: '7' }, 422],
    ['a secret that is too weak', { secret: 'weak' }, 400],
  ])('are not made with %s', async (_what, more, status) => {
    expect((await post(bodyOf('wrong', more))).status).toBe(status);
  });

  it('are made once, by who may make robots there', async () => {
    await create('once');
    expect((await post(bodyOf('once'))).status).toBe(409);
    expect((await post(bodyOf('theirs'), carol)).status).toBe(403);
    expect((await post(bodyOf('theirs'), registry.anonymous)).status).toBe(401);
    expect((await post(bodyOf('theirs', { level: 'system' }), carol)).status).toBe(403);
  });

  it('of the system reach into many projects', async () => {
    const made = await create('wide', { level: 'system', permissions: [...of('team'), ...of('other')] });
    expect(made.name).toBe('robot$wide');
    const { json } = await get(made.id);
    expect(json.permissions.map(({ namespace }: { namespace: string }) => namespace).toSorted()).toEqual([
      'other',
      'team',
    ]);
    expect((await get(made.id, carol)).status).toBe(403);
    expect((await get(NO_ID)).status).toBe(404);
  });

  it('are listed, filtered, sorted and paged', async () => {
    for (const name of ['list-a', 'list-b', 'list-c']) await create(name, { level: 'system' });
    const names = async (query: Record<string, string | number>) =>
      (await list(query)).json.map(({ name }: { name: string }) => name);
    expect(await names({ q: 'name=~list-', sort: '-name' })).toEqual(['robot$list-c', 'robot$list-b', 'robot$list-a']);
    expect(await names({ q: 'name={list-a list-c}' })).toEqual(['robot$list-a', 'robot$list-c']);
    const page = await list({ q: 'name=~list-', sort: 'name', page: 2, page_size: 2 });
    expect([page.headers['x-total-count'], page.json[0].name]).toEqual(['3', 'robot$list-c']);
    const { text } = await registry.admin.get('/api/v2.0/projects/team');
    const ofTeam = await list({ q: `Level=project,ProjectID=${JSON.parse(text).project_id}` });
    expect(ofTeam.json.every(({ level }: { level: string }) => level === 'project')).toBe(true);
    expect((await harbor.call(carol, 'ListRobot')).status).toBe(403);
    expect((await harbor.call(registry.anonymous, 'ListRobot')).status).toBe(401);
    expect((await list({ q: 'secret=~a' })).status).toBe(200);
  });

  it('are changed, and switched off', async () => {
    const made = await create('changing');
    const robot = registry.clientOf({ username: made.name, password: made.secret });
    const { json: before } = await get(made.id);
    const put = (body: object, client = registry.admin, robot_id = made.id) =>
      harbor.call(client, 'UpdateRobot', { params: { robot_id }, body });
    expect((await put({ ...before, description: 'other', disable: true })).status).toBe(200);
    expect((await get(made.id)).json).toMatchObject({ description: 'other', disable: true });
    expect((await robot.get('/service/token?service=harbor-registry')).status).toBe(401);
    expect((await put({ ...before, disable: false })).status).toBe(200);
    expect((await robot.get('/service/token?service=harbor-registry')).status).toBe(200);
    expect((await put({ ...before, level: 'system' })).status).toBe(400);
    expect((await put({ ...before, name: 'renamed' })).status).toBe(400);
    expect((await put({ ...before, permissions: of('team', { resource: 'moon', action: 'x' }) })).status).toBe(400);
    expect((await put(before, carol)).status).toBe(403);
    expect((await put({ ...before, id: NO_ID }, registry.admin, NO_ID)).status).toBe(404);
  });

  it('get other secrets', async () => {
    const made = await create('secretive');
    const refresh = (body: object, client = registry.admin, robot_id = made.id) =>
      harbor.call(client, 'RefreshSec', { params: { robot_id }, body });
    const next = (await refresh({})).json.secret;
    expect(next).not.toBe(made.secret);
    const asks = async (password: string) =>
      (await registry.clientOf({ username: made.name, password }).get('/service/token?service=harbor-registry')).status;
    expect([await asks(made.secret), await asks(next)]).toEqual([401, 200]);
    expect((await refresh({ secret: 'Chosen-secret-12' })).status).toBe(200);
    expect(await asks('Chosen-secret-12')).toBe(200);
    expect((await refresh({ secret: 'weak' })).status).toBe(400);
    expect((await refresh({}, carol)).status).toBe(403);
    expect((await refresh({}, registry.admin, NO_ID)).status).toBe(404);
  });

  it('go', async () => {
    const made = await create('going');
    const remove = (client: RegistryClient, robot_id = made.id) =>
      harbor.call(client, 'DeleteRobot', { params: { robot_id } });
    expect((await remove(carol)).status).toBe(403);
    expect((await remove(registry.anonymous)).status).toBe(401);
    expect((await remove(registry.admin)).status).toBe(200);
    expect((await remove(registry.admin)).status).toBe(404);
    const robot = registry.clientOf({ username: made.name, password: made.secret });
    expect((await robot.get('/service/token?service=harbor-registry')).status).toBe(401);
  });
});
