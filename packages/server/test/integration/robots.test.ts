import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ENGINES } from './support/engines.ts';
import { giveRole } from './support/give-role.ts';
import { type Answer, readJson } from './support/http-client.ts';
import { type OpenRegistry, openRegistry } from './support/open-registry.ts';
import { RegistryClient } from './support/registry-client.ts';
import { sampleImage } from './support/sample-content.ts';

const JSON_TYPE = { 'Content-Type': 'application/json' };
const ROBOTS = '/api/v2.0/robots';
const ROLES = ['projectAdmin', 'maintainer', 'developer', 'guest', 'limitedGuest'] as const;

interface Created {
  readonly id: number;
  readonly name: string;
  readonly secret: string;
  readonly creation_time: string;
  readonly expires_at: number;
}
interface Shown extends Omit<Created, 'secret'> {
  readonly level: string;
  readonly disable: boolean;
  readonly duration: number;
  readonly permissions: readonly { namespace: string; access: readonly object[] }[];
  readonly [field: string]: unknown;
}

const access = (...keys: readonly string[]) =>
  keys.map((key) => {
    const [resource, action] = key.split(':');
    return { resource, action };
  });
const inProject = (namespace: string, ...keys: readonly string[]) => ({
  kind: 'project',
  namespace,
  access: access(...keys),
});
const inSystem = (...keys: readonly string[]) => ({ kind: 'system', namespace: '/', access: access(...keys) });

