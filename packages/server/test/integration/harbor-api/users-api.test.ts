import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ENGINES } from '../support/engines.ts';
import { type OpenRegistry, openRegistry } from '../support/open-registry.ts';
import type { RegistryClient } from '../support/registry-client.ts';
import { HarborCaller } from './harbor-caller.ts';

const PASSWORD = 'Correct-horse-10';
const NO_ID = 987_654_321;

describe.each(ENGINES)("Harbor's users on %s", (engine) => {
  let registry: OpenRegistry;
  let harbor: HarborCaller;
  let carol: RegistryClient;
  beforeAll(async () => {
    registry = await openRegistry({ engine });
    harbor = await HarborCaller.open();
    carol = await registry.createUser('carol');
    for (const name of ['dora', 'dirk', 'emil']) await create(name);
  });
  afterAll(() => registry.close());

  const bodyOf = (username: string) => ({
    username,
    password: PASSWORD,
    realname: `Name of ${username}`,
    email: `${username}@example.com`,
  });
  const post = (body: object, client = registry.admin) => harbor.call(client, 'createUser', { body });
  const create = async (username: string) => {
    const made = await post(bodyOf(username));
    expect(made.status).toBe(201);
    return Number(made.headers.location?.split('/').at(-1));
  };
  const get = (user_id: number, client = registry.admin) => harbor.call(client, 'getUser', { params: { user_id } });
  const list = async (query: Record<string, string | number>) => harbor.call(registry.admin, 'listUsers', { query });
  const names = async (query: Record<string, string | number>) =>
    (await list(query)).json.map(({ username }: { username: string }) => username);
  const currentOf = async (client: RegistryClient) => (await harbor.call(client, 'getCurrentUserInfo')).json;

  it('are made, and read by administrators and by themselves', async () => {
    const user_id = await create('frida');
    const frida = registry.clientOf({ username: 'frida', password: PASSWORD });
    const { json } = await get(user_id);
    expect(json).toMatchObject({ user_id, username: 'frida', realname: 'Name of frida', email: 'frida@example.com' });
    expect(json).toMatchObject({ sysadmin_flag: false, admin_role_in_auth: false });
    expect(JSON.stringify(json)).not.toContain('password');
    expect(await currentOf(frida)).toMatchObject({ user_id, username: 'frida' });
    expect((await get(user_id, frida)).status).toBe(200);
    expect((await get(user_id, carol)).status).toBe(403);
    expect((await get(user_id, registry.anonymous)).status).toBe(401);
    expect((await get(NO_ID)).status).toBe(404);
  });

  it.each([
    ['no password', { ...bodyOf('wrong'), password: undefined }, 400],
    ['a short password', { ...bodyOf('wrong'), password: 'Short-1' }, 400],
    ['a password without digits', { ...bodyOf('wrong'), password: 'Without-digits' }, 400],
    ['no name', { ...bodyOf('wrong'), username: '' }, 400],
    ['a comma in its name', { ...bodyOf('wrong'), username: 'wrong,name' }, 400],
    ['no address', { ...bodyOf('wrong'), email: 'nowhere' }, 400],
    ['a name that is too long', { ...bodyOf('wrong'), username: 'x'.repeat(256) }, 422],
    ['a number for a name', { ...bodyOf('wrong'), username: 7 }, 422],
    ['a taken name', { ...bodyOf('wrong'), username: 'dora' }, 409],
    ['a taken name in capitals', { ...bodyOf('wrong'), username: 'DORA' }, 409],
    ['a taken address', { ...bodyOf('wrong'), email: 'dora@example.com' }, 409],
  ])('are not made with %s', async (_what, body, status) => {
    expect((await post(body)).status).toBe(status);
  });

  it('are made by administrators', async () => {
    expect((await post(bodyOf('by-carol'), carol)).status).toBe(403);
    expect((await post(bodyOf('by-nobody'), registry.anonymous)).status).toBe(401);
  });

  it.each([
    ['username=dora', ['dora']],
    ['username=~d', ['admin', 'dirk', 'dora', 'frida']],
    ['username={dora emil}', ['dora', 'emil']],
    ['email=emil@example.com', ['emil']],
    ['email=~EMIL', ['emil']],
    ['username=nobody', []],
  ])('are found by %s', async (q, expected) => {
    expect((await names({ q, sort: 'username' })).filter((name: string) => !name.startsWith('extra'))).toEqual(
      expected,
    );
  });

  it('are sorted and paged', async () => {
    const all = await names({ sort: 'username', page_size: 100 });
    expect(all).toEqual(all.toSorted());
    expect(await names({ sort: '-username', page_size: 100 })).toEqual(all.toReversed());
    const second = await list({ sort: 'username', page: 2, page_size: 2 });
    expect(second.json.map(({ username }: { username: string }) => username)).toEqual(all.slice(2, 4));
    expect(second.headers['x-total-count']).toBe(String(all.length));
    expect(second.headers.link).toContain('rel="prev"');
    expect((await harbor.call(carol, 'listUsers')).status).toBe(403);
    expect((await harbor.call(registry.anonymous, 'listUsers')).status).toBe(401);
  });

  it('are searched by everybody, with nothing but their names', async () => {
    const search = async (username: string, client = carol) =>
      (await harbor.call(client, 'searchUsers', { query: { username } })).json;
    expect(await search('dora')).toEqual([{ user_id: expect.any(Number), username: 'dora' }]);
    expect(await search('dor', registry.admin)).toEqual([{ user_id: expect.any(Number), username: 'dora' }]);
    expect(await search('dor')).toEqual([]);
    expect((await harbor.call(carol, 'searchUsers', { query: { username: '' } })).status).toBe(422);
    expect((await harbor.call(registry.anonymous, 'searchUsers', { query: { username: 'd' } })).status).toBe(401);
  });

  it('change their profiles', async () => {
    const user_id = await create('profile');
    const self = registry.clientOf({ username: 'profile', password: PASSWORD });
    const change = (body: object, client = self) =>
      harbor.call(client, 'updateUserProfile', { params: { user_id }, body });
    const profile = { email: 'other@example.com', realname: 'Other', comment: 'a comment' };
    expect((await change(profile)).status).toBe(200);
    expect((await get(user_id)).json).toMatchObject(profile);
    expect((await change({ email: 'nowhere' })).status).toBe(400);
    expect((await change({ ...profile, email: 'dora@example.com' })).status).toBe(409);
    expect((await change(profile, carol)).status).toBe(403);
    const missing = { params: { user_id: NO_ID }, body: profile };
    expect((await harbor.call(registry.admin, 'updateUserProfile', missing)).status).toBe(404);
  });

  it('change their passwords', async () => {
    const user_id = await create('changer');
    const self = registry.clientOf({ username: 'changer', password: PASSWORD });
    const change = (body: object, client: RegistryClient) =>
      harbor.call(client, 'updateUserPassword', { params: { user_id }, body });
    const next = 'Correct-horse-11';
    expect((await change({ old_password: 'Wrong-horse-10', new_password: next }, self)).status).toBe(403);
    expect((await change({ old_password: PASSWORD, new_password: 'short' }, self)).status).toBe(400);
    expect((await change({ old_password: PASSWORD, new_password: PASSWORD }, self)).status).toBe(400);
    expect((await change({ old_password: PASSWORD, new_password: next }, carol)).status).toBe(403);
    expect((await change({ old_password: PASSWORD, new_password: next }, self)).status).toBe(200);
    expect((await harbor.call(self, 'getCurrentUserInfo')).status).toBe(401);
    const again = registry.clientOf({ username: 'changer', password: next });
    expect(await currentOf(again)).toMatchObject({ username: 'changer' });
    expect((await change({ new_password: PASSWORD }, registry.admin)).status).toBe(200);
  });

  it('become administrators, and cease to be', async () => {
    const user_id = await create('riser');
    const self = registry.clientOf({ username: 'riser', password: PASSWORD });
    const raise = (sysadmin_flag: boolean, client = registry.admin, id = user_id) =>
      harbor.call(client, 'setUserSysAdmin', { params: { user_id: id }, body: { sysadmin_flag } });
    expect((await raise(true, self)).status).toBe(403);
    expect((await raise(true)).status).toBe(200);
    expect((await harbor.call(self, 'listUsers')).status).toBe(200);
    expect((await raise(false)).status).toBe(200);
    expect((await harbor.call(self, 'listUsers')).status).toBe(403);
    expect((await raise(true, registry.admin, NO_ID)).status).toBe(404);
  });

  it('say what they may', async () => {
    await registry.admin.createProject('theirs');
    const { json: project } = await harbor.call(registry.admin, 'getProject', {
      params: { project_name_or_id: 'theirs' },
    });
    const scope = `/project/${project.project_id}`;
    const ask = async (client: RegistryClient, query: Record<string, string | boolean>) =>
      (await harbor.call(client, 'getCurrentUserPermissions', { query })).json;
    const all = await ask(registry.admin, { scope, relative: true });
    expect(all).toContainEqual({ resource: 'repository', action: 'push' });
    expect(await ask(carol, { scope })).toEqual([]);
    expect((await harbor.call(registry.anonymous, 'getCurrentUserPermissions')).status).toBe(401);
  });

  it('have a CLI secret where a provider signs them in, and a password else', async () => {
    const { user_id } = await currentOf(carol);
    const set = (client: RegistryClient, secret: string, id = user_id) =>
      harbor.call(client, 'setCliSecret', { params: { user_id: id }, body: { secret } });
    expect((await set(carol, 'Correct-horse-12')).status).toBe(412);
    expect((await set(registry.admin, 'Correct-horse-12', NO_ID)).status).toBe(404);
    expect((await set(registry.anonymous, 'Correct-horse-12')).status).toBe(401);
  });

  it('go', async () => {
    const user_id = await create('goer');
    const self = registry.clientOf({ username: 'goer', password: PASSWORD });
    const remove = (client: RegistryClient, id: number) =>
      harbor.call(client, 'deleteUser', { params: { user_id: id } });
    expect((await remove(carol, user_id)).status).toBe(403);
    expect((await remove(self, user_id)).status).toBe(403);
    expect((await remove(registry.admin, user_id)).status).toBe(200);
    expect((await remove(registry.admin, user_id)).status).toBe(404);
    expect((await harbor.call(self, 'getCurrentUserInfo')).status).toBe(401);
    const { user_id: own } = await currentOf(registry.admin);
    expect((await remove(registry.admin, own)).status).toBe(403);
  });
});

