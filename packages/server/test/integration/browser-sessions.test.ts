import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createSelfSignedCertificate } from '../support/create-self-signed-certificate.ts';
import { Browser } from './support/browser.ts';
import { ENGINES } from './support/engines.ts';
import { errorCode, readErrors, readJson } from './support/http-client.ts';
import { ADMIN, type OpenRegistry, openRegistry } from './support/open-registry.ts';

const CAROL = { username: 'carol', password: 'Carols-Password-1' };
const ANOTHER = 'Another-Password-2';
const CURRENT = '/api/v2.0/users/current';
const OWN = '/api/roadstead/v1';

describe.each(ENGINES)('sessions of browsers on %s', (engine) => {
  let registry: OpenRegistry;
  let carolId: number;
  let browser: Browser;

  beforeAll(async () => {
    registry = await openRegistry({ engine, env: { ROADSTEAD_TRUSTED_PROXIES: '127.0.0.1/32' } });
    carolId = await createCarol();
  });
  afterAll(() => registry?.close());
  beforeEach(async () => {
    browser = new Browser(registry.url);
    expect((await browser.signIn(CAROL)).status).toBe(200);
  });

  async function createCarol(): Promise<number> {
    const body = { username: CAROL.username, password: CAROL.password, email: 'carol@example.com', realname: 'Carol' };
    const made = await registry.admin.post('/api/v2.0/users', JSON.stringify(body), {
      'Content-Type': 'application/json',
    });
    expect(made.status).toBe(201);
    return Number(/\/(\d+)$/.exec(made.headers.location ?? '')?.[1]);
  }

  const isSignedIn = async (who: Browser) => (await who.get(CURRENT)).status === 200;
  const changeProfile = (who: Browser, headers: Record<string, string> = {}, type = 'application/json') =>
    who.send('PUT', `/api/v2.0/users/${carolId}`, JSON.stringify({ comment: 'changed' }), {
      'Content-Type': type,
      ...headers,
    });

  describe('are opened', () => {
    it('by the form of Harbor, with an empty answer and a cookie that no script can read', async () => {
      const answer = await new Browser(registry.url).signIn(CAROL);
      expect(answer.text).toBe('');
      expect(answer.headers['set-cookie']).toEqual([
        expect.stringMatching(/^sid=[A-Za-z0-9_-]{43}; Path=\/; HttpOnly; SameSite=Lax$/),
      ]);
      expect(answer.headers['cache-control']).toBe('no-store');
      expect(readJson<{ username: string }>(await browser.get(CURRENT)).username).toBe('carol');
    });

    it('by JSON, which says who it is', async () => {
      const page = new Browser(registry.url);
      const answer = await page.sendJson('POST', `${OWN}/session`, CAROL);
      expect(answer.status).toBe(200);
      const user = {
        ...{ id: carolId, name: 'carol', isAdministrator: false },
        ...{ mustChangePassword: false, mustEnrolSecondFactor: false },
      };
      expect(readJson(answer)).toEqual({ id: expect.any(String), user });
      expect(readJson(await page.get(`${OWN}/session`))).toEqual(readJson(answer));
    });

    it('by the e-mail address as well', async () => {
      const answer = await new Browser(registry.url).signIn({ ...CAROL, username: 'Carol@example.com' });
      expect(answer.status).toBe(200);
    });

    it('not by a wrong password or an unknown name, which get one answer', async () => {
      const wrong = await new Browser(registry.url).signIn({ ...CAROL, password: ANOTHER });
      const unknown = await new Browser(registry.url).signIn({ username: 'nobody', password: ANOTHER });
      for (const answer of [wrong, unknown]) {
        expect([answer.status, answer.text, answer.headers['set-cookie']]).toEqual([401, '', undefined]);
      }
    });

    it('under a new secret each time, whatever the browser showed before', async () => {
      const before = browser.cookie;
      const planted = `sid=${'A'.repeat(43)}`;
      expect((await browser.signIn(CAROL)).status).toBe(200);
      expect(browser.cookie).not.toBe(before);
      const old = new Browser(registry.url);
      old.cookie = before;
      expect(await isSignedIn(old)).toBe(false);
      const victim = new Browser(registry.url);
      victim.cookie = planted;
      await victim.signIn(CAROL);
      expect(victim.cookie).not.toBe(planted);
      old.cookie = planted;
      expect(await isSignedIn(old)).toBe(false);
    });
  });

  it('end when somebody signs out, in either way', async () => {
    const { cookie } = browser;
    const answer = await browser.get('/c/log_out');
    expect(answer.status).toBe(200);
    expect(answer.headers['set-cookie']?.[0]).toMatch(/^sid=; .*Max-Age=0$/);
    expect(browser.cookie).toBeUndefined();
    browser.cookie = cookie;
    expect(await isSignedIn(browser)).toBe(false);
    await browser.signIn(CAROL);
    const again = browser.cookie;
    expect((await browser.sendJson('DELETE', `${OWN}/session`)).status).toBe(204);
    browser.cookie = again;
    expect(await isSignedIn(browser)).toBe(false);
  });

  it('are nothing on /v2 and to the token service', async () => {
    const { cookie = '' } = browser;
    expect((await registry.anonymous.get('/v2/', { cookie })).status).toBe(401);
    expect((await registry.anonymous.get('/service/token?service=harbor-registry', { cookie })).status).toBe(401);
  });

  it('count for nothing beside the credentials of a header, and for what they are beside wrong ones', async () => {
    const answer = await browser.send('GET', CURRENT, undefined, { Authorization: registry.authorization });
    expect(readJson<{ username: string }>(answer).username).toBe('admin');
    const wrong = `Basic ${Buffer.from('carol:wrong').toString('base64')}`;
    const kept = await browser.send('GET', CURRENT, undefined, { Authorization: wrong });
    expect(readJson<{ username: string }>(kept).username).toBe('carol');
    const forged = await browser.send('PUT', `/api/v2.0/users/${carolId}`, '{}', {
      Authorization: wrong,
      'Content-Type': 'application/json',
      'X-Harbor-CSRF-Token': '',
    });
    expect(forged.status).toBe(403);
  });

  it.each(['', 'sid', 'sid=', 'sid=%00', `sid=${'A'.repeat(43)}`, `sid=${'A'.repeat(10_000)}`, "sid=' or 1=1 --"])(
    'are not had by the cookie %j',
    async (cookie) => {
      browser.cookie = cookie;
      expect(await isSignedIn(browser)).toBe(false);
    },
  );

  it('are not had by a cookie that comes twice, since nobody can tell which one is ours', async () => {
    const { cookie } = browser;
    browser.cookie = `sid=${'A'.repeat(43)}; ${cookie}`;
    expect(await isSignedIn(browser)).toBe(false);
    browser.cookie = `theme=dark; ${cookie}`;
    expect(await isSignedIn(browser)).toBe(true);
  });

  describe('are encrypted', () => {
    const https = { 'X-Forwarded-Proto': 'https' };

    it('under a name that no other host can set, behind a trusted proxy that speaks TLS', async () => {
      const page = new Browser(registry.url, https);
      const answer = await page.signIn(CAROL);
      expect(answer.headers['set-cookie']).toEqual([
        expect.stringMatching(/^__Host-sid=[A-Za-z0-9_-]{43}; Path=\/; HttpOnly; SameSite=Lax; Secure$/),
      ]);
      expect(await isSignedIn(page)).toBe(true);
    });

    it('and are not had there by the cookie of plain http, nor the other way round', async () => {
      const page = new Browser(registry.url, https);
      page.cookie = browser.cookie;
      expect(await isSignedIn(page)).toBe(false);
      await page.signIn(CAROL);
      browser.cookie = page.cookie;
      expect(await isSignedIn(browser)).toBe(false);
    });

    it('and take nothing from a page that came without TLS', async () => {
      const page = new Browser(registry.url, https);
      await page.signIn(CAROL);
      const { host } = new URL(registry.url);
      expect((await changeProfile(page, { Origin: `http://${host}` })).status).toBe(403);
      expect((await changeProfile(page, { Origin: `https://${host}` })).status).toBe(200);
    });
  });

  describe('take no forged request', () => {
    it('but what shows the token that answers carry', async () => {
      const read = await browser.get(CURRENT);
      expect(read.headers['x-harbor-csrf-token']).toMatch(/^[A-Za-z0-9_-]{43}$/);
      expect((await changeProfile(browser)).status).toBe(200);
    });

    it.each([
      ['no token', { 'X-Harbor-CSRF-Token': '' }],
      ['a token that was made up', { 'X-Harbor-CSRF-Token': 'A'.repeat(43) }],
      ['a part of the token', { 'X-Harbor-CSRF-Token': 'cut' }],
      ['the page of another site', { Origin: 'https://evil.example' }],
      ['a page without an address', { Origin: 'null' }],
      ['a page on another port', { Origin: 'http://127.0.0.1:1' }],
      ['a page whose address begins alike', { Origin: 'http://127.0.0.1.evil.example' }],
      ['what the browser calls another site', { 'Sec-Fetch-Site': 'cross-site' }],
      ['what the browser calls a sister', { 'Sec-Fetch-Site': 'same-site' }],
    ])('with %s', async (_, headers: Record<string, string>) => {
      await browser.get(CURRENT);
      const shown = headers['X-Harbor-CSRF-Token'] === 'cut' ? browser.csrfToken.slice(0, 42) : undefined;
      const answer = await changeProfile(browser, {
        ...headers,
        ...(shown !== undefined && { 'X-Harbor-CSRF-Token': shown }),
      });
      expect(answer.status).toBe(403);
      expect(readErrors(answer)).toEqual([{ code: 'FORBIDDEN', message: expect.any(String) }]);
    });

    it('with the token of another session, or with the cookie in the place of the token', async () => {
      const other = new Browser(registry.url);
      await other.signIn(CAROL);
      for (const token of [other.csrfToken, browser.cookie?.slice('sid='.length) ?? '']) {
        expect((await changeProfile(browser, { 'X-Harbor-CSRF-Token': token })).status).toBe(403);
      }
    });

    it('in the clothes of a form, of plain text, or of another method', async () => {
      const none = { 'X-Harbor-CSRF-Token': '' };
      for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x']) {
        expect((await changeProfile(browser, none, type)).status).toBe(403);
        const login = await browser.send('POST', `${OWN}/session`, JSON.stringify(CAROL), { 'Content-Type': type });
        expect([415, 422]).toContain(login.status);
      }
      for (const method of ['POST', 'DELETE', 'PATCH', 'PUT']) {
        const answer = await browser.send(method, `${OWN}/sessions`, undefined, none);
        expect([403, 404]).toContain(answer.status);
      }
      for (const path of [`/api/v2.0/users/${carolId}`, `/api/v2.0/users/${carolId}?_method=DELETE`]) {
        const override = {
          'X-HTTP-Method-Override': 'DELETE',
          'X-Method-Override': 'DELETE',
          'X-HTTP-Method': 'DELETE',
        };
        await browser.send('GET', path, undefined, override);
      }
      expect(await isSignedIn(browser)).toBe(true);
    });

    it('that would sign a victim in as somebody else, or out', async () => {
      for (const headers of [
        { Origin: 'https://evil.example' },
        { Origin: 'null' },
        { 'Sec-Fetch-Site': 'cross-site' },
        { 'Sec-Fetch-Site': 'same-site' },
      ]) {
        const victim = new Browser(registry.url);
        const answer = await victim.signIn(CAROL, headers);
        expect([answer.status, answer.headers['set-cookie']]).toEqual([403, undefined]);
        const json = await victim.sendJson('POST', `${OWN}/session`, CAROL, headers);
        expect([json.status, json.headers['set-cookie']]).toEqual([403, undefined]);
        await browser.send('GET', '/c/log_out', undefined, headers);
        expect(await isSignedIn(browser)).toBe(true);
      }
    });

    it('and leave programs alone that show a password with each request, cookies or not', async () => {
      const basic = `Basic ${Buffer.from(`${CAROL.username}:${CAROL.password}`).toString('base64')}`;
      const headers = { Authorization: basic, 'X-Harbor-CSRF-Token': '' };
      expect((await changeProfile(browser, headers)).status).toBe(200);
      browser.cookie = undefined;
      expect((await changeProfile(browser, headers)).status).toBe(200);
    });
  });

  describe('end with what they were opened by', () => {
    it('when the password changes, but the one that changes it, which goes on under a new secret', async () => {
      const other = new Browser(registry.url);
      await other.signIn(CAROL);
      const before = { cookie: browser.cookie, token: browser.csrfToken };
      const basic = registry.clientOf(CAROL);
      const token = await basic.fetchToken('scope=');
      const bearer = { authorization: `Bearer ${token}` };
      expect((await registry.anonymous.get('/v2/', bearer)).status).toBe(200);
      const passwords = { old_password: CAROL.password, new_password: ANOTHER };
      const changed = await browser.sendJson('PUT', `/api/v2.0/users/${carolId}/password`, passwords);
      expect(changed.status).toBe(200);
      expect(browser.cookie).not.toBe(before.cookie);
      expect(browser.csrfToken).not.toBe(before.token);
      expect(await isSignedIn(browser)).toBe(true);
      expect((await changeProfile(browser)).status).toBe(200);
      expect(await isSignedIn(other)).toBe(false);
      const old = new Browser(registry.url);
      old.cookie = before.cookie;
      expect(await isSignedIn(old)).toBe(false);
      expect((await basic.get(CURRENT)).status).toBe(401);
      await expect
        .poll(async () => (await registry.anonymous.get('/v2/', bearer)).status, { timeout: 5_000 })
        .toBe(401);
      const back = { old_password: ANOTHER, new_password: CAROL.password };
      expect((await browser.sendJson('PUT', `/api/v2.0/users/${carolId}/password`, back)).status).toBe(200);
    });

    it('when the account is disabled, with the answer of a wrong password from then on', async () => {
      const post = (word: string) => registry.admin.post(`${OWN}/users/${carolId}/${word}`);
      expect((await post('disable')).status).toBe(204);
      expect(await isSignedIn(browser)).toBe(false);
      const disabled = await new Browser(registry.url).signIn(CAROL);
      expect([disabled.status, disabled.text]).toEqual([401, '']);
      const basic = registry.clientOf(CAROL);
      const unknown = registry.clientOf({ username: 'nobody', password: CAROL.password });
      for (const path of ['/v2/', '/service/token?service=harbor-registry', CURRENT]) {
        const [one, other] = [await basic.get(path), await unknown.get(path)];
        expect([path, one.status, one.text]).toEqual([path, other.status, other.text]);
        expect(one.status).toBe(401);
      }
      expect((await post('enable')).status).toBe(204);
      expect((await basic.get('/v2/')).status).toBe(200);
    });

    it('when somebody becomes an administrator, and when one no longer is', async () => {
      const set = (flag: boolean) =>
        registry.admin.put(`/api/v2.0/users/${carolId}/sysadmin`, JSON.stringify({ sysadmin_flag: flag }), {
          'Content-Type': 'application/json',
        });
      expect((await set(true)).status).toBe(200);
      expect(await isSignedIn(browser)).toBe(false);
      await browser.signIn(CAROL);
      expect((await browser.get('/api/v2.0/users')).status).toBe(200);
      expect((await set(false)).status).toBe(200);
      expect(await isSignedIn(browser)).toBe(false);
    });
  });

  it('are listed and revoked by who has them, one or all others, and by administrators', async () => {
    await registry.admin.delete(`${OWN}/users/${carolId}/sessions`);
    expect(await isSignedIn(browser)).toBe(false);
    await browser.signIn(CAROL);
    const [second, third] = [new Browser(registry.url), new Browser(registry.url, { 'User-Agent': 'third' })];
    for (const page of [second, third]) await page.signIn(CAROL);
    type Shown = { readonly items: readonly { id: string; isCurrent?: boolean; userAgent: string; address: string }[] };
    const own = readJson<Shown>(await browser.get(`${OWN}/sessions`)).items;
    expect(own).toHaveLength(3);
    expect(own.filter(({ isCurrent }) => isCurrent)).toHaveLength(1);
    expect(JSON.stringify(own)).not.toContain(browser.cookie?.slice('sid='.length));
    const thirds = own.find(({ userAgent }) => userAgent === 'third');
    expect(thirds?.address).toBe('127.0.0.1');
    const path = `${OWN}/sessions/${thirds?.id}`;
    const stranger = await registry.createUser(`stranger-${engine}`);
    for (const [one, other] of [
      [await stranger.delete(path), await stranger.delete(`${OWN}/sessions/missing`)],
      [await stranger.get(`${OWN}/users/${carolId}/sessions`), await stranger.get(`${OWN}/users/4711/sessions`)],
    ] as const) {
      expect([one.status, one.text]).toEqual([other.status, other.text]);
      expect([403, 404]).toContain(one.status);
    }
    expect(await isSignedIn(third)).toBe(true);
    expect((await browser.sendJson('DELETE', path)).status).toBe(204);
    expect((await browser.sendJson('DELETE', path)).status).toBe(404);
    expect(await isSignedIn(third)).toBe(false);
    expect(readJson(await browser.sendJson('DELETE', `${OWN}/sessions`))).toEqual({ revoked: 1 });
    expect([await isSignedIn(second), await isSignedIn(browser)]).toEqual([false, true]);
    const [mine] = readJson<Shown>(await registry.admin.get(`${OWN}/users/${carolId}/sessions`)).items;
    expect((await registry.admin.delete(`${OWN}/users/${carolId}/sessions/${mine?.id}`)).status).toBe(204);
    expect(await isSignedIn(browser)).toBe(false);
  });

  it('leave no secret in the log, the journal or the table', async () => {
    const secret = browser.cookie?.slice('sid='.length) ?? '';
    await browser.get(CURRENT);
    await registry.admin.delete(`${OWN}/users/${carolId}/sessions`);
    const { reader } = registry.store.database;
    const rows = [
      await reader.selectFrom('sessions').selectAll().execute(),
      await reader.selectFrom('journal').selectAll().execute(),
    ];
    const written = [...registry.logLines, JSON.stringify(rows)].join('\n');
    for (const text of [secret, browser.csrfToken, CAROL.password, ANOTHER]) {
      expect(text.length).toBeGreaterThan(10);
      expect(written).not.toContain(text);
    }
  });

  it('say no to what is asked of them without one', async () => {
    const anonymous = new Browser(registry.url);
    for (const path of [`${OWN}/session`, `${OWN}/sessions`, CURRENT]) {
      expect(errorCode(await anonymous.get(path))).toBe('UNAUTHORIZED');
    }
    expect((await anonymous.get('/c/log_out')).status).toBe(200);
    expect((await registry.admin.get(`${OWN}/session`)).status).toBe(404);
  });
});

