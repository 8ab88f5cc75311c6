import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ENGINES } from './support/engines.ts';
import { readJson } from './support/http-client.ts';
import { type OpenRegistry, openRegistry } from './support/open-registry.ts';
import type { RegistryClient } from './support/registry-client.ts';
import { digestOf, freshBytes, sampleImage } from './support/sample-content.ts';

const JSON_TYPE = { 'Content-Type': 'application/json' };

/** In the project `closed`; `some`: developer of `team/*` alone; `custom`: may pull and delete; `outsider`: nothing. */
const WHO = [
  'nobody',
  'outsider',
  'limitedGuest',
  'guest',
  'developer',
  'maintainer',
  'projectAdmin',
  'group',
  'custom',
  'some',
] as const;
type Who = (typeof WHO)[number];

/** What each of them may do with a repository: letters of pull, push, delete. */
type Table = Readonly<Record<Who, string>>;

const MEMBERS: Table = {
  nobody: '',
  outsider: '',
  limitedGuest: 'l',
  guest: 'l',
  developer: 'lp',
  maintainer: 'lpd',
  projectAdmin: 'lpd',
  group: 'lp',
  custom: 'ld',
  some: 'lp',
};
const TABLE: Readonly<Record<string, Table>> = {
  'closed/team/app': MEMBERS,
  'closed/app': { ...MEMBERS, some: '' },
  'closed/myteam/app': { ...MEMBERS, some: '' },
  // Nobody is a member of it.
  'inner/app': Object.fromEntries(WHO.map((who) => [who, who === 'nobody' ? '' : 'l'])) as unknown as Table,
  'other/app': Object.fromEntries(WHO.map((who) => [who, ''])) as unknown as Table,
};
const ACTIONS = { l: 'pull', p: 'push', d: 'delete' } as const;
type Letter = keyof typeof ACTIONS;

