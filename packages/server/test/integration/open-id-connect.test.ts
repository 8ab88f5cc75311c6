import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  CLIENT_ID,
  CLIENT_SECRET,
  type RunningOidcProvider,
  startOidcProvider,
} from '../support/start-oidc-provider.ts';
import { ENGINES } from './support/engines.ts';
import { type Answer, readJson } from './support/http-client.ts';
import { type OpenRegistry, openRegistry } from './support/open-registry.ts';
import { RegistryClient } from './support/registry-client.ts';
import { SignInBrowser } from './support/sign-in-browser.ts';

const OURS = '/api/roadstead/v1';
const PATH = `${OURS}/open-id-connect`;
const JSON_TYPE = { 'Content-Type': 'application/json' };
const TOKEN = '/service/token?service=harbor-registry';
const PASSWORD = 'Local-Password-1';

describe.each(ENGINES)('OVH’s object for single sign-on on %s', { timeout: 60_000 }, (engine) => {
  let registry: OpenRegistry;
  let work: RunningOidcProvider;
  let provider: Readonly<Record<string, unknown>>;

  beforeAll(async () => {
    registry = await openRegistry({ engine, env: { ROADSTEAD_EGRESS_ALLOW: '127.0.0.1/32' } });
    work = await startOidcProvider([`${registry.url}/c/oidc/callback`]);
    work.people.set('olga', { preferred_username: 'olga', groups: ['operators'] });
    work.people.set('paul', { preferred_username: 'paul' });
    provider = {
      ...{ name: 'Work', endpoint: work.issuer, clientId: CLIENT_ID, clientSecret: CLIENT_SECRET },
      ...{ scope: 'openid,profile,email', groupsClaim: 'groups', adminGroup: 'operators', autoOnboard: true },
    };
  });
  afterAll(async () => {
    await registry?.close();
    await work?.close();
  });

  const get = () => registry.admin.get(PATH);
  const post = (body: unknown) => registry.admin.post(PATH, JSON.stringify(body), JSON_TYPE);
  const put = (body: unknown) => registry.admin.put(PATH, JSON.stringify(body), JSON_TYPE);
  const expectNull = ({ status, text, headers }: Answer) =>
    expect([status, text, headers['content-type']]).toEqual([200, 'null', 'application/json; charset=utf-8']);
  const expectRefusal = (answer: Answer, status: number, kind: string, message: string) => {
    expect(answer.status, answer.text).toBe(status);
    const said = readJson<{ class: string; message: string; errors: { message: string }[] }>(answer);
    expect(said).toMatchObject({ class: `Client::${kind}`, message: expect.stringContaining(message) });
    expect(said.errors[0]?.message).toBe(said.message);
  };
  const users = async () => (await registry.store.rows('users')).map((row) => String(row['username'])).sort();
  /** Without sign-ins, which are written some time after them. */
  const kinds = async () =>
    (await registry.store.rows('journal'))
      .map((row) => String(row['kind']))
      .filter((kind) => !kind.startsWith('login.'));
  const signIn = async (login: string) => {
    const browser = new SignInBrowser();
    const url = `${registry.url}/c/oidc/login?redirect_url=${OURS}/session`;
    await browser.signInAt(await browser.visit(url), login, ({ pathname }) => pathname.endsWith('/session'));
    return browser;
  };
  const session = (browser: SignInBrowser) => browser.ask(`${registry.url}${OURS}/session`);
  /** As somebody's page does it. */
  const act = async (browser: SignInBrowser, method: string, path: string, body?: unknown) => {
    const csrf = String((await session(browser)).headers['x-harbor-csrf-token']);
    const headers = { 'X-Harbor-CSRF-Token': csrf, ...JSON_TYPE };
    return browser.ask(`${registry.url}${path}`, { method, headers, body: JSON.stringify(body) });
  };
  const addLocal = async (username: string) => {
    const body = { username, password: PASSWORD, realname: username, email: `${username}@example.com` };
    const answer = await registry.admin.post('/api/v2.0/users', JSON.stringify(body), JSON_TYPE);
    expect(answer.status, answer.text).toBe(201);
    return RegistryClient.withBasic(registry.url, { username, password: PASSWORD });
  };

  /** @returns a robot of the project */
  const addProjectOf = async (owner: RegistryClient) => {
    const project = JSON.stringify({ project_name: 'bens' });
    expect((await owner.post('/api/v2.0/projects', project, JSON_TYPE)).status).toBe(201);
    const access = [{ resource: 'repository', action: 'pull' }];
    const robot = { name: 'ci', level: 'project', duration: 1 };
    const body = { ...robot, permissions: [{ kind: 'project', namespace: 'bens', access }] };
    const answer = await owner.post('/api/v2.0/robots', JSON.stringify(body), JSON_TYPE);
    expect(answer.status, answer.text).toBe(201);
    const { name, secret } = readJson<{ name: string; secret: string }>(answer);
    return RegistryClient.withBasic(registry.url, { username: name, password: secret });
  };

  it('is not there at first', async () => {
    expectRefusal(await get(), 404, 'NotFound', 'not set up');
    expectRefusal(await put({ name: 'x' }), 404, 'NotFound', 'not set up');
    expectRefusal(await registry.admin.delete(PATH), 404, 'NotFound', 'not set up');
  });

  it('is for administrators in person', async () => {
    const anna = await addLocal('anna');
    for (const [client, status] of [
      [registry.anonymous, 401],
      [anna, 403],
    ] as const) {
      const kind = status === 401 ? 'Unauthorized' : 'Forbidden';
      expectRefusal(await client.get(PATH), status, kind, '');
      expectRefusal(await client.post(PATH, JSON.stringify({ provider }), JSON_TYPE), status, kind, '');
      expectRefusal(await client.put(PATH, JSON.stringify({ name: 'x' }), JSON_TYPE), status, kind, '');
      expectRefusal(await client.delete(PATH), status, kind, '');
    }
  });

  it('is refused while users exist, unless they are to be deleted', async () => {
    const ben = await addLocal('ben');
    const token = readJson<{ token: string }>(await ben.get(TOKEN)).token;
    const bearer = new RegistryClient(registry.url, { authorization: `Bearer ${token}` });
    expect((await bearer.get('/v2/')).status).toBe(200);
    const robot = await addProjectOf(ben);
    for (const body of [{ provider }, { provider, deleteUsers: false }]) {
      const answer = await post(body);
      expectRefusal(answer, 400, 'BadRequest', '2 users exist, set parameter deleteUsers to delete them');
      expect(readJson<{ message: string }>(answer).message).toBe(
        '2 users exist, set parameter deleteUsers to delete them',
      );
    }
    expect((await get()).status).toBe(404);
    const before = (await kinds()).length;
    expectNull(await post({ provider, deleteUsers: true }));
    expect((await kinds()).slice(before)).toEqual(['user.deleted', 'user.deleted', 'login-provider.created']);
    expect(await users()).toEqual(['admin']);
    expect([(await ben.get(TOKEN)).status, (await bearer.get('/v2/')).status]).toEqual([401, 401]);
    expect((await registry.admin.get('/api/v2.0/projects/bens')).status).toBe(200);
    expect((await robot.get(TOKEN)).status).toBe(200);
  });

  it('is shown without its secret, as what the other APIs show, too', async () => {
    const answer = await get();
    const { clientSecret: _, ...rest } = provider;
    const instant = expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
    expect(readJson(answer)).toEqual({
      ...rest,
      ...{ id: expect.any(String), groupFilter: null, userClaim: 'preferred_username', verifyCert: true },
      ...{ status: 'READY', createdAt: instant, updatedAt: instant },
    });
    expect(answer.text).not.toContain(CLIENT_SECRET);
    expect(JSON.stringify(await registry.store.rows('login_providers'))).not.toContain(CLIENT_SECRET);
    expect(JSON.stringify(await registry.store.rows('journal'))).not.toContain(CLIENT_SECRET);
    const harbor = readJson<Record<string, { value: unknown }>>(await registry.admin.get('/api/v2.0/configurations'));
    expect([harbor['auth_mode']?.value, harbor['oidc_endpoint']?.value]).toEqual(['oidc_auth', work.issuer]);
  });

  it('is where people sign in, who are users then', async () => {
    const olga = await signIn('olga');
    expect(readJson(await session(olga))).toMatchObject({ user: { name: 'olga', isAdministrator: true } });
    expect(readJson(await session(await signIn('paul')))).toMatchObject({ user: { isAdministrator: false } });
    const list = readJson<{ username: string }[]>(await registry.admin.get('/api/v2.0/users'));
    expect(list.map(({ username }) => username).sort()).toEqual(['admin', 'olga', 'paul']);
  });

  it.each([
    ['flat', (change: object) => change],
    ['below provider', (change: object) => ({ provider: change })],
  ])('is changed by what is named, %s', async (_, wrap) => {
    const before = readJson<object>(await get());
    const strip = (shown: object) => ({ ...shown, updatedAt: '' });
    expectNull(await put(wrap({ name: 'Renamed', groupFilter: '^op', autoOnboard: false })));
    const changed = { ...before, name: 'Renamed', groupFilter: '^op', autoOnboard: false };
    expect(strip(readJson<object>(await get()))).toEqual(strip(changed));
    expectNull(await put(wrap({ name: 'Work', groupFilter: null, autoOnboard: true })));
    expect(strip(readJson<object>(await get()))).toEqual(strip(before));
    // With the secret of before.
    expect((await session(await signIn('paul'))).status).toBe(200);
    const rows = await registry.store.rows('login_providers');
    for (const same of [readJson<object>(await get()), {}]) expectNull(await put(wrap(same)));
    expect(await registry.store.rows('login_providers')).toEqual(rows);
  });

  it('is replaced by another POST, whoever there is by now, who stay', async () => {
    const id = readJson<{ id: string }>(await get()).id;
    await addLocal('carl');
    const { adminGroup: _, ...without } = provider;
    expectNull(await post({ provider: { ...without, userClaim: 'preferred_username' } }));
    expect(readJson(await get())).toMatchObject({ id, adminGroup: null, groupsClaim: 'groups' });
    expect(await users()).toEqual(['admin', 'carl', 'olga', 'paul']);
    expectNull(await post({ provider, deleteUsers: true }));
    expect(await users()).toEqual(['admin', 'olga', 'paul']);
  });

  it.each<[{ provider?: object | string; deleteUsers?: string; others?: number }, string]>([
    [{ provider: { endpoint: 'http://id.example' } }, 'endpoint must be an address'],
    [{ provider: { scope: 'profile' } }, 'scope must have \\"openid'],
    [{ provider: { scope: ['openid'] } }, 'scope must be a text'],
    [{ provider: { name: ' x' } }, 'name must have'],
    [{ provider: { clientId: '' } }, 'clientId'],
    [{ provider: { clientSecret: 'two\nlines' } }, 'clientSecret must be'],
    [{ provider: { clientSecret: '' } }, 'clientSecret'],
    [{ provider: { verifyCert: false } }, 'always checked'],
    [{ provider: { autoOnboard: 'true' } }, 'autoOnboard must be true or false'],
    [{ provider: { groupFilter: '(' } }, 'groupFilter'],
    [{ provider: { groupsClaim: null } }, 'groupFilter and adminGroup need groupsClaim'],
    [{ provider: { groupPrefix: 'x/' } }, 'no field \\"groupPrefix\\"'],
    [{ provider: 'x' }, 'provider must be an object'],
    [{ deleteUsers: 'true' }, 'deleteUsers'],
    [{ others: 1 }, 'no field \\"others\\"'],
  ])('refuses %j, and changes nothing', async (wrong, message) => {
    const rows = () => Promise.all([registry.store.rows('login_providers'), users()]);
    const before = await rows();
    const fields = typeof wrong.provider === 'object' ? { ...provider, ...wrong.provider } : provider;
    const answer = await post({ deleteUsers: true, ...wrong, provider: wrong.provider === 'x' ? 'x' : fields });
    expect([answer.status, answer.text]).toEqual([400, expect.stringContaining(message)]);
    expect(answer.text).toContain('Client::BadRequest');
    if (wrong.deleteUsers === undefined) expect((await put(wrong)).status).toBe(400);
    expect(await rows()).toEqual(before);
  });

  it('needs its fields when it is made, and the secret again for another endpoint', async () => {
    for (const name of ['name', 'endpoint', 'clientId', 'clientSecret', 'scope']) {
      const { [name]: _, ...rest } = provider;
      expectRefusal(await post({ provider: rest }), 400, 'BadRequest', `provider.${name} is needed`);
    }
    expectRefusal(await put({ endpoint: 'https://other.example' }), 400, 'BadRequest', 'given again');
  });

  it('leaves who asks, and all others then', async () => {
    const olga = await signIn('olga');
    expectRefusal(await act(olga, 'DELETE', PATH), 403, 'Forbidden', 'your own account');
    const dora = await addLocal('dora');
    const id = (await registry.store.rows('users')).find((row) => row['username'] === 'dora')?.['id'];
    const body = JSON.stringify({ sysadmin_flag: true });
    expect((await registry.admin.put(`/api/v2.0/users/${id}/sysadmin`, body, JSON_TYPE)).status).toBe(200);
    const own = await dora.post(PATH, JSON.stringify({ provider, deleteUsers: true }), JSON_TYPE);
    expectRefusal(own, 403, 'Forbidden', 'your own account');
    expect(await users()).toEqual(['admin', 'dora', 'olga', 'paul']);
  });

  it('goes with the users who came by it', async () => {
    const paul = await signIn('paul');
    const made = await act(paul, 'POST', `${OURS}/cli-secret`);
    const { secret } = readJson<{ secret: string }>(made);
    const client = RegistryClient.withBasic(registry.url, { username: 'paul', password: secret });
    const token = readJson<{ token: string }>(await client.get(TOKEN)).token;
    const bearer = new RegistryClient(registry.url, { authorization: `Bearer ${token}` });
    expect([(await bearer.get('/v2/')).status, (await session(paul)).status]).toEqual([200, 200]);
    const before = (await kinds()).length;
    expectNull(await registry.admin.delete(PATH));
    expect((await kinds()).slice(before)).toEqual(['user.deleted', 'user.deleted', 'login-provider.deleted']);
    expect(await users()).toEqual(['admin', 'dora']);
    expect([(await client.get(TOKEN)).status, (await bearer.get('/v2/')).status]).toEqual([401, 401]);
    expect((await session(paul)).status).toBe(401);
    expectRefusal(await get(), 404, 'NotFound', 'not set up');
    expect((await registry.anonymous.get('/c/oidc/login')).status).toBe(412);
  });

  it('is made once, however many ask for it at once', async () => {
    const all = await Promise.all([1, 2, 3, 4].map(() => post({ provider, deleteUsers: true })));
    expect(all.map(({ status }) => status).filter((status) => status !== 200 && status !== 409)).toEqual([]);
    expect((await registry.store.rows('login_providers')).length).toBe(1);
    expect(await users()).toEqual(['admin']);
  });
});
