import type { OutgoingHttpHeaders } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Browser } from './support/browser.ts';
import { ENGINES } from './support/engines.ts';
import { type Answer, errorCode, readErrors, readJson } from './support/http-client.ts';
import { ADMIN, type OpenRegistry, openRegistry } from './support/open-registry.ts';
import type { RegistryClient } from './support/registry-client.ts';

const USERS = '/api/v2.0/users';
const OWN = '/api/roadstead/v1';
const PASSWORD = 'Some-Password-1';
const ANOTHER = 'Another-Password-2';
const MISSING = 987_654_321;

interface ShownUser {
  readonly user_id: number;
  readonly username: string;
  readonly email: string;
  readonly sysadmin_flag: boolean;
}

/** What CVE-2019-16097 and its kin send along. */
const PRIVILEGED = {
  sysadmin_flag: true,
  admin_role_in_auth: true,
  has_admin_role: true,
  is_administrator: 1,
  isAdministrator: true,
  role: 1,
  role_id: 1,
  id: 1,
  user_id: 1,
  owner_id: 1,
  creation_time: '2000-01-01T00:00:00Z',
  created_at: 0,
  update_time: '2000-01-01T00:00:00Z',
  password_hash: 'x',
  salt: 'x',
  token_epoch: 99,
  disabled_at: null,
  must_change_password: false,
};

