import { generateSync } from 'otplib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Browser } from './support/browser.ts';
import { ENGINES } from './support/engines.ts';
import { type Answer, readJson } from './support/http-client.ts';
import { type OpenRegistry, openRegistry } from './support/open-registry.ts';

const OWN = '/api/roadstead/v1';
const PASSWORD = 'Some-Password-1';
const GRANT = 'urn:ietf:params:oauth:grant-type:device_code';
const FORM = { 'Content-Type': 'application/x-www-form-urlencoded' };

interface Begun {
  readonly device_code: string;
  readonly user_code: string;
  readonly verification_uri: string;
  readonly verification_uri_complete: string;
  readonly expires_in: number;
  readonly interval: number;
}

describe.each(ENGINES)('logins of programs without a browser on %s', (engine) => {
  let registry: OpenRegistry;
  let networks = 0;

  beforeAll(async () => {
    registry = await openRegistry({ engine, env: { ROADSTEAD_TRUSTED_PROXIES: '127.0.0.1/32' } });
  });
  afterAll(() => registry?.close());

  const openBrowser = () => {
    networks += 1;
    return new Browser(registry.url, { 'X-Forwarded-For': `198.51.${networks}.7` });
  };
  const sendForm = (browser: Browser, path: string, fields: Record<string, string>, headers = {}) =>
    browser.send('POST', path, new URLSearchParams(fields).toString(), { ...FORM, ...headers });
  const createUser = async (username: string) => {
    const body = JSON.stringify({ username, password: PASSWORD, mustChangePassword: false });
    const made = await registry.admin.post(`${OWN}/users`, body, { 'Content-Type': 'application/json' });
    expect(made.status, made.text).toBe(201);
    return readJson<{ id: number }>(made).id;
  };
  const begin = async (program: Browser, name = 'laptop'): Promise<Begun> => {
    const answer = await sendForm(program, '/device/authorize', { client_id: 'roadstead-cli', client_name: name });
    expect(answer.status, answer.text).toBe(200);
    return readJson(answer);
  };
  const poll = (program: Browser, code: string) =>
    sendForm(program, '/device/token', { client_id: 'roadstead-cli', grant_type: GRANT, device_code: code });
  const errorOf = (answer: Answer) => [answer.status, readJson<{ error: string }>(answer).error];
  const fieldOf = (page: Answer, name: string) =>
    new RegExp(`name="${name}" value="([^"]*)"`).exec(page.text)?.[1] ?? '';
  const pageOf = (browser: Browser, code: string) => browser.get(`/device?user_code=${code}`);
  const signIn = async (username: string) => {
    const browser = openBrowser();
    expect((await browser.signIn({ username, password: PASSWORD })).status).toBe(200);
    return browser;
  };
  const decide = async (browser: Browser, code: string, decision = 'approve') => {
    const csrf = fieldOf(await pageOf(browser, code), 'csrf');
    return sendForm(browser, '/device/decide', { user_code: code, csrf, decision });
  };
  /** Time passes for a login, by moving its own instants back. */
  const age = (code: string, milliseconds: number) =>
    registry.store.database.write((tx) =>
      tx
        .updateTable('device_logins')
        .set((row) => ({
          expires_at: row('expires_at', '-', milliseconds),
          last_polled_at: row('last_polled_at', '-', milliseconds),
        }))
        .where('client_name', '=', code)
        .execute(),
    );

  it('go from the program to the browser and back, with a token that ends', async () => {
    await createUser('ann');
    const program = openBrowser();
    const begun = await begin(program, 'ann-laptop');
    expect(begun).toMatchObject({ expires_in: 600, interval: 5, verification_uri: `${registry.url}/device` });
    expect(begun.user_code).toMatch(/^[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}$/);
    expect(begun.verification_uri_complete).toBe(`${registry.url}/device?user_code=${begun.user_code}`);
    expect(errorOf(await poll(program, begun.device_code))).toEqual([400, 'authorization_pending']);

    const browser = openBrowser();
    const asked = await pageOf(browser, begun.user_code.toLowerCase().replace('-', ' '));
    expect([asked.status, asked.text]).toEqual([200, expect.stringContaining('Sign in first')]);
    expect(asked.text).not.toContain('ann-laptop');
    const fields = { user_code: fieldOf(asked, 'user_code'), username: 'ann', password: PASSWORD };
    expect((await sendForm(browser, '/device/sign-in', { ...fields, password: 'Wrong-1-Wrong' })).status).toBe(401);
    const opened = await sendForm(browser, '/device/sign-in', fields);
    expect([opened.status, opened.headers.location]).toEqual([303, `/device?user_code=${begun.user_code}`]);
    const page = await browser.get(opened.headers.location ?? '');
    for (const shown of ['ann-laptop', begun.user_code, '198.51.', 'You are signed in as ann']) {
      expect(page.text).toContain(shown);
    }
    const done = await decide(browser, begun.user_code);
    expect([done.status, done.text]).toEqual([200, expect.stringContaining('It is let in')]);

    await age('ann-laptop', 5_000);
    const granted = await poll(program, begun.device_code);
    expect(granted.status, granted.text).toBe(200);
    const { access_token: token, ...rest } = readJson<{ access_token: string }>(granted);
    expect(rest).toEqual({ token_type: 'Bearer', expires_in: 90 * 86_400, username: 'ann' });
    expect(granted.headers['cache-control']).toBe('no-store');
    const client = registry.clientOf({ username: 'ann', password: token });
    expect((await client.get('/v2/')).status).toBe(200);
    const { items } = readJson<{ items: readonly { name: string; expiresAt: string }[] }>(
      await browser.get(`${OWN}/access-tokens`),
    );
    expect(items).toEqual([expect.objectContaining({ name: expect.stringMatching(/^login on ann-laptop 20\d\d-/) })]);
    expect(errorOf(await poll(program, begun.device_code))).toEqual([400, 'invalid_grant']);
    const log = await registry.admin.get(`${OWN}/audit/entries?limit=100`);
    for (const kind of ['device-login.approved', 'access-token.created']) expect(log.text).toContain(kind);
    for (const secret of [begun.device_code, begun.user_code, token]) expect(log.text).not.toContain(secret);
  });

  it('take a second factor on the page', async () => {
    await createUser('bob');
    const owner = await signIn('bob');
    const { secret } = readJson<{ secret: string }>(await owner.sendJson('POST', `${OWN}/second-factor/totp`));
    const code = generateSync({ secret, epoch: Date.now() / 1_000 - 30 });
    const confirmed = await owner.sendJson('POST', `${OWN}/second-factor/totp/confirm`, { code });
    const [recovery = ''] = readJson<{ recoveryCodes: readonly string[] }>(confirmed).recoveryCodes;
    const { user_code: userCode } = await begin(openBrowser());
    const browser = openBrowser();
    const first = await sendForm(browser, '/device/sign-in', {
      user_code: userCode,
      username: 'bob',
      password: PASSWORD,
    });
    expect([first.status, first.headers['set-cookie']]).toEqual([200, undefined]);
    const fields = {
      user_code: fieldOf(first, 'user_code'),
      challenge: fieldOf(first, 'challenge'),
      methods: fieldOf(first, 'methods'),
    };
    const wrong = await sendForm(browser, '/device/second-factor', { ...fields, code: '000000' });
    expect([wrong.status, fieldOf(wrong, 'challenge')]).toEqual([401, fields.challenge]);
    expect((await sendForm(browser, '/device/second-factor', { ...fields, code: recovery })).status).toBe(303);
    expect((await decide(browser, userCode)).status).toBe(200);
  });

  it('are denied, over, or void once the account may not sign in', async () => {
    const id = await createUser('cyd');
    const browser = await signIn('cyd');
    const denied = await begin(openBrowser(), 'denied');
    expect((await decide(browser, denied.user_code, 'deny')).text).toContain('not let in');
    expect((await decide(browser, denied.user_code)).status).toBe(403);
    expect(errorOf(await poll(openBrowser(), denied.device_code))).toEqual([400, 'access_denied']);
    expect(errorOf(await poll(openBrowser(), denied.device_code))).toEqual([400, 'invalid_grant']);
    const late = await begin(openBrowser(), 'late');
    await age('late', 600_000);
    expect((await pageOf(browser, late.user_code)).status).toBe(404);
    expect(errorOf(await poll(openBrowser(), late.device_code))).toEqual([400, 'expired_token']);
    for (const [name, change] of [
      ['disabled', () => registry.admin.post(`${OWN}/users/${id}/disable`, '')],
      ['changed', async () => setPassword(id)],
    ] as const) {
      const held = await begin(openBrowser(), name);
      const own = await signIn('cyd');
      expect((await decide(own, held.user_code)).status).toBe(200);
      expect((await change()).status).toBe(204);
      expect(errorOf(await poll(openBrowser(), held.device_code)), name).toEqual([400, 'expired_token']);
      await registry.admin.post(`${OWN}/users/${id}/enable`, '');
    }
  });
  const setPassword = (id: number) =>
    registry.admin.put(`${OWN}/users/${id}/password`, JSON.stringify({ password: PASSWORD, mustChange: false }), {
      'Content-Type': 'application/json',
    });

  it('are decided by nobody but who says so on the page, once', async () => {
    await createUser('dan');
    await createUser('eve');
    const [dan, eve] = [await signIn('dan'), await signIn('eve')];
    const { user_code: code, device_code: device } = await begin(openBrowser(), 'contested');
    const csrf = fieldOf(await pageOf(dan, code), 'csrf');
    const fields = { user_code: code, csrf, decision: 'approve' };
    const forged: readonly (readonly [string, Browser, Record<string, string>, object])[] = [
      ['no proof', dan, { ...fields, csrf: '' }, {}],
      ['another session’s proof', eve, fields, {}],
      ['a page of another site', dan, fields, { Origin: 'https://evil.example' }],
      ['a page of nobody', dan, fields, { Origin: 'null' }],
      ['another site', dan, fields, { 'Sec-Fetch-Site': 'cross-site' }],
      ['a site below', dan, fields, { 'Sec-Fetch-Site': 'same-site' }],
      ['nobody', openBrowser(), fields, {}],
      ['no decision', dan, { ...fields, decision: '' }, {}],
      ['the header alone', dan, { user_code: code, decision: 'approve' }, { 'X-Harbor-CSRF-Token': csrf }],
    ];
    for (const [name, browser, body, headers] of forged) {
      const refused = await sendForm(browser, '/device/decide', body, headers);
      expect([name, [400, 401, 403].includes(refused.status)]).toEqual([name, true]);
    }
    const basic = await registry
      .clientOf({ username: 'dan', password: PASSWORD })
      .post('/device/decide', new URLSearchParams(fields).toString(), FORM);
    expect(basic.status).toBe(401);
    for (const path of ['/device/sign-in', '/device/second-factor']) {
      const body = { user_code: code, username: 'eve', password: PASSWORD };
      const refused = await sendForm(openBrowser(), path, body, { Origin: 'https://evil.example' });
      expect([refused.status, refused.headers['set-cookie']]).toEqual([403, undefined]);
    }
    expect(errorOf(await poll(openBrowser(), device))).toEqual([400, 'authorization_pending']);
    const eves = fieldOf(await pageOf(eve, code), 'csrf');
    const both = await Promise.all([
      sendForm(dan, '/device/decide', fields),
      sendForm(eve, '/device/decide', { ...fields, csrf: eves, decision: 'deny' }),
    ]);
    expect(both.map(({ status }) => status).toSorted()).toEqual([200, 404]);
  });

  it('give one token, however many ask at the same time', async () => {
    await createUser('fay');
    const browser = await signIn('fay');
    const { user_code: code, device_code: device } = await begin(openBrowser(), 'raced');
    await decide(browser, code);
    const answers = await Promise.all(Array.from({ length: 8 }, () => poll(openBrowser(), device)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    const { items } = readJson<{ items: readonly object[] }>(await browser.get(`${OWN}/access-tokens`));
    expect(items).toHaveLength(1);
    const again = await begin(openBrowser(), 'raced');
    await decide(browser, again.user_code);
    expect((await poll(openBrowser(), again.device_code)).status).toBe(200);
    expect((await browser.get(`${OWN}/access-tokens`)).text).toContain(' (2)"');
  });

  it('wait longer the more they ask, and write no more for it', async () => {
    const program = openBrowser();
    const { device_code: device } = await begin(program, 'hasty');
    const row = () =>
      registry.store.database.reader
        .selectFrom('device_logins')
        .select('interval_ms')
        .where('client_name', '=', 'hasty')
        .executeTakeFirst();
    expect(errorOf(await poll(program, device))).toEqual([400, 'authorization_pending']);
    expect(errorOf(await poll(program, device))).toEqual([400, 'slow_down']);
    expect(await row()).toEqual({ interval_ms: 10_000 });
    await age('hasty', 6_000);
    expect(errorOf(await poll(program, device))).toEqual([400, 'slow_down']);
    for (let count = 0; count < 30; count += 1) await poll(program, device);
    expect(await row()).toEqual({ interval_ms: 60_000 });
    await age('hasty', 60_000);
    expect(errorOf(await poll(program, device))).toEqual([400, 'authorization_pending']);
  });

  it('are bounded: those that wait from a network, and codes that are guessed', async () => {
    const program = openBrowser();
    const answers: number[] = [];
    for (let count = 0; count < 22; count += 1) {
      answers.push((await sendForm(program, '/device/authorize', { client_id: 'flood' })).status);
    }
    expect(answers).toEqual([...Array(20).fill(200), 429, 429]);
    expect((await sendForm(openBrowser(), '/device/authorize', { client_id: 'other' })).status).toBe(200);
    await createUser('gus');
    const browser = await signIn('gus');
    const own = await begin(openBrowser(), 'own');
    const guesses: number[] = [];
    for (let count = 0; count < 12; count += 1) {
      guesses.push((await pageOf(browser, `BCDF-GHJ${'KLMNPQRSTVWXZ'[count]}`)).status);
      // A code of one's own gives no try back.
      if (count < 9) expect((await pageOf(browser, own.user_code)).status).toBe(200);
    }
    expect(guesses).toEqual([...Array(10).fill(404), 429, 429]);
    expect((await decide(await signIn('gus'), own.user_code)).status).toBe(200);
  });

  it('refuse what is no such request, in the words of the specification', async () => {
    const program = openBrowser();
    const { device_code: device } = await begin(program);
    const ask = (fields: Record<string, string>) => sendForm(program, '/device/token', fields);
    const good = { client_id: 'x', grant_type: GRANT, device_code: device };
    expect(errorOf(await sendForm(program, '/device/authorize', {}))).toEqual([400, 'invalid_request']);
    expect(errorOf(await ask({ ...good, client_id: '' }))).toEqual([400, 'invalid_request']);
    expect(errorOf(await ask({ ...good, grant_type: 'password' }))).toEqual([400, 'unsupported_grant_type']);
    for (const code of ['', 'x', `${device}x`, device.slice(1), `${device.slice(1)}\0`, 'A'.repeat(43)]) {
      expect(errorOf(await ask({ ...good, device_code: code }))).toEqual([400, 'invalid_grant']);
    }
    const json = await program.sendJson('POST', '/device/token', good);
    expect(errorOf(json)).toEqual([415, 'invalid_request']);
    expect((await program.send('POST', '/device/token', 'x'.repeat(9_000), FORM)).status).toBe(413);
  });

  it('show a page that runs nothing, is framed by nobody, and takes no words for code', async () => {
    await createUser('hal');
    const browser = await signIn('hal');
    const evil = '"><script>alert(1)</script>\u202e<img src=x onerror=alert(1)>';
    const { user_code: code } = await begin(openBrowser(), evil);
    for (const page of [
      await pageOf(browser, code),
      await openBrowser().get('/device'),
      await browser.get('/device'),
    ]) {
      expect(page.status).toBe(200);
      expect(page.text).not.toMatch(/<script|<img|\u202e|onerror="/);
      const policy = String(page.headers['content-security-policy']);
      expect(policy).toMatch(
        /^default-src 'none'; style-src 'sha256-[^']+'; form-action 'self'; frame-ancestors 'none'/,
      );
      expect(policy).not.toContain('unsafe');
      expect(page.headers).toMatchObject({ 'x-frame-options': 'DENY', 'cache-control': 'no-store' });
    }
    const reflected = await openBrowser().get(`/device?user_code=${encodeURIComponent(evil)}`);
    expect(reflected.text).not.toContain('alert');
  });

  it('let nobody decide who has to choose a password, or to enrol, first', async () => {
    const id = await createUser('ida');
    const browser = await signIn('ida');
    const { user_code: code } = await begin(openBrowser());
    await registry.store.database.write((tx) =>
      tx.updateTable('users').set({ must_change_password: 1 }).where('id', '=', id).execute(),
    );
    const page = await pageOf(browser, code);
    expect([page.status, page.headers['content-type']]).toEqual([403, 'text/html; charset=utf-8']);
    const decided = await sendForm(browser, '/device/decide', {
      user_code: code,
      csrf: browser.csrfToken,
      decision: 'approve',
    });
    expect(decided.status).toBe(403);
  });
});
