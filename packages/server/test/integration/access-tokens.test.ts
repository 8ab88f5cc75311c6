import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ENGINES } from './support/engines.ts';
import { giveRole } from './support/give-role.ts';
import { readJson } from './support/http-client.ts';
import { ADMIN, type OpenRegistry, openRegistry } from './support/open-registry.ts';
import { RegistryClient } from './support/registry-client.ts';
import { sampleImage } from './support/sample-content.ts';

const JSON_TYPE = { 'Content-Type': 'application/json' };
const TOKENS = '/api/roadstead/v1/access-tokens';
const OPERATORS = '/api/roadstead/v1';

interface Shown {
  readonly id: number;
  readonly name: string;
  readonly permissions: readonly { readonly namespace: string }[] | null;
  readonly expiresAt: string | null;
}

const inProject = (namespace: string, ...keys: readonly string[]) => ({
  kind: 'project',
  namespace,
  access: keys.map((key) => ({ resource: key.split(':')[0], action: key.split(':')[1] })),
});
const inSystem = (...keys: readonly string[]) => ({ ...inProject('/', ...keys), kind: 'system' });

describe.each(ENGINES)('access tokens on %s', (engine) => {
  let registry: OpenRegistry;
  let alice: RegistryClient;
  let bob: RegistryClient;
  let serial = 0;

  beforeAll(async () => {
    registry = await openRegistry({ engine });
    for (const name of ['team', 'other']) await registry.admin.createProject(name);
    await registry.admin.createProject('open', true);
    await registry.admin.pushImage('team/app', 'latest', sampleImage());
    alice = await registry.createUser('alice');
    bob = await registry.createUser('bob');
    await giveRole(registry.store, 'alice', 'team', 'developer');
  }, 60_000);
  afterAll(() => registry?.close());

  const post = (client: RegistryClient, body: object) => client.post(TOKENS, JSON.stringify(body), JSON_TYPE);
  async function create(client: RegistryClient, more: object = {}): Promise<Shown & { readonly token: string }> {
    const answer = await post(client, { name: `token ${serial++}`, ...more });
    expect(answer.status, answer.text).toBe(201);
    expect(answer.headers['cache-control']).toBe('no-store');
    return readJson(answer);
  }
  const list = async (client: RegistryClient, query = '') =>
    readJson<{ items: readonly Shown[] }>(await client.get(`${TOKENS}${query}`)).items;
  const asPassword = (username: string, token: string) => registry.clientOf({ username, password: token });
  const asBearer = (token: string) => new RegistryClient(registry.url, { authorization: `Bearer ${token}` });
  const pull = (client: RegistryClient, repository = 'team/app') => client.get(`/v2/${repository}/manifests/latest`);
  const startPush = async (client: RegistryClient) => (await client.post('/v2/team/app/blobs/uploads/')).status;
  async function registryToken(client: RegistryClient, scope: string): Promise<RegistryClient> {
    return asBearer(await client.fetchToken(`scope=${encodeURIComponent(scope)}`));
  }

  it('are shown once, and work as the password of docker login and as a bearer of the API', async () => {
    const { token, ...shown } = await create(alice, { name: 'laptop', expiresInDays: 30 });
    expect(token).toMatch(/^roadstead_pat_[\w-]{43}[0-9A-Za-z]{6}$/);
    expect(Object.keys(shown).toSorted()).toEqual([
      'createdAt',
      'expiresAt',
      'id',
      'lastUsedAt',
      'name',
      'permissions',
    ]);
    expect(await list(alice)).toContainEqual(shown);
    const client = asPassword('alice', token);
    expect((await client.get('/v2/')).status).toBe(200);
    expect((await pull(client)).status).toBe(200);
    expect(await startPush(client)).toBe(202);
    const bearer = await registryToken(client, 'repository:team/app:pull,push,delete');
    expect([(await pull(bearer)).status, await startPush(bearer)]).toEqual([200, 202]);
    const seen = readJson<{ name: string }[]>(await asBearer(token).get('/api/v2.0/projects'));
    expect(seen.map(({ name }) => name)).toEqual(['open', 'team']);
    const project = { project_name: `made-${engine}`, metadata: {} };
    const made = await asBearer(token).post('/api/v2.0/projects', JSON.stringify(project), JSON_TYPE);
    expect(made.status).toBe(201);
    expect((await alice.get(`/api/v2.0/projects/made-${engine}`)).status).toBe(200);
  });

  it('get no refresh token', async () => {
    const { token } = await create(alice);
    const answer = await asPassword('alice', token).get('/service/token?service=harbor-registry&offline_token=true');
    expect(answer.status).toBe(200);
    expect(readJson<object>(answer)).not.toHaveProperty('refresh_token');
  });

  it('are nothing with another name, when they are changed, or on another path', async () => {
    const { token } = await create(alice);
    for (const [username, password] of [
      ['bob', token],
      ['ALICE', token],
      ['', token],
      ['robot$alice', token],
      ['alice', `${token}x`],
      ['alice', token.slice(0, -1)],
      ['alice', token.replace('roadstead_pat_', 'roadstead_refresh_')],
    ] as const) {
      expect([username, (await asPassword(username, password).get('/v2/')).status]).toEqual([username, 401]);
    }
    expect((await asBearer(token).get('/v2/')).status).toBe(401);
    expect((await asBearer(`${token}x`).get('/api/v2.0/robots')).status).toBe(401);
    const registryBearer = await registryToken(asPassword('alice', token), 'repository:team/app:pull');
    expect((await registryBearer.get(TOKENS)).status).toBe(401);
  });

  it('do what they are bound to, and never more than their owner may', async () => {
    const bounded = await create(alice, { permissions: [inProject('team', 'repository:pull')] });
    const client = asPassword('alice', bounded.token);
    expect([(await pull(client)).status, await startPush(client)]).toEqual([200, 403]);
    const bearer = await registryToken(client, 'repository:team/app:pull,push');
    expect([(await pull(bearer)).status, await startPush(bearer)]).toEqual([200, 401]);
    const project = { project_name: 'beyond', metadata: {} };
    const beyond = await client.post('/api/v2.0/projects', JSON.stringify(project), JSON_TYPE);
    expect(beyond.status).toBe(403);
    const everywhere = await create(alice, { permissions: [inProject('*', 'repository:pull', 'repository:delete')] });
    const wide = asPassword('alice', everywhere.token);
    expect((await pull(wide)).status).toBe(200);
    expect((await pull(wide, 'other/app')).status).toBe(403);
    expect((await wide.delete('/v2/team/app/manifests/latest')).status).toBe(403);
    const carol = await registry.createUser('carol');
    await giveRole(registry.store, 'carol', 'team', 'developer');
    const hers = asPassword('carol', (await create(carol)).token);
    const issued = await registryToken(hers, 'repository:team/app:pull');
    expect((await pull(hers)).status).toBe(200);
    await registry.store.database.write((tx) =>
      tx
        .deleteFrom('project_members')
        .where('user_id', 'in', (row) => row.selectFrom('users').select('id').where('username', '=', 'carol'))
        .execute(),
    );
    // What was changed past this process holds within two seconds.
    await expect.poll(async () => (await pull(hers)).status, { timeout: 5_000 }).toBe(403);
    expect((await pull(issued)).status).toBe(401);
  });

  it('tell nothing of projects that their owner does not see', async () => {
    const ungiven = inProject('team', 'repository:delete');
    const denial = (namespace: string) => ({
      ...inProject(namespace),
      access: [{ resource: 'repository', action: 'pull', effect: 'deny' }],
    });
    const bodies = (namespace: string) => [
      [inProject(namespace, 'repository:pull')],
      [ungiven, inProject(namespace, 'repository:pull')],
      [denial(namespace)],
      [inProject('team', 'repository:pull'), denial(namespace)],
    ];
    for (const [index, permissions] of bodies('other').entries()) {
      const there = await post(alice, { name: `other ${index}`, permissions });
      const missing = await post(alice, { name: `missing ${index}`, permissions: bodies('missing')[index] });
      expect([there.status, there.text]).toEqual([403, missing.text]);
      expect(missing.status).toBe(403);
    }
  });

  it('cannot be given what their owner has not, nor what there is not', async () => {
    for (const [permissions, status] of [
      [[inProject('team', 'repository:delete')], 403],
      [[inProject('other', 'repository:pull')], 403],
      [[inProject('missing', 'repository:pull')], 403],
      [[inSystem('user:list')], 403],
      [[inSystem('robot:create')], 403],
      [[inProject('team', 'robot:update')], 400],
      [[inProject('team', 'everything:do')], 400],
      [[], 400],
      [{}, 422],
    ] as const) {
      const answer = await post(alice, { name: 'greedy', permissions });
      expect([JSON.stringify(permissions), answer.status]).toEqual([JSON.stringify(permissions), status]);
    }
    await create(alice, { permissions: [inProject('open', 'repository:pull')] });
  });

  it('refuse bodies that are wrong', async () => {
    for (const [body, status] of [
      [{}, 400],
      [{ name: '' }, 400],
      [{ name: 7 }, 422],
      [{ name: 'a\u0000b' }, 422],
      [{ name: 'a\nb' }, 400],
      [{ name: 'x', expiresInDays: 0 }, 400],
      [{ name: 'x', expiresInDays: '1' }, 422],
      [{ name: 'x', expiresInDays: 1e9 }, 400],
      [[], 422],
    ] as const) {
      expect([JSON.stringify(body), (await post(alice, body)).status]).toEqual([JSON.stringify(body), status]);
    }
    const name = 'twice';
    await create(alice, { name });
    expect((await post(alice, { name })).status).toBe(409);
    await create(bob, { name, userId: 1, user_id: 1, id: 5 });
    expect((await list(bob)).map((token) => token.name)).toEqual([name]);
  });

  it('cannot manage tokens, whoever they belong to and whatever they may, and robots cannot either', async () => {
    const tokens = [await create(alice), await create(registry.admin)];
    const robot = await registry.admin.post(
      '/api/v2.0/robots',
      JSON.stringify({ name: 'manager', level: 'system', duration: -1, permissions: [inSystem('user:create')] }),
      JSON_TYPE,
    );
    const { name, secret } = readJson<{ name: string; secret: string }>(robot);
    const machines = [
      asPassword('alice', tokens[0]?.token ?? ''),
      asBearer(tokens[0]?.token ?? ''),
      asPassword('admin', tokens[1]?.token ?? ''),
      asBearer(tokens[1]?.token ?? ''),
      asPassword(name, secret),
    ];
    for (const client of machines) {
      const statuses = [
        (await client.get(TOKENS)).status,
        (await client.get(`${TOKENS}?user=alice`)).status,
        (await post(client, { name: 'more' })).status,
        (await client.delete(`${TOKENS}/${tokens[0]?.id}`)).status,
        (await client.delete(`${TOKENS}/999999`)).status,
      ];
      expect(statuses).toEqual([403, 403, 403, 403, 403]);
    }
    const anonymous = await post(registry.anonymous, { name: 'more' });
    expect([anonymous.status, (await registry.anonymous.get(TOKENS)).status]).toEqual([401, 401]);
  });

  it('are seen and revoked by their owners and administrators; foreign and missing ones look alike', async () => {
    const { id, token } = await create(alice);
    const [foreign, missing] = [await bob.delete(`${TOKENS}/${id}`), await bob.delete(`${TOKENS}/999999`)];
    expect([foreign.status, missing.status]).toEqual([404, 404]);
    expect(foreign.text).toBe(missing.text.replace('999999', String(id)));
    const [existing, unknown] = [await bob.get(`${TOKENS}?user=alice`), await bob.get(`${TOKENS}?user=nobody`)];
    expect([existing.status, unknown.status, existing.text]).toEqual([403, 403, unknown.text]);
    expect((await list(registry.admin, '?user=alice')).map((each) => each.id)).toContain(id);
    expect((await registry.admin.get(`${TOKENS}?user=nobody`)).status).toBe(404);
    expect((await list(alice, '?user=alice')).length).toBeGreaterThan(0);
    const client = asPassword('alice', token);
    const bearer = await registryToken(client, 'repository:team/app:pull');
    expect((await pull(bearer)).status).toBe(200);
    expect((await registry.admin.delete(`${TOKENS}/${id}`)).status).toBe(204);
    expect([(await pull(client)).status, (await pull(bearer)).status]).toEqual([401, 401]);
    expect((await asBearer(token).get('/api/v2.0/robots')).status).toBe(401);
    expect((await alice.delete(`${TOKENS}/${id}`)).status).toBe(404);
  });

  it('of an administrator look after the instance without bounds, or as far as they are bound', async () => {
    const clientWith = async (permissions?: readonly object[]) =>
      asBearer((await create(registry.admin, permissions === undefined ? {} : { permissions })).token);
    const statuses = async (client: RegistryClient) => [
      (await client.get(`${OPERATORS}/garbage-collection`)).status,
      (await client.post(`${OPERATORS}/garbage-collection/runs`, '{"mode":"dry-run"}', JSON_TYPE)).status,
      (await client.get(`${OPERATORS}/executions`)).status,
      (await client.get(`${OPERATORS}/scrub`)).status,
      (await client.get('/api/v2.0/robots')).status,
    ];
    expect(await statuses(await clientWith())).toEqual([200, 202, 200, 200, 200]);
    expect(await statuses(await clientWith([inSystem('garbage-collection:read', 'robot:list')]))).toEqual([
      ...[200, 403, 403, 403, 200],
    ]);
    expect(await statuses(await clientWith([inProject('*', 'repository:pull')]))).toEqual([403, 403, 403, 403, 403]);
    expect(await statuses(asBearer((await create(alice)).token))).toEqual([403, 403, 403, 403, 403]);
    const { id, token } = await create(registry.admin);
    const demote = (is_administrator: number) =>
      registry.store.database.write((tx) =>
        tx.updateTable('users').set({ is_administrator }).where('username', '=', ADMIN.username).execute(),
      );
    await demote(0);
    try {
      expect((await asBearer(token).get(`${OPERATORS}/garbage-collection`)).status).toBe(403);
    } finally {
      await demote(1);
    }
    expect((await registry.admin.delete(`${TOKENS}/${id}`)).status).toBe(204);
  });

  it('leave nothing of themselves in the log', async () => {
    const { token } = await create(alice);
    await pull(asPassword('alice', token));
    await asBearer(token).get('/api/v2.0/projects');
    expect(registry.logLines.join('\n')).not.toContain(token.slice(14, 40));
  });
});