describe.each(ENGINES)('robots on %s', (engine) => {
  let registry: OpenRegistry;
  const clients = new Map<string, RegistryClient>();
  let serial = 0;

  beforeAll(async () => {
    registry = await openRegistry({ engine });
    for (const name of ['team', 'other']) await registry.admin.createProject(name);
    await registry.admin.pushImage('team/app', 'latest', sampleImage());
    for (const role of ROLES) {
      clients.set(role, await registry.createUser(role.toLowerCase()));
      await giveRole(registry.store, role.toLowerCase(), 'team', role);
    }
    clients.set('stranger', await registry.createUser('stranger'));
    clients.set('neighbour', await registry.createUser('neighbour'));
    await giveRole(registry.store, 'neighbour', 'other', 'projectAdmin');
  }, 60_000);
  afterAll(() => registry?.close());

  const clientOf = (who: string) => clients.get(who) ?? registry.anonymous;
  const send = (client: RegistryClient, method: string, path: string, body?: object) =>
    client.send(path, {
      method,
      headers: JSON_TYPE,
      body: body === undefined ? undefined : JSON.stringify(body),
    });
  const bodyOf = (change: object = {}) => ({
    name: `robot-${serial++}`,
    level: 'project',
    duration: -1,
    permissions: [inProject('team', 'repository:pull')],
    ...change,
  });
  async function create(change: object = {}, client = registry.admin): Promise<Created> {
    const answer = await send(client, 'POST', ROBOTS, bodyOf(change));
    expect(answer.status, answer.text).toBe(201);
    return readJson<Created>(answer);
  }
  const show = async (id: number) => readJson<Shown>(await registry.admin.get(`${ROBOTS}/${id}`));
  const robotClient = ({ name, secret }: Pick<Created, 'name' | 'secret'>) =>
    registry.clientOf({ username: name, password: secret });
  const pull = (client: RegistryClient, repository = 'team/app') => client.get(`/v2/${repository}/manifests/latest`);
  async function bearerOf(client: RegistryClient, scope: string): Promise<RegistryClient> {
    const token = await client.fetchToken(`scope=${encodeURIComponent(scope)}`);
    return new RegistryClient(registry.url, { authorization: `Bearer ${token}` });
  }

  describe('made', () => {
    it('answer as Harbor does, and show all but the secret ever after', async () => {
      const answer = await send(
        registry.admin,
        'POST',
        ROBOTS,
        bodyOf({ name: 'ci', description: 'builds', duration: 7 }),
      );
      expect(answer.status).toBe(201);
      const created = readJson<Created>(answer);
      expect(answer.headers.location).toBe(`${ROBOTS}/${created.id}`);
      expect(answer.headers['cache-control']).toBe('no-store');
      expect(Object.keys(created).toSorted()).toEqual(['creation_time', 'expires_at', 'id', 'name', 'secret']);
      expect(created).toMatchObject({ name: 'robot$team+ci', secret: expect.stringMatching(/^[A-Za-z0-9]{32}$/) });
      const week = Math.floor(Date.parse(created.creation_time) / 1000) + 7 * 86_400;
      expect(created.expires_at).toBe(week);
      const shown = await show(created.id);
      const administrator = readJson<Shown[]>(await registry.admin.get(`${ROBOTS}?q=Level%3Dproject,ProjectID%3D1`));
      expect(administrator).toContainEqual(shown);
      expect(shown).toEqual({
        id: created.id,
        name: 'robot$team+ci',
        description: 'builds',
        level: 'project',
        duration: 7,
        editable: true,
        disable: false,
        expires_at: week,
        permissions: [
          { kind: 'project', namespace: 'team', access: [{ resource: 'repository', action: 'pull', effect: 'allow' }] },
        ],
        creator_type: 'local',
        creator_ref: 1,
        creation_time: created.creation_time,
        update_time: created.creation_time,
      });
      expect((await send(registry.admin, 'POST', ROBOTS, bodyOf({ name: 'ci' }))).status).toBe(409);
    });

    it('live for the days of the settings when nobody says how long, and have the secret that somebody chose', async () => {
      const created = await create({ duration: undefined, secret: 'Chosen-Secret-1', disable: true });
      expect(created.secret).toBe('Chosen-Secret-1');
      expect(await show(created.id)).toMatchObject({ duration: 30, disable: true });
    });

    it('are refused when something about them is wrong', async () => {
      const team = inProject('team', 'repository:pull');
      const bad: readonly [object, number][] = [
        [{ name: 'UPPER' }, 400],
        [{ name: 'a+b' }, 400],
        [{ name: '' }, 400],
        [{ name: 7 }, 422],
        [{ level: 'instance' }, 400],
        [{ level: undefined }, 400],
        [{ duration: 0 }, 400],
        [{ duration: -2 }, 400],
        [{ duration: '30' }, 422],
        [{ duration: 1.5 }, 422],
        [{ disable: 'false' }, 422],
        [{ secret: 'weak' }, 400],
        [{ permissions: undefined }, 400],
        [{ permissions: [] }, 400],
        [{ permissions: {} }, 422],
        [{ permissions: [team, team] }, 400],
        [{ permissions: [inProject('*', 'repository:pull')] }, 400],
        [{ permissions: [inSystem('user:list')] }, 400],
        [{ permissions: [{ ...team, access: [] }] }, 400],
        [{ permissions: [{ ...team, kind: 'galaxy' }] }, 400],
        [{ permissions: [inProject('team', 'repository:*')] }, 400],
        [{ permissions: [inProject('team', 'robot:update')] }, 400],
        [{ permissions: [inProject('team', 'user:create')] }, 400],
        [{ permissions: [{ ...team, access: [{ resource: 'repository', action: 'pull', effect: 'maybe' }] }] }, 400],
        [{ permissions: [inProject('missing', 'repository:pull')] }, 404],
        [{ level: 'system', permissions: [{ ...inSystem('user:list'), namespace: 'team' }] }, 400],
      ];
      for (const [change, status] of bad) {
        const answer = await send(registry.admin, 'POST', ROBOTS, bodyOf(change));
        expect([answer.status, JSON.stringify(change)]).toEqual([status, JSON.stringify(change)]);
      }
      const unreadable = await registry.admin.post(ROBOTS, '[]', JSON_TYPE);
      expect(unreadable.status).toBe(422);
    });

    it('take nothing that a caller may not set', async () => {
      const extras = {
        id: 999,
        editable: false,
        creator_ref: 42,
        creator_type: 'robot',
        project_id: 2,
        expires_at: -1,
      };
      const created = await create({ ...extras, duration: 1, creation_time: '2001-01-01T00:00:00Z' });
      expect(created.id).not.toBe(999);
      expect(await show(created.id)).toMatchObject({ editable: true, creator_ref: 1, creator_type: 'local' });
      expect(created.expires_at).toBeGreaterThan(Date.now() / 1000);
      const body = { ...(await show(created.id)), id: 1, project_id: 2, secret: 'Another-Secret-1' };
      expect((await send(registry.admin, 'PUT', `${ROBOTS}/${created.id}`, body)).status).toBe(200);
      expect((await pull(robotClient(created))).status).toBe(200);
    });
  });

  describe('at work', () => {
    it('pull with a name and a secret, by Basic and by token, and push where that was given', async () => {
      const reader = robotClient(await create());
      const writer = robotClient(
        await create({ permissions: [inProject('team', 'repository:pull', 'repository:push')] }),
      );
      for (const client of [reader, writer]) {
        expect((await pull(client)).status).toBe(200);
        const bearer = await bearerOf(client, 'repository:team/app:pull,push,delete');
        expect((await pull(bearer)).status).toBe(200);
        expect((await client.get('/v2/')).status).toBe(200);
      }
      const image = sampleImage();
      await (await bearerOf(writer, 'repository:team/pushed:pull,push')).pushImage('team/pushed', '1', image);
      const start = '/v2/team/app/blobs/uploads/';
      expect((await reader.post(start)).status).toBe(403);
      expect((await (await bearerOf(reader, 'repository:team/app:pull,push')).post(start)).status).toBe(401);
      expect((await writer.delete('/v2/team/app/manifests/latest')).status).toBe(403);
    });

    it('reach no other project, whether it exists or not', async () => {
      const client = robotClient(await create());
      const [foreign, missing] = [await pull(client, 'other/app'), await pull(client, 'missing/app')];
      expect([foreign.status, missing.status]).toEqual([403, 403]);
      expect(foreign.text.replaceAll('other', 'missing')).toBe(missing.text);
      const bearer = await bearerOf(client, 'repository:other/app:pull,push');
      expect((await pull(bearer, 'other/app')).status).toBe(401);
    });

    it('get no refresh token, as what they have ends with a word already', async () => {
      const created = await create();
      const query = 'service=harbor-registry&offline_token=true&scope=repository:team/app:pull';
      const answer = await robotClient(created).get(`/service/token?${query}`);
      expect(readJson<object>(answer)).not.toHaveProperty('refresh_token');
      const form = new URLSearchParams({
        grant_type: 'password',
        access_type: 'offline',
        service: 'harbor-registry',
        username: created.name,
        password: created.secret,
      });
      const posted = await registry.anonymous.post('/service/token', form.toString(), {
        'Content-Type': 'application/x-www-form-urlencoded',
      });
      expect(posted.status).toBe(200);
      expect(readJson<object>(posted)).not.toHaveProperty('refresh_token');
    });

    it('that are wrong, over, disabled or missing look alike wherever they sign in', async () => {
      const wrong = await create();
      const over = await create({ duration: 1 });
      const disabled = await create({ disable: true });
      await registry.store.database.write((tx) =>
        tx.updateTable('robots').set({ expires_at: 1 }).where('id', '=', over.id).execute(),
      );
      const attempts = [
        { username: wrong.name, password: 'Wrong-Secret-1' },
        { username: over.name, password: over.secret },
        { username: disabled.name, password: disabled.secret },
        { username: 'robot$team+missing', password: disabled.secret },
      ];
      const seen = new Set<string>();
      for (const attempt of attempts) {
        const client = registry.clientOf(attempt);
        for (const path of [
          '/v2/',
          '/v2/team/app/manifests/latest',
          '/service/token?service=harbor-registry',
          ROBOTS,
        ]) {
          const { status, text, headers } = await client.get(path);
          expect([status, path]).toEqual([401, path]);
          seen.add(JSON.stringify([path, text, headers['www-authenticate']]));
        }
      }
      expect(seen.size).toBe(4);
    });

    it('lose what was issued to them with their secret, and at once when they are disabled or deleted', async () => {
      const created = await create();
      const before = await bearerOf(robotClient(created), 'repository:team/app:pull');
      const answer = await send(registry.admin, 'PATCH', `${ROBOTS}/${created.id}`, {});
      const { secret } = readJson<{ secret: string }>(answer);
      expect((await pull(robotClient(created))).status).toBe(401);
      expect((await pull(before)).status).toBe(401);
      const client = robotClient({ ...created, secret });
      const bearer = await bearerOf(client, 'repository:team/app:pull');
      expect((await pull(bearer)).status).toBe(200);
      const path = `${ROBOTS}/${created.id}`;
      await send(registry.admin, 'PUT', path, { ...(await show(created.id)), disable: true });
      expect([(await pull(client)).status, (await pull(bearer)).status]).toEqual([401, 401]);
      await send(registry.admin, 'PUT', path, { ...(await show(created.id)), disable: false });
      expect([(await pull(client)).status, (await pull(bearer)).status]).toEqual([200, 401]);
      expect((await registry.admin.delete(path)).status).toBe(200);
      expect((await pull(client)).status).toBe(401);
      expect((await registry.admin.get(path)).status).toBe(404);
    });

    it('take a secret that somebody chose, and both in an overlap', async () => {
      const created = await create();
      const path = `${ROBOTS}/${created.id}`;
      const chosen = { secret: 'Chosen-Secret-1', overlap_seconds: 60 };
      const answer = await send(registry.admin, 'PATCH', path, chosen);
      expect([answer.status, readJson(answer)]).toEqual([200, { secret: '' }]);
      for (const secret of [created.secret, chosen.secret]) {
        expect((await pull(robotClient({ ...created, secret }))).status).toBe(200);
      }
      for (const [body, status] of [
        [{ overlap_seconds: 7 * 86_400 + 1 }, 400],
        [{ overlap_seconds: -1 }, 400],
        [{ overlap_seconds: '60' }, 422],
        [{ secret: 'weak' }, 400],
        [{ secret: 5 }, 422],
      ] as const) {
        expect((await send(registry.admin, 'PATCH', path, body)).status).toBe(status);
      }
      expect((await send(registry.admin, 'PATCH', path)).status).toBe(200);
      expect((await pull(robotClient({ ...created, secret: chosen.secret }))).status).toBe(401);
    });

    it('of the system work in every project, or in some, but for what is denied', async () => {
      const everywhere = robotClient(
        await create({ level: 'system', permissions: [inProject('*', 'repository:pull'), inSystem('user:list')] }),
      );
      expect((await pull(everywhere)).status).toBe(200);
      expect(readJson<{ repositories: string[] }>(await everywhere.get('/v2/_catalog')).repositories).toContain(
        'team/app',
      );
      const deny = {
        kind: 'project',
        namespace: 'team',
        access: [{ ...access('repository:pull')[0], effect: 'deny' }],
      };
      const notThere = robotClient(
        await create({ level: 'system', permissions: [inProject('*', 'repository:pull'), deny] }),
      );
      expect((await pull(notThere)).status).toBe(403);
      expect((await pull(notThere, 'other/app')).status).toBe(404);
    });

    it('have nothing in a project that is made again under the name of theirs', async () => {
      await registry.admin.createProject('phoenix');
      const both = [inProject('phoenix', 'repository:pull', 'repository:push'), inProject('team', 'repository:pull')];
      const created = await create({ level: 'system', permissions: both });
      const own = await create({ permissions: [inProject('phoenix', 'repository:pull')] });
      const client = robotClient(created);
      expect((await pull(client, 'phoenix/app')).status).toBe(404);
      expect((await registry.admin.delete('/api/v2.0/projects/phoenix')).status).toBe(200);
      await registry.admin.createProject('phoenix');
      expect((await pull(client, 'phoenix/app')).status).toBe(403);
      expect((await pull(robotClient(own), 'phoenix/app')).status).toBe(401);
      expect((await pull(client)).status).toBe(200);
      expect((await show(created.id)).permissions.map(({ namespace }) => namespace)).toEqual(['team']);
      const only = await create({ level: 'system', permissions: [inProject('phoenix', 'repository:pull')] });
      expect((await registry.admin.delete('/api/v2.0/projects/phoenix')).status).toBe(200);
      const shown = await show(only.id);
      expect(shown.permissions).toEqual([]);
      const disabled = await send(registry.admin, 'PUT', `${ROBOTS}/${only.id}`, { ...shown, disable: true });
      expect([disabled.status, (await show(only.id)).disable]).toEqual([200, true]);
    });
  });

  describe('managed', () => {
    it('are created by who may, with what is theirs', async () => {
      const wanted: Readonly<Record<string, number>> = {
        projectAdmin: 201,
        maintainer: 403,
        developer: 403,
        guest: 403,
        limitedGuest: 403,
        stranger: 403,
        neighbour: 403,
        anonymous: 401,
      };
      for (const [who, status] of Object.entries(wanted)) {
        const answer = await send(clientOf(who), 'POST', ROBOTS, bodyOf());
        expect([who, answer.status]).toEqual([who, status]);
        const system = { level: 'system', permissions: [inSystem('user:list')] };
        const above = await send(clientOf(who), 'POST', ROBOTS, bodyOf(system));
        expect([who, above.status]).toEqual([who, who === 'anonymous' ? 401 : 403]);
      }
      const missing = bodyOf({ permissions: [inProject('missing', 'repository:pull')] });
      const foreign = bodyOf({ permissions: [inProject('other', 'repository:pull')] });
      const answers = [
        await send(clientOf('projectAdmin'), 'POST', ROBOTS, missing),
        await send(clientOf('projectAdmin'), 'POST', ROBOTS, foreign),
      ];
      expect(answers.map(({ status, text }) => [status, text])).toEqual(Array(2).fill([403, answers[0]?.text]));
      const beyond = bodyOf({ permissions: [inProject('team', 'repository:pull', 'metadata:list')] });
      expect((await send(clientOf('projectAdmin'), 'POST', ROBOTS, beyond)).status).toBe(403);
    });

    it('are seen, changed and deleted by roles as Harbor has them; foreign and missing ones look alike', async () => {
      const { id } = await create();
      const foreign = await create({ permissions: [inProject('other', 'repository:pull')] });
      const system = await create({ level: 'system', permissions: [inSystem('user:list')] });
      const reads = ['projectAdmin', 'maintainer', 'developer', 'guest'];
      for (const who of [...ROLES, 'stranger', 'neighbour', 'anonymous']) {
        const client = clientOf(who);
        const refused = who === 'anonymous' ? 401 : 403;
        const read = reads.includes(who) ? 200 : refused;
        expect([who, (await client.get(`${ROBOTS}/${id}`)).status]).toEqual([who, read]);
        const list = await client.get(`${ROBOTS}?q=Level=project,ProjectID=1`);
        expect([who, list.status]).toEqual([who, read]);
        expect([who, (await client.get(ROBOTS)).status]).toEqual([who, refused]);
        if (who === 'neighbour') continue;
        for (const method of ['GET', 'PUT', 'PATCH', 'DELETE']) {
          const body = method === 'GET' || method === 'DELETE' ? undefined : bodyOf({ name: undefined });
          const answers: Answer[] = [];
          for (const other of [foreign.id, system.id, 999_999]) {
            answers.push(await send(client, method, `${ROBOTS}/${other}`, body));
          }
          const [first] = answers;
          expect([who, method, first?.status]).toEqual([who, method, refused]);
          for (const answer of answers) expect([answer.status, answer.text]).toEqual([first?.status, first?.text]);
        }
        if (who === 'projectAdmin') continue;
        for (const method of ['PUT', 'PATCH', 'DELETE']) {
          const answer = await send(client, method, `${ROBOTS}/${id}`, method === 'DELETE' ? undefined : bodyOf());
          expect([who, method, answer.status]).toEqual([who, method, refused]);
        }
      }
      expect((await registry.admin.get(`${ROBOTS}/999999`)).status).toBe(404);
      const admin = clientOf('projectAdmin');
      expect((await send(admin, 'PATCH', `${ROBOTS}/${id}`, {})).status).toBe(200);
      expect((await send(admin, 'DELETE', `${ROBOTS}/${id}`)).status).toBe(200);
      for (const robot of [foreign, system]) expect((await show(robot.id)).id).toBe(robot.id);
    });

    it('keep name, level and project, and their expiry counts from when they were made', async () => {
      const { id, creation_time } = await create({ duration: 1 });
      const shown = await show(id);
      const path = `${ROBOTS}/${id}`;
      for (const change of [
        { name: 'another' },
        { level: 'system' },
        { permissions: [inProject('other', 'repository:pull')] },
        { permissions: [inProject('*', 'repository:pull')] },
        { permissions: [inSystem('user:list')] },
        { permissions: [] },
        { duration: 0 },
      ]) {
        const answer = await send(registry.admin, 'PUT', path, { ...shown, ...change });
        expect([answer.status, JSON.stringify(change)]).toEqual([400, JSON.stringify(change)]);
      }
      expect(await show(id)).toEqual(shown);
      const changed = { ...shown, duration: 3, description: 'new', permissions: [inProject('team', 'tag:list')] };
      expect((await send(registry.admin, 'PUT', path, changed)).status).toBe(200);
      expect(await show(id)).toMatchObject({
        description: 'new',
        expires_at: Math.floor(Date.parse(creation_time) / 1000) + 3 * 86_400,
        permissions: [{ access: [{ resource: 'tag', action: 'list' }] }],
      });
      const { duration: _duration, disable: _disable, ...rest } = await show(id);
      await send(registry.admin, 'PUT', path, { ...rest, disable: true });
      await send(registry.admin, 'PUT', path, rest);
      expect(await show(id)).toMatchObject({ disable: true, duration: 3 });
    });

    it('give no member more than it has: neither by a change nor by a new secret', async () => {
      const admin = clientOf('projectAdmin');
      const strong = await create({ permissions: [inProject('team', 'repository:pull', 'metadata:list')] });
      const path = `${ROBOTS}/${strong.id}`;
      expect((await send(admin, 'PATCH', path, {})).status).toBe(403);
      expect((await send(admin, 'PUT', path, { ...(await show(strong.id)), description: 'mine' })).status).toBe(200);
      const weak = await create({}, admin);
      const more = { ...(await show(weak.id)), permissions: [inProject('team', 'repository:pull', 'metadata:list')] };
      expect((await send(admin, 'PUT', `${ROBOTS}/${weak.id}`, more)).status).toBe(403);
      expect((await pull(robotClient(strong))).status).toBe(200);
    });

    it('create robots themselves, of a part of what they have', async () => {
      const keys = ['repository:pull', 'robot:create', 'robot:read', 'robot:list', 'robot:delete'];
      const maker = robotClient(await create({ permissions: [inProject('team', ...keys)] }));
      const child = await create({}, maker);
      expect(await show(child.id)).toMatchObject({ creator_type: 'robot' });
      expect((await pull(robotClient(child))).status).toBe(200);
      for (const permissions of [
        [inProject('team', 'repository:push')],
        [inProject('team', 'repository:pull', 'tag:list')],
        [inProject('other', 'repository:pull')],
        [inProject('missing', 'repository:pull')],
      ]) {
        expect((await send(maker, 'POST', ROBOTS, bodyOf({ permissions }))).status).toBe(403);
      }
      for (const [method, status] of [
        ['GET', 200],
        ['PUT', 403],
        ['PATCH', 403],
        ['DELETE', 200],
      ] as const) {
        const body = method === 'PUT' || method === 'PATCH' ? bodyOf({ name: undefined }) : undefined;
        expect([method, (await send(maker, method, `${ROBOTS}/${child.id}`, body)).status]).toEqual([method, status]);
      }
      const pulls = [inProject('*', 'repository:pull'), inSystem('robot:create')];
      const system = robotClient(await create({ level: 'system', permissions: pulls }));
      await create({ level: 'system', permissions: [inProject('*', 'repository:pull')] }, system);
      await create({ level: 'system', permissions: [inProject('team', 'repository:pull')] }, system);
      for (const permissions of [[inProject('*', 'repository:push')], [inSystem('user:create')]]) {
        const answer = await send(system, 'POST', ROBOTS, bodyOf({ level: 'system', permissions }));
        expect(answer.status).toBe(403);
      }
      expect((await send(system, 'POST', ROBOTS, bodyOf())).status).toBe(403);
    });

    it('do not pass on what everybody may in a public project', async () => {
      await registry.admin.createProject('open', true);
      const keys = ['robot:create', 'tag:list'];
      const maker = robotClient(await create({ permissions: [inProject('open', ...keys)] }));
      const pulls = bodyOf({ permissions: [inProject('open', 'repository:pull')] });
      expect((await send(maker, 'POST', ROBOTS, pulls)).status).toBe(403);
      await create({ permissions: [inProject('open', 'tag:list')] }, maker);
    });

    it('are listed by level and project, page by page, sorted by what is shown', async () => {
      await registry.admin.createProject('listed');
      const project = (await registry.store.rows('projects')).find(({ name }) => name === 'listed');
      for (const name of ['b-one', 'a-two', 'c-one']) {
        await create({ name, permissions: [inProject('listed', 'repository:pull')] });
      }
      const q = `Level=project,ProjectID=${project?.id}`;
      const names = async (query: string) => {
        const answer = await registry.admin.get(`${ROBOTS}?q=${encodeURIComponent(q)}${query}`);
        expect(answer.status, answer.text).toBe(200);
        return {
          names: readJson<Shown[]>(answer).map(({ name }) => name.replace('robot$listed+', '')),
          total: answer.headers['x-total-count'],
          link: answer.headers.link,
        };
      };
      expect(await names('')).toEqual({ names: ['a-two', 'b-one', 'c-one'], total: '3', link: undefined });
      expect(await names('&sort=-name&page_size=2&page=2')).toMatchObject({
        names: ['a-two'],
        link: expect.stringContaining('rel="prev"'),
      });
      expect((await names('&sort=creation_time,-id')).names).toEqual(['b-one', 'a-two', 'c-one']);
      expect((await names(encodeURIComponent(',name=~ONE'))).names).toEqual(['b-one', 'c-one']);
      expect((await names(encodeURIComponent(',name=listed+a-two'))).names).toEqual(['a-two']);
      // What is not shown filters nothing and sorts nothing.
      for (const hidden of ['secret_hash=~sha256', 'epoch=9', 'created_by=nobody', 'previous_secret_hash=x']) {
        expect((await names(encodeURIComponent(`,${hidden}`))).names).toHaveLength(3);
      }
      for (const bad of [
        'sort=secret_hash',
        'sort=-epoch',
        'sort=name;drop',
        'q=Level=galaxy',
        'q=Level=project',
        "q=Level=project,ProjectID=1'",
        'q=Level=project,ProjectID=[1~9]',
        'q=name=[a~b]',
        'q=name={a b',
        'q=broken',
      ]) {
        expect([bad, (await registry.admin.get(`${ROBOTS}?${bad}`)).status]).toEqual([bad, 400]);
      }
      const missing = await registry.admin.get(`${ROBOTS}?q=Level=project,ProjectID=999999`);
      expect(missing.status).toBe(404);
      const systems = readJson<Shown[]>(await registry.admin.get(`${ROBOTS}?page_size=100`));
      expect(new Set(systems.map(({ level }) => level))).toEqual(new Set(['system']));
    });

    it('have a catalogue of what can be given, for who may give', async () => {
      const count = async (who: RegistryClient) => {
        const answer = await who.get('/api/v2.0/permissions');
        if (answer.status !== 200) return answer.status;
        const { system, project } = readJson<{ system: object[]; project: object[] }>(answer);
        return [system.length, project.length];
      };
      expect(await count(registry.admin)).toEqual([70, 70]);
      expect(await count(clientOf('projectAdmin'))).toEqual([0, 70]);
      expect(await count(clientOf('developer'))).toBe(403);
      expect(await count(registry.anonymous)).toBe(401);
    });
  });
});
