import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  CLIENT_ID,
  CLIENT_SECRET,
  type RunningOidcProvider,
  startOidcProvider,
} from '../support/start-oidc-provider.ts';
import { ENGINES } from './support/engines.ts';
import { readJson } from './support/http-client.ts';
import { type OpenRegistry, openRegistry } from './support/open-registry.ts';
import { SignInBrowser } from './support/sign-in-browser.ts';

const PROVIDERS = '/api/roadstead/v1/login-providers';
const JSON_TYPE = { 'Content-Type': 'application/json' };
const SESSION = '/api/roadstead/v1/session';

describe.each(ENGINES)('sign-in at a login provider on %s', (engine) => {
  let registry: OpenRegistry;
  let work: RunningOidcProvider;
  let partners: RunningOidcProvider;
  let workId: string;
  let partnersId: string;

  beforeAll(async () => {
    registry = await openRegistry({ engine, env: { ROADSTEAD_EGRESS_ALLOW: '127.0.0.1/32' } });
    const redirectUris = [`${registry.url}/c/oidc/callback`];
    work = await startOidcProvider(redirectUris);
    partners = await startOidcProvider(redirectUris);
    workId = await addProvider('Work', work, { groupsClaim: 'groups', adminGroup: 'admins', autoOnboard: true });
    partnersId = await addProvider('Partners', partners, { groupsClaim: 'groups', groupPrefix: 'partners/' });
  });
  afterAll(async () => {
    await registry?.close();
    await work?.close();
    await partners?.close();
  });
  let count = 0;
  let name: string;
  beforeEach(() => {
    count += 1;
    name = `person-${count}`;
  });

  async function addProvider(title: string, { issuer }: RunningOidcProvider, more: object): Promise<string> {
    const settings = { issuer, clientId: CLIENT_ID, ...more };
    const body = JSON.stringify({ name: title, settings, clientSecret: CLIENT_SECRET });
    const answer = await registry.admin.post(PROVIDERS, body, JSON_TYPE);
    expect(answer.status, answer.text).toBe(201);
    return readJson<{ id: string }>(answer).id;
  }
  const loginUrl = (id: string, path = SESSION) =>
    `${registry.url}/c/oidc/login?provider=${id}&redirect_url=${encodeURIComponent(path)}`;
  const isHere = (url: URL) => url.origin === registry.url;
  const signIn = async (id: string, login: string, browser = new SignInBrowser()) => {
    const place = await browser.signInAt(await browser.visit(loginUrl(id)), login, (url) => url.pathname === SESSION);
    return { browser, place };
  };
  const currentOf = async (browser: SignInBrowser) => {
    const answer = await browser.ask(`${registry.url}${SESSION}`);
    expect(answer.status, answer.text).toBe(200);
    return readJson<{ user: { id: number; name: string; isAdministrator: boolean } }>(answer).user;
  };
  const groupsOf = async (userId: number) => {
    const members = await registry.store.rows('user_group_members');
    const groups = await registry.store.rows('user_groups');
    const ids = members.filter((row) => Number(row['user_id']) === userId).map((row) => Number(row['group_id']));
    return groups
      .filter((row) => ids.includes(Number(row['id'])))
      .map((row) => row['name'])
      .sort();
  };

  it('opens a session for who the provider names, with the rights that it says', async () => {
    work.people.set(name, { preferred_username: name, name: 'A Person', groups: ['dev', 'admins'] });
    const { browser, place } = await signIn(workId, name);
    expect([place.url.pathname, isHere(place.url)]).toEqual([SESSION, true]);
    const user = await currentOf(browser);
    expect(user).toMatchObject({ name, isAdministrator: true });
    expect(await groupsOf(user.id)).toEqual(['admins', 'dev']);
    expect(browser.cookieOf(registry.url, 'sign-in')).toBeUndefined();

    work.people.set(name, { preferred_username: 'renamed', groups: ['ops'] });
    const again = await signIn(workId, name);
    const now = await currentOf(again.browser);
    expect(now).toEqual({ ...user, isAdministrator: false });
    expect(await groupsOf(user.id)).toEqual(['ops']);
    // What was opened with the rights of an administrator has ended.
    expect((await browser.ask(`${registry.url}${SESSION}`)).status).toBe(401);
  });

  it('asks for a name where that is wanted, and keeps what was proven until it is a good one', async () => {
    partners.people.set(name, { preferred_username: 'admin', groups: ['ops'] });
    const browser = new SignInBrowser();
    const back = await browser.signInAt(
      await browser.visit(loginUrl(partnersId)),
      name,
      (url) => url.pathname === '/oidc-onboard',
    );
    expect(Object.fromEntries(back.url.searchParams)).toEqual({ username: 'admin', redirect_url: SESSION });
    const choose = (username: unknown) =>
      browser.ask(`${registry.url}/c/oidc/onboard`, {
        method: 'POST',
        body: JSON.stringify({ username }),
        headers: JSON_TYPE,
      });
    for (const bad of ['a,b', 'a"b', 'a~b', 'a#b', 'a%b', 'a$b', 'a/b', '', ' a', 'x'.repeat(256), 'robot$a']) {
      expect((await choose(bad)).status, bad).toBe(400);
    }
    expect((await choose('Admin')).status).toBe(409);
    const foreign = await new SignInBrowser().ask(`${registry.url}/c/oidc/onboard`, {
      ...{ method: 'POST', body: JSON.stringify({ username: name }), headers: JSON_TYPE },
    });
    expect(foreign.status).toBe(400);
    const made = await choose(name);
    expect([made.status, readJson<object>(made)]).toEqual([200, { user: expect.anything(), redirectUrl: SESSION }]);
    const user = await currentOf(browser);
    expect(user.name).toBe(name);
    expect(await groupsOf(user.id)).toEqual(['partners/ops']);
    expect((await choose('another')).status).toBe(400);
    expect((await signIn(partnersId, name)).place.url.pathname).toBe(SESSION);
  });

  it('tells the two providers apart, whoever is called what there', async () => {
    for (const { people } of [work, partners]) people.set(name, { preferred_username: name });
    const first = await currentOf((await signIn(workId, name)).browser);
    const browser = new SignInBrowser();
    const back = await browser.signInAt(
      await browser.visit(loginUrl(partnersId)),
      name,
      (url) => url.pathname === '/oidc-onboard',
    );
    expect(back.url.pathname).toBe('/oidc-onboard');
    expect(first.name).toBe(name);
  });

  it('has a page on which a name is chosen, without scripts', async () => {
    partners.people.set(name, { preferred_username: 'admin', groups: [] });
    const browser = new SignInBrowser();
    const page = `${registry.url}/oidc-onboard`;
    const FORM = { 'Content-Type': 'application/x-www-form-urlencoded' };
    const choose = (username: string, who = browser, headers = {}) =>
      who.ask(page, {
        method: 'POST',
        body: new URLSearchParams({ username }).toString(),
        headers: { ...FORM, ...headers },
      });
    const early = await browser.ask(page);
    expect([early.status, early.text.includes('begin again')]).toEqual([400, true]);

    const back = await browser.signInAt(await browser.visit(loginUrl(partnersId)), name);
    expect([back.url.pathname, back.answer.status]).toEqual(['/oidc-onboard', 200]);
    expect(back.answer.text).toContain('value="admin"');
    expect(back.answer.headers['content-security-policy']).toContain("default-src 'none'");
    const hostile = await browser.ask(`${page}?${new URLSearchParams({ username: '"><script>alert(1)</script>' })}`);
    expect([hostile.status, hostile.text.includes('<script')]).toEqual([200, false]);

    for (const bad of ['a,b', 'robot$a', '']) expect((await choose(bad)).status, bad).toBe(400);
    const taken = await choose('Admin');
    expect([taken.status, taken.text.includes('belongs to another account')]).toEqual([409, true]);
    expect((await choose(name, browser, { Origin: 'https://elsewhere.example' })).status).toBe(403);
    expect((await choose(name, new SignInBrowser())).status).toBe(400);
    const made = await choose(name);
    expect([made.status, made.headers.location]).toEqual([303, SESSION]);
    expect((await currentOf(browser)).name).toBe(name);
    expect((await choose('another')).status).toBe(400);
  });

  it('begins at the first provider when none is named, and says when there is no such one', async () => {
    const answer = await new SignInBrowser().ask(`${registry.url}/c/oidc/login`);
    expect(answer.status).toBe(302);
    const target = new URL(String(answer.headers.location));
    expect(target.origin).toBe(work.issuer);
    expect(Object.fromEntries(target.searchParams)).toMatchObject({
      ...{ response_type: 'code', client_id: CLIENT_ID, code_challenge_method: 'S256' },
      redirect_uri: `${registry.url}/c/oidc/callback`,
    });
    expect((await new SignInBrowser().ask(`${registry.url}/c/oidc/login?provider=none`)).status).toBe(404);
  });

  it('says to the provider what its settings add', async () => {
    const configure = async (extra: object) => {
      const body = JSON.stringify({ oidc_extra_redirect_parms: JSON.stringify(extra) });
      const answer = await registry.admin.put('/api/v2.0/configurations', body, { 'Content-Type': 'application/json' });
      expect(answer.status, answer.text).toBe(200);
    };
    await configure({ prompt: 'login', ui_locales: 'de fr' });
    const { headers } = await new SignInBrowser().ask(`${registry.url}/c/oidc/login`);
    const said = Object.fromEntries(new URL(String(headers.location)).searchParams);
    expect(said).toMatchObject({ prompt: 'login', ui_locales: 'de fr', response_type: 'code', client_id: CLIENT_ID });
    await configure({});
  });

  it('refuses a disabled account, and says so to people as a page', async () => {
    work.people.set(name, { preferred_username: name });
    const { id } = await currentOf((await signIn(workId, name)).browser);
    const disabled = await registry.admin.post(`/api/roadstead/v1/users/${id}/disable`);
    expect(disabled.status, disabled.text).toBeLessThan(300);
    const browser = new SignInBrowser();
    const back = await browser.signInAt(
      await browser.visit(loginUrl(workId)),
      name,
      (url) => url.pathname === '/c/oidc/callback',
    );
    const page = await browser.ask(back.url, { headers: { Accept: 'text/html,*/*' } });
    expect([page.status, page.headers['content-type']]).toEqual([403, 'text/html; charset=utf-8']);
    expect(page.text).toContain('This account is disabled');
    expect(browser.cookieOf(registry.url, 'sid')).toBeUndefined();
  });

  it('asks no second factor of who signs in elsewhere, and still of who signs in here', async () => {
    work.people.set(name, { preferred_username: name });
    const { browser } = await signIn(workId, name);
    const set = (requireSecondFactor: string) =>
      registry.store.database.write((tx) =>
        tx
          .insertInto('settings')
          .values({ name: 'access', value: JSON.stringify({ requireSecondFactor }) })
          .onConflict((conflict) =>
            conflict.column('name').doUpdateSet({ value: JSON.stringify({ requireSecondFactor }) }),
          )
          .execute(),
      );
    await set('everybody');
    await new Promise((resolve) => setTimeout(resolve, 2_100));
    const mine = await browser.ask(`${registry.url}/api/v2.0/projects`);
    const theirs = await registry.admin.get('/api/v2.0/projects');
    await set('nobody');
    await new Promise((resolve) => setTimeout(resolve, 2_100));
    expect([mine.status, theirs.status]).toEqual([200, 403]);
  });

  it('writes who signed in and where, and what failed', async () => {
    work.people.set(name, { preferred_username: name });
    const { browser } = await signIn(workId, name);
    const { id } = await currentOf(browser);
    const refused = await browser.ask(`${registry.url}/c/oidc/callback?state=none&code=none`);
    expect(refused.status).toBe(400);
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    const journal = (await registry.store.rows('journal')).filter((row) => row['actor'] === `user:${id}`);
    const entry = journal.find((row) => row['kind'] === 'login.succeeded');
    expect(JSON.parse(String(entry?.['detail']))).toMatchObject({ provider: workId, resource: `user:${id}` });
  });
});