describe.each(ENGINES)("Harbor's groups on %s", (engine) => {
  let registry: OpenRegistry;
  let harbor: HarborCaller;
  let carol: RegistryClient;
  beforeAll(async () => {
    registry = await openRegistry({ engine });
    harbor = await HarborCaller.open();
    carol = await registry.createUser('carol');
  });
  afterAll(() => registry.close());

  const post = (body: object, client = registry.admin) => harbor.call(client, 'createUserGroup', { body });
  const create = async (group_name: string) =>
    Number((await post({ group_name, group_type: 3 })).headers.location?.split('/').at(-1));

  it('are made, read, renamed and removed', async () => {
    const group_id = await create('builders');
    const params = { group_id };
    const { json } = await harbor.call(registry.admin, 'getUserGroup', { params });
    expect(json).toMatchObject({ id: group_id, group_name: 'builders', group_type: 3 });
    const rename = (group_name: string, client = registry.admin) =>
      harbor.call(client, 'updateUserGroup', { params, body: { group_name } });
    expect((await rename('makers', carol)).status).toBe(403);
    expect((await rename('makers')).status).toBe(200);
    expect((await harbor.call(registry.admin, 'getUserGroup', { params })).json.group_name).toBe('makers');
    const missing = { params: { group_id: NO_ID }, body: { group_name: 'x' } };
    expect((await harbor.call(registry.admin, 'updateUserGroup', missing)).status).toBe(404);
    expect((await harbor.call(carol, 'deleteUserGroup', { params })).status).toBe(403);
    expect((await harbor.call(registry.admin, 'deleteUserGroup', { params })).status).toBe(200);
    expect((await harbor.call(registry.admin, 'deleteUserGroup', { params })).status).toBe(404);
    expect((await harbor.call(registry.admin, 'getUserGroup', { params })).status).toBe(404);
  });

  it.each([
    ['without a name', { group_name: '', group_type: 3 }, 400],
    ['of a type that there is not', { group_name: 'x', group_type: 9 }, 400],
    ['without a type', { group_name: 'x' }, 400],
    ['with a number for a name', { group_name: 7, group_type: 3 }, 422],
    ['of a directory that names nobody', { group_name: 'x', group_type: 1 }, 400],
  ])('are not made %s', async (_what, body, status) => {
    expect((await post(body)).status).toBe(status);
  });

  it('are made once, by administrators', async () => {
    await create('once');
    expect((await post({ group_name: 'once', group_type: 3 })).status).toBe(409);
    expect((await post({ group_name: 'theirs', group_type: 3 }, carol)).status).toBe(403);
    expect((await post({ group_name: 'theirs', group_type: 3 }, registry.anonymous)).status).toBe(401);
  });

  it('are listed by administrators, and searched by everybody', async () => {
    for (const name of ['list-a', 'list-b', 'list-c']) await create(name);
    const list = (query: Record<string, string | number>) => harbor.call(registry.admin, 'listUserGroups', { query });
    const page = await list({ group_name: 'list-', page: 2, page_size: 2 });
    expect(page.headers['x-total-count']).toBe('3');
    expect(page.json.map(({ group_name }: { group_name: string }) => group_name)).toEqual(['list-c']);
    expect((await list({ group_name: 'nothing' })).json).toEqual([]);
    expect((await list({ ldap_group_dn: 'cn=x' })).json).toEqual([]);
    expect((await harbor.call(carol, 'listUserGroups')).status).toBe(403);
    const found = await harbor.call(carol, 'searchUserGroups', { query: { groupname: 'list-b' } });
    expect(found.json).toEqual([{ id: expect.any(Number), group_name: 'list-b', group_type: 3 }]);
    const none = await harbor.call(registry.anonymous, 'searchUserGroups', { query: { groupname: 'list' } });
    expect(none.status).toBe(401);
  });
});