describe.each(ENGINES)('accounts over HTTP on %s', (engine) => {
  let registry: OpenRegistry;
  let adminId: number;
  let carol: RegistryClient;
  let carolId: number;
  let count = 0;

  beforeAll(async () => {
    registry = await openRegistry({ engine, env: { ROADSTEAD_TRUSTED_PROXIES: '127.0.0.1/32' } });
    adminId = readJson<ShownUser>(await registry.admin.get(`${USERS}/current`)).user_id;
    ({ client: carol, id: carolId } = await create('carol', { email: 'carol@example.com', realname: 'Carol C.' }));
  });
  afterAll(() => registry?.close());

  const json = (
    client: RegistryClient,
    method: string,
    path: string,
    body: unknown,
    headers: OutgoingHttpHeaders = {},
  ) =>
    client.send(path, {
      method,
      body: JSON.stringify(body),
      headers: { 'Content-Type': 'application/json', ...headers },
    });
  async function create(username: string, more: object = {}): Promise<{ client: RegistryClient; id: number }> {
    const made = await json(registry.admin, 'POST', USERS, { username, password: PASSWORD, ...more });
    expect([made.status, made.text]).toEqual([201, '']);
    const id = Number(/^\/api\/v2\.0\/users\/(\d+)$/.exec(made.headers.location ?? '')?.[1]);
    return { client: registry.clientOf({ username, password: PASSWORD }), id };
  }
  const createNext = () => {
    count += 1;
    return create(`next-${count}`);
  };
  const rowOf = (id: number) =>
    registry.store.database.reader.selectFrom('users').selectAll().where('id', '=', id).executeTakeFirstOrThrow();
  const changeSettings = (change: object) => json(registry.admin, 'PUT', `${OWN}/access-settings`, change);

  describe("are looked after by Harbor's operations", () => {
    it('show what Harbor shows, and nothing else', async () => {
      const shown = readJson<ShownUser>(await registry.admin.get(`${USERS}/${carolId}`));
      const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/);
      expect(shown).toEqual({
        user_id: carolId,
        username: 'carol',
        email: 'carol@example.com',
        realname: 'Carol C.',
        comment: '',
        sysadmin_flag: false,
        admin_role_in_auth: false,
        creation_time: time,
        update_time: time,
      });
      expect(readJson(await carol.get(`${USERS}/current`))).toEqual(shown);
      expect(readJson(await carol.get(`${USERS}/${carolId}`))).toEqual(shown);
    });

    it('list pages, by what is shown, in an order of what is shown', async () => {
      for (const name of ['list-a', 'list-b', 'list-c']) await create(name, { realname: 'listed' });
      const path = `${USERS}?q=username%3D~LIST-&sort=-username&page_size=2`;
      const first = await registry.admin.get(path);
      expect(first.headers['x-total-count']).toBe('3');
      expect(first.headers.link).toContain('rel="next"');
      expect(readJson<ShownUser[]>(first).map((user) => user.username)).toEqual(['list-c', 'list-b']);
      const second = await registry.admin.get(`${path}&page=2`);
      expect(readJson<ShownUser[]>(second).map((user) => user.username)).toEqual(['list-a']);
      const byMail = await registry.admin.get(`${USERS}?q=email%3Dcarol%40example.com`);
      expect(readJson<ShownUser[]>(byMail).map((user) => user.username)).toEqual(['carol']);
    });

    it('cannot be filtered or sorted by what is not shown', async () => {
      const total = (await registry.admin.get(USERS)).headers['x-total-count'];
      for (const key of ['password', 'password_hash', 'salt', 'token_epoch', 'disabled_at', 'users__password_hash']) {
        for (const condition of [`${key}=~a`, `${key}=[a~b]`, `${key}=x`]) {
          const found = await registry.admin.get(`${USERS}?q=${encodeURIComponent(condition)}`);
          expect([condition, found.status, found.headers['x-total-count']]).toEqual([condition, 200, total]);
        }
        const sorted = await registry.admin.get(`${USERS}?sort=${key}`);
        expect(errorCode(sorted)).toBe('BAD_REQUEST');
      }
      for (const sort of ["username'--", 'username,(select 1)', '-', 'username desc']) {
        const sorted = await registry.admin.get(`${USERS}?sort=${encodeURIComponent(sort)}`);
        expect([sort, sorted.status]).toEqual([sort, 400]);
      }
    });

    it('find names for members: by parts for who sees all, else whole ones, and never addresses', async () => {
      const found = await registry.admin.get(`${USERS}/search?username=aro`);
      expect(readJson(found)).toEqual([{ user_id: carolId, username: 'carol' }]);
      const { client } = await createNext();
      expect(readJson(await client.get(`${USERS}/search?username=carol`))).toEqual([
        { user_id: carolId, username: 'carol' },
      ]);
      for (const part of ['aro', 'c', '%25', '_____', 'carol@example.com', 'CAROL']) {
        const answer = await client.get(`${USERS}/search?username=${part}`);
        expect([part, answer.text, answer.headers['x-total-count']]).toEqual([part, '[]', '0']);
      }
      expect((await registry.anonymous.get(`${USERS}/search?username=carol`)).status).toBe(401);
      for (const query of ['', '?username=']) expect((await client.get(`${USERS}/search${query}`)).status).toBe(422);
    });

    it('change profiles: only what is named', async () => {
      const { client, id } = await createNext();
      expect((await json(client, 'PUT', `${USERS}/${id}`, { realname: 'R', comment: 'C' })).status).toBe(200);
      expect((await json(client, 'PUT', `${USERS}/${id}`, { email: `mail-${id}@example.com` })).status).toBe(200);
      expect(await rowOf(id)).toMatchObject({ real_name: 'R', comment: 'C', email: `mail-${id}@example.com` });
      const taken = await json(client, 'PUT', `${USERS}/${id}`, { email: 'CAROL@example.com' });
      expect(errorCode(taken)).toBe('CONFLICT');
      const bad = await json(client, 'PUT', `${USERS}/${id}`, { email: 'nonsense' });
      expect(errorCode(bad)).toBe('BAD_REQUEST');
    });

    it('refuse names that are taken, weak passwords, and bodies of another form', async () => {
      const post = (body: unknown) => json(registry.admin, 'POST', USERS, body);
      expect(errorCode(await post({ username: 'carol', password: PASSWORD }))).toBe('CONFLICT');
      for (const body of [{ username: 'x', password: 'weak' }, { username: 'x' }, { password: PASSWORD }, {}]) {
        expect(errorCode(await post(body))).toBe('BAD_REQUEST');
      }
      for (const body of [{ username: { $ne: 1 }, password: PASSWORD }, [], 'x', null]) {
        expect([400, 422]).toContain((await post(body)).status);
      }
      expect([400, 415, 422]).toContain(
        (await registry.admin.post(USERS, '{"__proto__":{"sysadmin_flag":true}}')).status,
      );
    });

    it('delete, but never oneself, the way back in, or the last administrator', async () => {
      const { client, id } = await createNext();
      expect((await registry.admin.delete(`${USERS}/${id}`)).status).toBe(200);
      expect((await registry.admin.delete(`${USERS}/${id}`)).status).toBe(404);
      expect((await client.get('/v2/')).status).toBe(401);
      expect((await registry.admin.delete(`${USERS}/${adminId}`)).status).toBe(403);
      expect((await registry.admin.post(`${OWN}/users/${adminId}/disable`)).status).toBe(403);
      const demoted = await json(registry.admin, 'PUT', `${USERS}/${adminId}/sysadmin`, { sysadmin_flag: false });
      expect(demoted.status).toBe(403);
      const other = await createNext();
      const path = `${USERS}/${other.id}/sysadmin`;
      expect((await json(registry.admin, 'PUT', path, { sysadmin_flag: true })).status).toBe(200);
      expect((await json(other.client, 'POST', `${OWN}/users/${adminId}/disable`, {})).status).toBe(204);
      expect((await registry.admin.get('/v2/')).status).toBe(401);
      const last = await json(other.client, 'PUT', path, { sysadmin_flag: false });
      expect(errorCode(last)).toBe('PRECONDITION');
      expect((await json(other.client, 'POST', `${OWN}/users/${adminId}/enable`, {})).status).toBe(204);
      expect((await registry.admin.get('/v2/')).status).toBe(200);
      expect((await json(other.client, 'PUT', path, { sysadmin_flag: false })).status).toBe(200);
      expect((await other.client.get(USERS)).status).toBe(403);
    });

    it('say that nobody signs in by OpenID Connect here', async () => {
      const secret = { secret: 'Some-Secret-1' };
      expect(errorCode(await json(carol, 'PUT', `${USERS}/${carolId}/cli_secret`, secret))).toBe('PRECONDITION');
      expect((await json(carol, 'PUT', `${USERS}/${adminId}/cli_secret`, secret)).status).toBe(403);
    });

    it('tell what somebody may do in a project', async () => {
      const name = `perms-${engine}`;
      await carol.createProject(name);
      const { project_id: id } = readJson<{ project_id: number }>(await carol.get(`/api/v2.0/projects/${name}`));
      const path = `${USERS}/current/permissions?scope=/project/${id}`;
      const absolute = readJson<object[]>(await carol.get(path));
      const relative = readJson<object[]>(await carol.get(`${path}&relative=true`));
      expect(absolute).toContainEqual({ resource: `/project/${id}/repository`, action: 'push' });
      expect(absolute).toContainEqual({ resource: `/project/${id}`, action: 'delete' });
      expect(relative).toContainEqual({ resource: 'repository', action: 'push' });
      expect(relative).toContainEqual({ resource: '.', action: 'delete' });
      expect(relative).not.toContainEqual({ resource: 'metadata', action: 'list' });
      expect(readJson<object[]>(await registry.admin.get(`${path}&relative=true`))).toContainEqual({
        resource: 'metadata',
        action: 'list',
      });
      const { client } = await createNext();
      for (const scope of [`/project/${id}`, '/project/4711', '/system', '', 'x']) {
        const answer = await client.get(`${USERS}/current/permissions?scope=${scope}`);
        expect([scope, answer.status, answer.text]).toEqual([scope, 200, '[]']);
      }
      expect((await registry.anonymous.get(path)).status).toBe(401);
    });
  });

  it('tell administrators what they may do in the registry as a whole, and others nothing', async () => {
    const path = `${USERS}/current/permissions?scope=/system`;
    const answer = await registry.admin.get(path);
    const listed = readJson<{ resource: string; action: string }[]>(answer);
    for (const [resource, action] of [
      ['audit-log', 'list'],
      ['configuration', 'update'],
      ['garbage-collection', 'create'],
      ['project', 'create'],
      ['robot', 'create'],
      ['user', 'delete'],
    ])
      expect(listed).toContainEqual({ resource, action });
    expect(listed).not.toContainEqual({ resource: 'repository', action: 'push' });
    const keys = listed.map(({ resource, action }) => `${resource}:${action}`);
    expect(keys).toEqual([...new Set(keys)].toSorted());
    expect((await registry.admin.get(`${path}&relative=true`)).text).toBe(answer.text);
    expect((await registry.admin.get(`${path}/`)).text).toBe(answer.text);
    expect((await registry.admin.get(`${path}atic`)).text).toBe('[]');
    expect((await carol.get(path)).text).toBe('[]');
    expect((await registry.anonymous.get(path)).status).toBe(401);
    const permissions = [
      { kind: 'system', namespace: '/', access: [{ resource: 'garbage-collection', action: 'read' }] },
    ];
    const made = await json(registry.admin, 'POST', '/api/v2.0/robots', {
      name: `looks-${engine}`,
      level: 'system',
      duration: 1,
      permissions,
    });
    const { name, secret } = readJson<{ name: string; secret: string }>(made);
    const authorization = `Basic ${Buffer.from(`${name}:${secret}`).toString('base64')}`;
    const robot = await registry.anonymous.with({ authorization }).get(path);
    expect(readJson(robot)).toEqual([{ resource: 'garbage-collection', action: 'read' }]);
  });

  describe('passwords', () => {
    it('are changed with the old one, and by administrators without', async () => {
      const { client, id } = await createNext();
      const path = `${USERS}/${id}/password`;
      const wrong = await json(client, 'PUT', path, { old_password: ANOTHER, new_password: ANOTHER });
      expect(errorCode(wrong)).toBe('FORBIDDEN');
      for (const body of [
        { new_password: ANOTHER },
        { old_password: PASSWORD },
        { old_password: PASSWORD, new_password: PASSWORD },
      ]) {
        expect(errorCode(await json(client, 'PUT', path, body))).toBe('BAD_REQUEST');
      }
      expect((await json(client, 'PUT', path, { old_password: PASSWORD, new_password: ANOTHER })).status).toBe(200);
      expect((await client.get('/v2/')).status).toBe(401);
      expect((await json(registry.admin, 'PUT', path, { new_password: PASSWORD })).status).toBe(200);
      expect((await client.get('/v2/')).status).toBe(200);
      const own = { new_password: ANOTHER };
      expect((await json(registry.admin, 'PUT', `${USERS}/${adminId}/password`, own)).status).toBe(400);
      expect(
        (await json(registry.admin, 'PUT', `${OWN}/users/${adminId}/password`, { password: ANOTHER })).status,
      ).toBe(403);
    });

    it('that somebody else chose open nothing but choosing another, if it is so wanted', async () => {
      const username = `forced-${engine}`;
      const made = await json(registry.admin, 'POST', `${OWN}/users`, { username, password: PASSWORD });
      const { id } = readJson<{ id: number }>(made);
      const client = registry.clientOf({ username, password: PASSWORD });
      for (const path of ['/v2/', '/v2/_catalog', '/service/token?service=harbor-registry']) {
        const refused = await client.get(path);
        expect([path, refused.status]).toEqual([path, 403]);
        expect(refused.text).toContain(`PUT ${USERS}/${id}/password`);
      }
      for (const path of ['/api/v2.0/projects', `${USERS}/${id}`, `${USERS}/current/permissions`, `${OWN}/sessions`]) {
        expect(errorCode(await client.get(path))).toBe('FORBIDDEN');
      }
      expect((await json(client, 'PUT', `${USERS}/${adminId}/password`, { new_password: ANOTHER })).status).toBe(403);
      expect(readJson<ShownUser>(await client.get(`${USERS}/current`)).username).toBe(username);
      const browser = new Browser(registry.url);
      expect((await browser.signIn({ username, password: PASSWORD })).status).toBe(200);
      const session = readJson<{ user: object }>(await browser.get(`${OWN}/session`));
      expect(session.user).toMatchObject({ mustChangePassword: true });
      expect((await browser.get('/api/v2.0/projects')).status).toBe(403);
      const change = { old_password: PASSWORD, new_password: ANOTHER };
      expect((await browser.sendJson('PUT', `${USERS}/${id}/password`, change)).status).toBe(200);
      expect((await browser.get('/api/v2.0/projects')).status).toBe(200);
      expect((await registry.clientOf({ username, password: ANOTHER }).get('/v2/')).status).toBe(200);
      const reset = { password: PASSWORD };
      expect((await json(registry.admin, 'PUT', `${OWN}/users/${id}/password`, reset)).status).toBe(204);
      expect((await client.get('/v2/')).status).toBe(403);
      expect(readJson(await registry.admin.get(`${OWN}/users/${id}`))).toMatchObject({ mustChangePassword: true });
    });
  });

  it('are listed with their state, page by page', async () => {
    const { id } = await createNext();
    await registry.admin.post(`${OWN}/users/${id}/disable`);
    type Page = { readonly items: readonly { id: number; username: string }[]; readonly next: number | null };
    const seen: string[] = [];
    for (let after = 0, isFirst = true; isFirst || after > 0; isFirst = false) {
      const page = readJson<Page>(await registry.admin.get(`${OWN}/users?limit=2&after=${after}`));
      seen.push(...page.items.map(({ username }) => username));
      after = page.next ?? 0;
    }
    expect(seen.slice(0, 2)).toEqual(['admin', 'carol']);
    expect(new Set(seen).size).toBe(seen.length);
    expect(seen.at(-1)).toBe(`next-${count}`);
    const [found] = readJson<Page>(await registry.admin.get(`${OWN}/users?username=next-${count}`)).items;
    expect(found).toMatchObject({ id, isDisabled: true, mustChangePassword: false, isAdministrator: false });
    expect((await carol.get(`${OWN}/users`)).status).toBe(403);
    expect((await registry.anonymous.get(`${OWN}/users`)).status).toBe(401);
  });

  it('are made by strangers only where that is switched on', async () => {
    const body = { username: `stranger-${engine}`, password: PASSWORD, ...PRIVILEGED };
    expect((await json(registry.anonymous, 'POST', USERS, body)).status).toBe(401);
    expect((await json(carol, 'POST', USERS, body)).status).toBe(403);
    expect((await changeSettings({ selfRegistration: true })).status).toBe(200);
    try {
      const made = await json(registry.anonymous, 'POST', USERS, body);
      expect(made.status).toBe(201);
      const row = await rowOf(Number(made.headers.location?.split('/').at(-1)));
      expect(row).toMatchObject({ username: body.username, is_administrator: 0, token_epoch: 1 });
    } finally {
      expect((await changeSettings({ selfRegistration: false })).status).toBe(200);
    }
    expect((await json(registry.anonymous, 'POST', USERS, { ...body, username: 'later' })).status).toBe(401);
  });

  describe('take nothing that a body should not set', () => {
    const unchanged = ['id', 'is_administrator', 'disabled_at', 'must_change_password', 'created_at'] as const;
    const fixedOf = async (id: number) => {
      const row = await rowOf(id);
      return Object.fromEntries(unchanged.map((name) => [name, row[name]]));
    };

    it('in a profile, a password, or a session of the user itself', async () => {
      const { client, id } = await createNext();
      const before = { fixed: await fixedOf(id), epoch: (await rowOf(id)).token_epoch };
      const bodies: readonly [string, string, object][] = [
        ['PUT', `${USERS}/${id}`, { comment: 'x' }],
        ['POST', `${OWN}/session`, { username: `next-${count}`, password: PASSWORD }],
        ['PUT', `${USERS}/${id}/cli_secret`, { secret: 'x' }],
        ['PUT', `${USERS}/${id}/sysadmin`, { sysadmin_flag: true }],
        ['POST', `${OWN}/users`, { username: 'smuggled', password: PASSWORD }],
        ['POST', `${OWN}/users/${id}/enable`, {}],
        ['PUT', `${OWN}/users/${id}/password`, { password: ANOTHER }],
        ['PUT', `${OWN}/access-settings`, { selfRegistration: true }],
      ];
      for (const [method, path, body] of bodies) await json(client, method, path, { ...PRIVILEGED, ...body });
      expect(await fixedOf(id)).toEqual(before.fixed);
      expect((await rowOf(id)).token_epoch).toBe(before.epoch);
      const change = { ...PRIVILEGED, old_password: PASSWORD, new_password: ANOTHER };
      expect((await json(client, 'PUT', `${USERS}/${id}/password`, change)).status).toBe(200);
      expect(await fixedOf(id)).toEqual(before.fixed);
      expect((await rowOf(id)).token_epoch).toBe(before.epoch + 1);
      expect(readJson(await registry.admin.get(`${OWN}/access-settings`))).toMatchObject({ selfRegistration: false });
    });

    it('in what administrators send, but by its own operation', async () => {
      const { id } = await create(`plain-${engine}`, PRIVILEGED);
      expect(await fixedOf(id)).toMatchObject({ is_administrator: 0, must_change_password: 0, disabled_at: null });
      expect(id).toBeGreaterThan(adminId);
      expect((await rowOf(id)).created_at).toBeGreaterThan(0);
      await json(registry.admin, 'PUT', `${USERS}/${id}`, { ...PRIVILEGED, comment: 'x' });
      expect(await fixedOf(id)).toMatchObject({ is_administrator: 0 });
      for (const flag of ['true', 1, {}, [true]]) {
        const set = await json(registry.admin, 'PUT', `${USERS}/${id}/sysadmin`, { sysadmin_flag: flag });
        expect(set.status).toBe(422);
      }
      expect(await fixedOf(id)).toMatchObject({ is_administrator: 0 });
    });
  });

  describe('cannot be found out', () => {
    const same = (one: Answer, other: Answer) => {
      const headersOf = ({ headers }: Answer) => {
        const { date, 'x-request-id': _, ...rest } = headers;
        return rest;
      };
      expect([one.status, one.text, headersOf(one)]).toEqual([other.status, other.text, headersOf(other)]);
    };

    it('by the number, whatever is asked, signed in or not', async () => {
      const { client } = await createNext();
      const operations: readonly [string, string, unknown][] = [
        ['GET', '', undefined],
        ['PUT', '', { comment: 'x' }],
        ['DELETE', '', undefined],
        ['PUT', '/sysadmin', { sysadmin_flag: true }],
        ['PUT', '/password', { old_password: PASSWORD, new_password: ANOTHER }],
        ['PUT', '/cli_secret', { secret: 'x' }],
      ];
      const own: readonly [string, string, unknown][] = [
        ['GET', '', undefined],
        ['DELETE', '', undefined],
        ['POST', '/disable', undefined],
        ['POST', '/enable', undefined],
        ['PUT', '/password', { password: ANOTHER }],
        ['GET', '/sessions', undefined],
        ['DELETE', '/sessions', undefined],
        ['DELETE', '/sessions/x', undefined],
      ];
      for (const who of [registry.anonymous, client]) {
        const status = who === client ? 403 : 401;
        for (const [base, list] of [
          [USERS, operations],
          [`${OWN}/users`, own],
        ] as const) {
          for (const [method, suffix, body] of list) {
            const ask = (id: number) =>
              body === undefined
                ? who.send(`${base}/${id}${suffix}`, { method })
                : json(who, method, `${base}/${id}${suffix}`, body);
            const [existing, missing] = [await ask(carolId), await ask(MISSING)];
            expect([method, suffix, existing.status]).toEqual([method, suffix, status]);
            same(existing, missing);
          }
        }
      }
      expect(await rowOf(carolId)).toMatchObject({ comment: '', is_administrator: 0, disabled_at: null });
    });

    it('by signing in with the name or the address of nobody', async () => {
      for (const username of [
        'carol',
        'nobody',
        'carol@example.com',
        'nobody@example.com',
        'carol\u0000',
        'x'.repeat(300),
      ]) {
        const client = registry.clientOf({ username, password: ANOTHER });
        for (const path of [
          '/v2/',
          '/service/token?service=harbor-registry&scope=repository:a/b:pull',
          `${USERS}/current`,
        ]) {
          const answer = await client.get(path);
          expect([path, answer.status]).toEqual([path, 401]);
          expect(answer.text).not.toContain(username);
        }
      }
      const [wrong, unknown] = await Promise.all(
        ['carol', 'nobody'].map((username) => new Browser(registry.url).signIn({ username, password: ANOTHER })),
      );
      if (wrong !== undefined && unknown !== undefined) same(wrong, unknown);
    });
  });

  it('keep what administrators decide about them, one setting at a time', async () => {
    const defaults = {
      selfRegistration: false,
      projectCreation: 'everyone',
      sessionTimeoutMinutes: 60,
      robotNamePrefix: 'robot$',
      robotDurationDays: 30,
      tokenMinutes: null,
      requireSecondFactor: 'nobody',
      requireSecondFactorOfRoles: [],
    };
    expect(readJson(await registry.admin.get(`${OWN}/access-settings`))).toEqual(defaults);
    expect(readJson(await changeSettings({ sessionTimeoutMinutes: 30 }))).toEqual({
      ...defaults,
      sessionTimeoutMinutes: 30,
    });
    for (const wrong of [
      { sessionTimeoutMinutes: 0 },
      { sessionTimeoutMinutes: '30' },
      { sessionTimeoutMinutes: 10_081 },
      { selfRegistration: 'yes' },
      { projectCreation: 'nobody' },
      { robotNamePrefix: '' },
      { robotNamePrefix: 'a:b' },
      { robotDurationDays: 0 },
      { requireSecondFactor: 'somebody' },
      { requireSecondFactor: true },
      { constructor: 1 },
      { unknown: true },
    ]) {
      const answer = await changeSettings(wrong);
      expect([wrong, errorCode(answer)]).toEqual([wrong, 'UNPROCESSABLE_ENTITY']);
    }
    expect(errorCode(await changeSettings({ robotNamePrefix: 'caro' }))).toBe('CONFLICT');
    expect((await changeSettings({ sessionTimeoutMinutes: 60 })).status).toBe(200);
    expect(readErrors(await json(carol, 'PUT', `${OWN}/access-settings`, {}))[0]?.code).toBe('FORBIDDEN');
    expect((await registry.anonymous.get(`${OWN}/access-settings`)).status).toBe(401);
    expect(ADMIN.username).toBe('admin');
  });
});
