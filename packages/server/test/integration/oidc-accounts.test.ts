import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  CLIENT_ID,
  CLIENT_SECRET,
  type RunningOidcProvider,
  startOidcProvider,
} from '../support/start-oidc-provider.ts';
import { challengeOf, EvilProvider } from './oidc-attacks/evil-provider.ts';
import { Browser } from './support/browser.ts';
import { ENGINES } from './support/engines.ts';
import { readJson } from './support/http-client.ts';
import { ADMIN, type OpenRegistry, openRegistry } from './support/open-registry.ts';
import { RegistryClient } from './support/registry-client.ts';
import { SignInBrowser } from './support/sign-in-browser.ts';

const OURS = '/api/roadstead/v1';
const JSON_TYPE = { 'Content-Type': 'application/json' };
const SECRET = 'Command-Line-Secret-1';

describe.each(ENGINES)('accounts that sign in at a login provider on %s', (engine) => {
  let registry: OpenRegistry;
  let work: RunningOidcProvider;
  let signer: EvilProvider;
  let workId: string;
  let signerId: string;

  beforeAll(async () => {
    registry = await openRegistry({ engine, env: { ROADSTEAD_EGRESS_ALLOW: '127.0.0.1/32' } });
    work = await startOidcProvider([`${registry.url}/c/oidc/callback`]);
    signer = new EvilProvider();
    await signer.open();
    workId = await addProvider('Work', work.issuer);
    signerId = await addProvider('Signer', signer.issuer);
  });
  afterAll(async () => {
    await registry?.close();
    await work?.close();
    await signer?.close();
  });
  let count = 0;
  let name: string;
  beforeEach(() => {
    count += 1;
    name = `person-${count}`;
    work.people.set(name, { preferred_username: name });
  });

  async function addProvider(title: string, issuer: string): Promise<string> {
    const settings = {
      issuer,
      clientId: CLIENT_ID,
      groupsClaim: 'groups',
      groupPrefix: `${title}/`,
      autoOnboard: true,
    };
    const body = JSON.stringify({
      name: title,
      settings: { ...settings, endsProviderSession: true },
      clientSecret: CLIENT_SECRET,
    });
    const answer = await registry.admin.post(`${OURS}/login-providers`, body, JSON_TYPE);
    expect(answer.status, answer.text).toBe(201);
    return readJson<{ id: string }>(answer).id;
  }
  const signIn = async (login = name, browser = new SignInBrowser()) => {
    const url = `${registry.url}/c/oidc/login?provider=${workId}&redirect_url=${OURS}/session`;
    const place = await browser.signInAt(await browser.visit(url), login, ({ pathname }) =>
      pathname.endsWith('/session'),
    );
    expect(place.url.pathname).toBe(`${OURS}/session`);
    return browser;
  };
  /** As a page in the browser does it: with the token against forged requests. */
  const act = async (browser: SignInBrowser, method: string, path: string, body?: unknown) => {
    const session = await browser.ask(`${registry.url}${OURS}/session`);
    const csrf = { 'X-Harbor-CSRF-Token': String(session.headers['x-harbor-csrf-token']) };
    const text = body === undefined ? '' : JSON.stringify(body);
    return browser.ask(`${registry.url}${path}`, { method, body: text, headers: { ...csrf, ...JSON_TYPE } });
  };
  const idOf = async (browser: SignInBrowser) => {
    const answer = await browser.ask(`${registry.url}${OURS}/session`);
    return readJson<{ user: { id: number } }>(answer).user.id;
  };
  const withSecret = (secret: string) => RegistryClient.withBasic(registry.url, { username: name, password: secret });
  const status = async (client: RegistryClient, path: string) => (await client.get(path)).status;
  const TOKEN = '/service/token?service=harbor-registry';

  describe('have a secret for the command line', () => {
    it('that works wherever a password does, and never opens a session', async () => {
      const browser = await signIn();
      const id = await idOf(browser);
      const set = await act(browser, 'PUT', `/api/v2.0/users/${id}/cli_secret`, { secret: SECRET });
      expect(set.status, set.text).toBe(200);
      const client = withSecret(SECRET);
      for (const path of ['/v2/', TOKEN, '/api/v2.0/projects', `${OURS}/access-tokens`]) {
        expect(await status(client, path), path).toBe(200);
      }
      // Without the provider, too.
      expect((await new Browser(registry.url).signIn({ username: name, password: SECRET })).status).toBe(403);
      const body = JSON.stringify({ old_password: SECRET, new_password: 'Another-Password-1' });
      expect((await client.put(`/api/v2.0/users/${id}/password`, body, JSON_TYPE)).status).toBe(412);
      const again = JSON.stringify({ secret: 'Command-Line-Secret-2' });
      expect((await client.put(`/api/v2.0/users/${id}/cli_secret`, again, JSON_TYPE)).status).toBe(403);
      expect((await client.post(`${OURS}/cli-secret`)).status).toBe(403);
    });

    it('that is shown once and kept as a hash, and ends when there is another', async () => {
      const browser = await signIn();
      const made = await act(browser, 'POST', `${OURS}/cli-secret`);
      expect([made.status, made.headers['cache-control']], made.text).toEqual([201, 'no-store']);
      const { secret } = readJson<{ secret: string }>(made);
      expect(await status(withSecret(secret), '/v2/')).toBe(200);
      const token = readJson<{ token: string }>(await withSecret(secret).get(TOKEN)).token;
      const bearer = new RegistryClient(registry.url, { authorization: `Bearer ${token}` });
      expect(await status(bearer, '/v2/')).toBe(200);
      expect(JSON.stringify(await registry.store.rows('cli_secrets'))).not.toContain(secret);
      expect((await act(browser, 'POST', `${OURS}/cli-secret`)).status).toBe(201);
      expect([await status(withSecret(secret), '/v2/'), await status(bearer, '/v2/')]).toEqual([401, 401]);
      // The session goes on.
      expect((await browser.ask(`${registry.url}${OURS}/session`)).status).toBe(200);
    });

    it('that is as good as a password, and that nobody has who has one', async () => {
      const browser = await signIn();
      const path = `/api/v2.0/users/${await idOf(browser)}/cli_secret`;
      for (const secret of ['short', 'no-digits-here', '', 7]) {
        expect((await act(browser, 'PUT', path, { secret })).status, String(secret)).toBeGreaterThanOrEqual(400);
      }
      expect((await registry.admin.post(`${OURS}/cli-secret`)).status).toBe(412);
      expect((await registry.admin.put(path, JSON.stringify({ secret: SECRET }), JSON_TYPE)).status).toBe(200);
      const disable = await registry.admin.post(`${OURS}/users/${await idOf(browser)}/disable`);
      expect(disable.status).toBeLessThan(300);
      expect(await status(withSecret(SECRET), '/v2/')).toBe(401);
    });
  });

  it('lose what a group gave them when they sign in without it, in tokens of before as well', async () => {
    work.people.set(name, { preferred_username: name, groups: ['dev'] });
    const browser = await signIn();
    const path = `/api/v2.0/users/${await idOf(browser)}/cli_secret`;
    expect((await act(browser, 'PUT', path, { secret: SECRET })).status).toBe(200);
    const project = `project-${count}`;
    const make = JSON.stringify({ project_name: project });
    expect((await registry.admin.post('/api/v2.0/projects', make, JSON_TYPE)).status).toBe(201);
    const member = JSON.stringify({ role_id: 2, member_group: { group_name: 'Work/dev', group_type: 3 } });
    const added = await registry.admin.post(`/api/v2.0/projects/${project}/members`, member, JSON_TYPE);
    expect(added.status, added.text).toBe(201);
    const scope = `${TOKEN}&scope=repository:${project}/app:pull`;
    const take = async () => readJson<{ token: string }>(await withSecret(SECRET).get(scope)).token;
    const pull = (token: string) =>
      status(new RegistryClient(registry.url, { authorization: `Bearer ${token}` }), `/v2/${project}/app/tags/list`);
    const before = await take();
    // There is nothing in it yet, which only who may pull is told.
    expect(await pull(before)).toBe(404);

    work.people.set(name, { preferred_username: name, groups: [] });
    await signIn();
    // Other processes may take two seconds.
    expect([await pull(before), await pull(await take())]).toEqual([401, 401]);
  });

  it('sign out here, and are told where they sign out there', async () => {
    const browser = await signIn();
    const out = await act(browser, 'DELETE', `${OURS}/session`);
    expect(out.status, out.text).toBe(200);
    const { endSessionUrl } = readJson<{ endSessionUrl: string }>(out);
    const url = new URL(endSessionUrl);
    expect([url.origin, Object.fromEntries(url.searchParams)]).toEqual([
      work.issuer,
      { client_id: CLIENT_ID, post_logout_redirect_uri: `${registry.url}/` },
    ]);
    expect((await browser.ask(`${registry.url}${OURS}/session`)).status).toBe(401);
    const page = await browser.visit(endSessionUrl);
    expect(page.answer.status, page.answer.text).toBe(200);
    const again = await signIn();
    const byForm = await again.ask(`${registry.url}/c/log_out`);
    expect(readJson<{ endSessionUrl: string }>(byForm).endSessionUrl).toBe(endSessionUrl);
  });

  it('sign out here alone where the provider has no page for it', async () => {
    const browser = new SignInBrowser();
    const begun = await browser.ask(`${registry.url}/c/oidc/login?provider=${signerId}`);
    const { searchParams } = new URL(String(begun.headers.location));
    signer.nonce = searchParams.get('nonce') ?? '';
    await browser.ask(`${registry.url}/c/oidc/callback?code=c&state=${searchParams.get('state')}`);
    expect((await act(browser, 'DELETE', `${OURS}/session`)).status).toBe(204);
    signer.reset();
  });

  describe('may send an ID token', () => {
    const seconds = () => Math.floor(Date.now() / 1000);
    const current = async (token: string) => {
      const client = new RegistryClient(registry.url, { authorization: `Bearer ${token}` });
      const answer = await client.get('/api/v2.0/users/current');
      return answer.status === 200 ? readJson<{ username: string }>(answer).username : answer.status;
    };
    beforeAll(async () => {
      const browser = new SignInBrowser();
      const begun = await browser.ask(`${registry.url}/c/oidc/login?provider=${signerId}`);
      const { searchParams } = new URL(String(begun.headers.location));
      signer.nonce = searchParams.get('nonce') ?? '';
      const back = `${registry.url}/c/oidc/callback?code=c&state=${searchParams.get('state')}`;
      expect((await browser.ask(back)).status).toBe(302);
      expect(challengeOf(signer.requests[0]?.form.get('code_verifier') ?? '')).toBe(searchParams.get('code_challenge'));
    });

    it('which is taken on the API for what its account may, and not on the registry', async () => {
      const token = await signer.sign(signer.claims());
      expect(await current(token)).toBe('person');
      const client = new RegistryClient(registry.url, { authorization: `Bearer ${token}` });
      expect([await status(client, '/v2/'), await status(client, TOKEN)]).toEqual([401, 401]);
    });

    it.each([
      ['of somebody without an account', { sub: 'stranger' }],
      ['for another client', { aud: 'another' }],
      ['for several clients', { aud: [CLIENT_ID, 'another'] }],
      ['made for another client', { azp: 'another' }],
      ['of another issuer', { iss: 'https://id.example' }],
      ['that is over', { exp: seconds() - 1 }],
      ['of the future', { iat: seconds() + 3_600, exp: seconds() + 7_200 }],
      ['that never ends', { exp: undefined }],
      ['that lives for a week', { exp: seconds() + 7 * 86_400 }],
      ['whose subject is none', { sub: 'person\0' }],
    ])('but not one %s', async (_, change) => {
      expect(await current(await signer.sign(signer.claims(change)))).toBe(401);
    });

    it('but not one that is signed by somebody else', async () => {
      const other = new EvilProvider();
      await other.open();
      expect(await current(await signer.sign(signer.claims(), {}, other.privateKey))).toBe(401);
      await other.close();
    });
  });

  describe('are added to an account that is there', () => {
    const JAR_URL = () => registry.url;
    const asAdmin = async () => {
      const browser = new SignInBrowser();
      const body = new URLSearchParams({ principal: ADMIN.username, password: ADMIN.password }).toString();
      const headers = { 'Content-Type': 'application/x-www-form-urlencoded' };
      const answer = await browser.ask(`${JAR_URL()}/c/login`, { method: 'POST', body, headers });
      expect(answer.status, answer.text).toBe(200);
      return browser;
    };
    const link = async (browser: SignInBrowser) => {
      const begun = await act(browser, 'POST', `${OURS}/identities`, { provider: workId, redirectUrl: '/done' });
      expect(begun.status, begun.text).toBe(201);
      const { url } = readJson<{ url: string }>(begun);
      return browser.signInAt(await browser.visit(url), name, ({ pathname }) => pathname === '/c/oidc/callback');
    };
    const listed = async (browser: SignInBrowser) => {
      const answer = await browser.ask(`${registry.url}${OURS}/identities`);
      return readJson<{ items: { id: number; subject: string; isOrigin: boolean }[] }>(answer).items;
    };

    it('by its own user, who signs in by either from then on, and takes it away again', async () => {
      const browser = await asAdmin();
      const back = await browser.ask((await link(browser)).url);
      expect([back.status, back.headers.location], back.text).toEqual([302, '/done']);
      const [mine] = await listed(browser);
      expect(mine).toMatchObject({ subject: name, isOrigin: false });
      const elsewhere = await signIn();
      expect(await idOf(elsewhere)).toBe(await idOf(browser));
      expect((await act(browser, 'DELETE', `${OURS}/identities/${mine?.id}`)).status).toBe(204);
      expect(await listed(browser)).toEqual([]);
      expect((await elsewhere.ask(`${registry.url}${OURS}/session`)).status).toBe(401);
      expect(await idOf(await signIn())).not.toBe(await idOf(browser));
    });

    it('never in another session, nor without one, nor when somebody else has it', async () => {
      const admin = await asAdmin();
      const callback = (await link(admin)).url;
      admin.setCookie(JAR_URL(), 'sid', undefined);
      expect((await admin.ask(callback)).status).toBe(400);
      const other = await asAdmin();
      const begun = (await link(other)).url;
      const third = await asAdmin();
      other.setCookie(JAR_URL(), 'sid', third.cookieOf(JAR_URL(), 'sid'));
      expect((await other.ask(begun)).status).toBe(400);
      const owner = await signIn();
      const [origin] = await listed(owner);
      expect((await act(owner, 'DELETE', `${OURS}/identities/${origin?.id}`)).status).toBe(412);
      const late = await asAdmin();
      expect((await act(late, 'DELETE', `${OURS}/identities/${origin?.id}`)).status).toBe(404);
      expect((await late.ask((await link(late)).url)).status).toBe(409);
      expect(await listed(late)).toEqual([]);
    });

    it('in a session of the last minutes only, and by no page of somebody else', async () => {
      const body = JSON.stringify({ provider: workId });
      expect((await registry.admin.post(`${OURS}/identities`, body, JSON_TYPE)).status).toBe(412);
      const browser = await asAdmin();
      const forged = await browser.ask(`${registry.url}${OURS}/identities`, {
        method: 'POST',
        body,
        headers: JSON_TYPE,
      });
      expect(forged.status).toBe(403);
      const hour = { created_at: Date.now() - 3_600_000 };
      await registry.store.database.write((tx) => tx.updateTable('sessions').set(hour).execute());
      expect((await act(browser, 'POST', `${OURS}/identities`, { provider: workId })).status).toBe(412);
    });
  });
});