describe.each(ENGINES)('members on %s', (engine) => {
  let registry: OpenRegistry;
  let clients: Readonly<Record<Who, RegistryClient>>;
  const image = sampleImage();

  beforeAll(async () => {
    registry = await openRegistry({ engine });
    const { admin } = registry;
    for (const name of ['closed', 'other', 'inner']) await admin.createProject(name);
    const internal = await put('/api/roadstead/v1/projects/inner/visibility', { visibility: 'internal' });
    expect(internal.status).toBe(200);
    const made: Partial<Record<Who, RegistryClient>> = { nobody: registry.anonymous };
    for (const who of WHO) if (who !== 'nobody') made[who] = await registry.createUser(who.toLowerCase());
    clients = made as Record<Who, RegistryClient>;
    for (const [role_id, who] of [
      [1, 'projectadmin'],
      [2, 'developer'],
      [3, 'guest'],
      [4, 'maintainer'],
      [5, 'limitedguest'],
    ] as const) {
      await add({ role_id, member_user: { username: who } });
    }
    const group = readJson<{ id: number }>(await post('/api/roadstead/v1/groups', { name: 'ops' }));
    expect((await put(`/api/roadstead/v1/groups/${group.id}/members/group`, {})).status).toBe(204);
    await add({ role_id: 2, member_group: { group_name: 'ops' } });
    const permissions = ['repository:pull', 'repository:delete'];
    const role = readJson<{ id: number }>(await post('/api/roadstead/v1/roles', { name: 'cleaner', permissions }));
    await add({ role_id: role.id, member_user: { username: 'custom' } });
    await add({ role_id: 2, member_user: { username: 'some' }, repositories: 'team/*' });
    for (const repository of Object.keys(TABLE)) await admin.pushImage(repository, 'v1', image);
  }, 60_000);
  afterAll(() => registry?.close());

  const post = (path: string, body: object) => registry.admin.post(path, JSON.stringify(body), JSON_TYPE);
  const put = (path: string, body: object) => registry.admin.put(path, JSON.stringify(body), JSON_TYPE);
  const add = async (body: object) =>
    expect((await post('/api/v2.0/projects/closed/members', body)).status, JSON.stringify(body)).toBe(201);

  /** With a token for everything that it may get there. */
  async function withToken(client: RegistryClient, repository: string): Promise<RegistryClient> {
    const token = await client.fetchToken(`scope=repository:${repository}:pull,push,delete`);
    return registry.anonymous.with({ authorization: `Bearer ${token}` });
  }

  async function attempt(client: RegistryClient, repository: string, letter: Letter): Promise<boolean> {
    const manifest = `/v2/${repository}/manifests/v1`;
    if (letter === 'l') {
      const reads = [manifest, `/v2/${repository}/tags/list`, `/v2/${repository}/referrers/${image.digest}`];
      const blob = `/v2/${repository}/blobs/${digestOf(image.blobs[1] ?? Buffer.alloc(0))}`;
      const statuses = new Set<number>();
      for (const path of [...reads, blob]) statuses.add((await client.get(path)).status);
      expect(statuses.size, `${repository}: one right for all reads`).toBe(1);
      return statuses.has(200);
    }
    if (letter === 'p') return (await client.post(`/v2/${repository}/blobs/uploads/`)).status === 202;
    const deleted = (await client.delete(manifest)).status === 202;
    if (deleted) await registry.admin.pushImage(repository, 'v1', image);
    return deleted;
  }

  it.each(WHO)('may on /v2 what the table says, by password and by token: %s', async (who) => {
    for (const [repository, table] of Object.entries(TABLE)) {
      const token = await withToken(clients[who], repository);
      for (const letter of Object.keys(ACTIONS) as Letter[]) {
        const expected = table[who].includes(letter);
        expect(await attempt(clients[who], repository, letter), `${who} ${ACTIONS[letter]} ${repository}`).toBe(
          expected,
        );
        expect(await attempt(token, repository, letter), `${who} by token ${ACTIONS[letter]} ${repository}`).toBe(
          expected,
        );
      }
    }
  });

  it.each(WHO.filter((who) => who !== 'nobody'))('see in the catalog what they may pull: %s', async (who) => {
    const expected = Object.entries(TABLE).flatMap(([repository, table]) =>
      table[who].includes('l') ? [repository] : [],
    );
    const answer = await clients[who].get('/v2/_catalog');
    expect(readJson<{ repositories: string[] }>(answer).repositories).toEqual(expected.toSorted());
  });

  it.each(WHO.filter((who) => who !== 'nobody'))('mount what they may pull and nothing else: %s', async (who) => {
    const created = await clients[who].post(
      '/api/v2.0/projects',
      JSON.stringify({ project_name: `own-${who.toLowerCase()}` }),
      JSON_TYPE,
    );
    expect(created.status).toBe(201);
    const target = `own-${who.toLowerCase()}/copy`;
    for (const [repository, table] of Object.entries(TABLE)) {
      const mayPull = table[who].includes('l');
      for (const from of [`&from=${repository}`, '']) {
        const digest = await registry.admin.pushBlob(repository, freshBytes());
        const answer = await clients[who].post(`/v2/${target}/blobs/uploads/?mount=${digest}${from}`);
        expect(answer.status, `${repository} ${from}`).toBe(mayPull ? 201 : 202);
        const token = await withToken(clients[who], target);
        const other = await registry.admin.pushBlob(repository, freshBytes());
        const narrow = await token.post(`/v2/${target}/blobs/uploads/?mount=${other}`);
        expect(narrow.status, `${repository} by token`).toBe(202);
      }
    }
  });

  it('of some repositories find nothing beside them in their project when they name no source', async () => {
    const beside = await registry.admin.pushBlob('closed/app', freshBytes());
    const within = await registry.admin.pushBlob('closed/team/app', freshBytes());
    const token = await withToken(clients.some, 'closed/team/new');
    for (const [client, digest, status] of [
      [clients.some, beside, 202],
      [clients.some, within, 201],
      [token, beside, 202],
      [token, within, 202],
    ] as const) {
      expect((await client.post(`/v2/closed/team/new/blobs/uploads/?mount=${digest}`)).status).toBe(status);
    }
  });

  it('see of projects those that they have something in', async () => {
    const names = async (who: Who) => {
      const answer = await clients[who].get('/api/v2.0/projects?page_size=100');
      return readJson<{ name: string }[]>(answer)
        .map(({ name }) => name)
        .filter((name) => !name.startsWith('own-'));
    };
    expect(await names('nobody')).toEqual([]);
    expect(await names('outsider')).toEqual(['inner']);
    for (const who of ['limitedGuest', 'group', 'custom', 'some'] as const) {
      expect(await names(who)).toEqual(['closed', 'inner']);
    }
    const shown = readJson(await clients.outsider.get('/api/v2.0/projects/inner'));
    expect(shown).toMatchObject({ metadata: { public: 'false', visibility: 'internal' } });
    expect((await clients.nobody.get('/api/v2.0/projects/inner')).status).toBe(401);
    expect((await clients.outsider.get('/api/v2.0/projects/closed')).status).toBe(403);
  });

  it('show no difference between a project that is closed to them and one that is missing', async () => {
    const paths = (project: string) => [
      `/api/v2.0/projects/${project}/members`,
      `/api/v2.0/projects/${project}/members/1`,
      `/api/roadstead/v1/projects/${project}/visibility`,
      `/api/roadstead/v1/access/explain?resource=repository&action=pull&project=${project}&repository=app`,
      `/api/roadstead/v1/access/explain?resource=repository&action=pull&project=${project}&as=user:guest`,
    ];
    for (const who of ['nobody', 'outsider', 'limitedGuest', 'projectAdmin'] as const) {
      for (const [index, path] of paths('other').entries()) {
        const [foreign, missing] = await Promise.all(
          [path, paths('ghost')[index] ?? ''].map((one) => clients[who].get(one)),
        );
        const shown = (answer: typeof foreign) => [answer?.status, answer?.text.replaceAll(/ghost|other/g, 'PROJECT')];
        expect(shown(missing), `${who} ${path}`).toEqual(shown(foreign));
      }
    }
  });

  it('lose at once what is taken from them, whatever token they hold', async () => {
    const leaver = await registry.createUser('leaver');
    const token = async () => withToken(leaver, 'closed/app');
    const added = await post('/api/v2.0/projects/closed/members', { role_id: 3, member_user: { username: 'leaver' } });
    const held = await token();
    expect((await held.get('/v2/closed/app/manifests/v1')).status).toBe(200);
    expect((await registry.admin.delete(added.headers.location ?? '')).status).toBe(200);
    expect((await held.get('/v2/closed/app/manifests/v1')).status).toBe(401);
    expect((await leaver.get('/v2/closed/app/manifests/v1')).status).toBe(403);
    // The same of a group.
    const [group] = readJson<{ id: number }[]>(await registry.admin.get('/api/roadstead/v1/groups?name=ops'));
    const place = `/api/roadstead/v1/groups/${group?.id}/members/leaver`;
    expect((await put(place, {})).status).toBe(204);
    expect((await held.get('/v2/closed/app/manifests/v1')).status).toBe(200);
    expect((await registry.admin.delete(place)).status).toBe(204);
    expect((await held.get('/v2/closed/app/manifests/v1')).status).toBe(401);
    // The same of what everybody who is signed in may.
    const inner = await withToken(leaver, 'inner/app');
    expect((await inner.get('/v2/inner/app/manifests/v1')).status).toBe(200);
    await put('/api/roadstead/v1/projects/inner/visibility', { visibility: 'private' });
    expect((await inner.get('/v2/inner/app/manifests/v1')).status).toBe(401);
    await put('/api/roadstead/v1/projects/inner/visibility', { visibility: 'internal' });
  });
});
