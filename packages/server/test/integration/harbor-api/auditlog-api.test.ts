import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ENGINES } from '../support/engines.ts';
import { type OpenRegistry, openRegistry } from '../support/open-registry.ts';
import type { RegistryClient } from '../support/registry-client.ts';
import { sampleImage } from '../support/sample-content.ts';
import { HarborCaller } from './harbor-caller.ts';

type Query = Readonly<Record<string, string | number>>;

/** The four lists: those of the instance, and those of the project `team`. */
const LISTS = [
  ['listAuditLogs', {}],
  ['listAuditLogExts', {}],
  ['getLogs', { project_name: 'team' }],
  ['getLogExts', { project_name: 'team' }],
] as const;
const OF_ALL = LISTS.slice(0, 2);
const OF_PROJECT = LISTS.slice(2);

describe.each(ENGINES)("Harbor's audit log on %s", (engine) => {
  let registry: OpenRegistry;
  let harbor: HarborCaller;
  let carol: RegistryClient;
  let guest: RegistryClient;
  let keeper: RegistryClient;
  const image = sampleImage();
  beforeAll(async () => {
    registry = await openRegistry({ engine });
    harbor = await HarborCaller.open();
    const { admin } = registry;
    carol = await registry.createUser('carol');
    guest = await registry.createUser('guest');
    keeper = await registry.createUser('keeper');
    for (const name of ['team', 'other', 'public-team']) await admin.createProject(name, name === 'public-team');
    for (const [username, role_id] of [
      ['guest', 5],
      ['keeper', 1],
    ] as const) {
      const body = { role_id, member_user: { username } };
      await harbor.call(admin, 'createProjectMember', { params: { project_name_or_id: 'team' }, body });
    }
    await keeper.pushImage('team/app', 'v1', image);
    await admin.pushImage('other/app', 'v1', sampleImage());
    await admin.pushImage('public-team/app', 'v1', sampleImage());
    const params = { project_name: 'team', repository_name: 'app', reference: 'v1', tag_name: 'v1' };
    await harbor.call(keeper, 'deleteTag', { params });
  });
  afterAll(() => registry?.close());

  const list = (id: string, query: Query = {}, client = registry.admin, params: Query = {}) =>
    harbor.call(client, id, { query: { page_size: 100, ...query }, params });
  const projectsOf = (answer: { readonly json: readonly { readonly resource: string }[] }) =>
    new Set(answer.json.map(({ resource }) => resource.split('/')[0]));

  describe.each(LISTS)('%s', (id, params) => {
    const ask = (query: Query, client = registry.admin) => list(id, query, client, params);

    it('shows what was done, the newest first', async () => {
      const { json, headers } = await ask({});
      expect(json.length).toBe(Number(headers['x-total-count']));
      const times = json.map(({ op_time: at }: { op_time: string }) => at);
      expect(times).toEqual(times.toSorted().toReversed());
      const pushed = json.find(
        (entry: { operation: string; resource_type: string; username: string }) =>
          entry.operation === 'create' && entry.resource_type === 'artifact' && entry.username === 'keeper',
      );
      expect(pushed.resource).toContain('team/app@sha256:');
    });

    it('has pages', async () => {
      const all = (await ask({ sort: 'id' })).json.map((entry: { id: number }) => entry.id);
      const page = await ask({ sort: 'id', page: 2, page_size: 1 });
      expect(page.json.map((entry: { id: number }) => entry.id)).toEqual(all.slice(1, 2));
      expect(page.headers['link']).toContain('rel="prev"');
      expect(page.headers['link']).toContain('rel="next"');
      expect((await ask({ page: 9_999 })).json).toEqual([]);
    });

    it.each(['id', '-id', 'op_time', '-op_time'])('is sorted by %s', async (sort) => {
      const ids = (await ask({ sort })).json.map((entry: { id: number }) => entry.id);
      const ordered = ids.toSorted((left: number, right: number) => left - right);
      if (sort.endsWith('id')) expect(ids).toEqual(sort === 'id' ? ordered : ordered.toReversed());
      expect(ids.length).toBeGreaterThan(2);
    });

    it.each([
      ['operation=delete', (entry: Entry) => entry.operation === 'delete'],
      ['operation={create delete}', (entry: Entry) => ['create', 'delete'].includes(entry.operation)],
      ['resource_type=artifact', (entry: Entry) => entry.resource_type === 'artifact'],
      ['resource_type=~ART', (entry: Entry) => entry.resource_type === 'artifact'],
      ['username=keeper', (entry: Entry) => entry.username === 'keeper'],
      ['username=~KEEP', (entry: Entry) => entry.username === 'keeper'],
      ['username={keeper nobody}', (entry: Entry) => entry.username === 'keeper'],
      ['resource=team/app:v1', (entry: Entry) => entry.resource === 'team/app:v1'],
      ['resource=~TEAM/APP', (entry: Entry) => entry.resource.includes('team/app')],
      ['op_time=[2020-01-01T00:00:00~]', () => true],
      ['operation=create,username=keeper', (entry: Entry) => entry.operation === 'create'],
    ])('is narrowed by %s', async (q, holds) => {
      const { json } = await ask({ q });
      expect(json.length).toBeGreaterThan(0);
      expect(json.filter((entry: Entry) => !holds(entry))).toEqual([]);
      // What the condition does not say is left out. Sign-ins are written a little later, so the log may grow in between.
      const isWhole = async () => (await ask({ q })).json.length === (await ask({})).json.filter(holds).length;
      if (!q.includes('~') && !q.includes(',')) await expect.poll(isWhole, { timeout: 10_000 }).toBe(true);
    });

    it.each(['op_time=[~2020-01-01T00:00:00]', 'operation=fly', 'username=nobody', 'resource=TEAM/app:v1', 'id=0'])(
      'is empty with %s',
      async (q) => {
        expect((await ask({ q })).json).toEqual([]);
      },
    );

    it.each([
      [{ q: 'operation' }, 400],
      [{ q: 'op_time=yesterday' }, 400],
      [{ q: 'username=(a b)' }, 400],
      [{ sort: 'username' }, 400],
      [{ page: 0 }, 422],
      [{ page_size: 101 }, 422],
    ])('refuses %o', async (query, status) => {
      expect((await ask(query as Query)).status).toBe(status);
    });

    it('knows no strangers', async () => {
      expect((await ask({}, registry.anonymous)).status).toBe(401);
    });

    it('ignores conditions on what it does not show', async () => {
      const [all, asked] = [await ask({}), await ask({ q: 'address=10.0.0.1' })];
      expect(asked.json).toEqual(all.json);
    });
  });

  it.each(OF_ALL)('%s shows the projects whose log somebody may read', async (id) => {
    expect([...projectsOf(await list(id, { q: 'resource_type=artifact' }, keeper))]).toEqual(['team']);
    expect((await list(id, {}, carol)).json).toEqual([]);
    const all = projectsOf(await list(id, { q: 'resource_type=artifact' }));
    expect([...all].toSorted()).toEqual(['other', 'public-team', 'team']);
  });

  it.each(OF_PROJECT)('%s is for who may read it', async (id, params) => {
    expect((await list(id, {}, keeper, params)).status).toBe(200);
    expect((await list(id, {}, carol, params)).status).toBe(403);
    expect((await list(id, {}, carol, { project_name: 'nothing' })).status).toBe(403);
    expect((await list(id, {}, registry.admin, { project_name: 'nothing' })).status).toBe(404);
    const limited = await list(id, {}, guest, params);
    expect(limited.status).toBe(403);
  });

  it('the first log has content, projects and robots only; the second says what came of it', async () => {
    const first = await list('listAuditLogs');
    const types = new Set(first.json.map((entry: Entry) => entry.resource_type));
    expect(
      [...types].every((type) => ['artifact', 'project', 'repository', 'robot', 'tag'].includes(String(type))),
    ).toBe(true);
    const body = { username: 'erin', email: 'erin@example.com', realname: 'Erin', password: 'Harbor-Password-77' };
    expect((await harbor.call(registry.admin, 'createUser', { body })).status).toBe(201);
    const second = await list('listAuditLogExts', { q: 'resource_type=user,operation=create,username=admin' });
    expect(second.json).toHaveLength(1);
    expect(second.json[0]).toMatchObject({ resource: 'erin', operation_result: true, username: 'admin' });
    expect(second.json[0].operation_description).toBe('create user erin');
  });

  it('the types of events are those of Harbor, for administrators', async () => {
    const { json } = await harbor.call(registry.admin, 'listAuditLogEventTypes');
    expect(json).toHaveLength(14);
    expect(json).toContainEqual({ event_type: 'update_configuration' });
    expect((await harbor.call(keeper, 'listAuditLogEventTypes')).status).toBe(403);
    expect((await harbor.call(registry.anonymous, 'listAuditLogEventTypes')).status).toBe(401);
  });
});

interface Entry {
  readonly operation: string;
  readonly resource_type: string;
  readonly resource: string;
  readonly username: string;
}