describe('sessions of browsers over TLS', () => {
  let folder: string;
  let registry: OpenRegistry;

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'roadstead-session-tls-'));
    const now = Date.now();
    const { certPem, keyPem } = createSelfSignedCertificate({
      name: 'localhost',
      notBefore: new Date(now - 3_600_000),
      notAfter: new Date(now + 3_600_000),
    });
    const [cert, key] = [path.join(folder, 'tls.crt'), path.join(folder, 'tls.key')];
    await writeFile(cert, certPem);
    await writeFile(key, keyPem);
    registry = await openRegistry({ env: { ROADSTEAD_TLS_CERT: cert, ROADSTEAD_TLS_KEY: key } });
  });
  afterAll(async () => {
    await registry?.close();
    await rm(folder, { recursive: true, force: true });
  });

  it('have a cookie that is bound to this host and to encryption', async () => {
    const browser = new Browser(registry.url);
    const answer = await browser.signIn(ADMIN);
    expect(answer.headers['set-cookie']).toEqual([
      expect.stringMatching(/^__Host-sid=[A-Za-z0-9_-]{43}; Path=\/; HttpOnly; SameSite=Lax; Secure$/),
    ]);
    expect((await browser.get(CURRENT)).status).toBe(200);
    expect((await browser.get('/c/log_out')).headers['set-cookie']?.[0]).toMatch(/^__Host-sid=; .*Secure; Max-Age=0$/);
  });
});
