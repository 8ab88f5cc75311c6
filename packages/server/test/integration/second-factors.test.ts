import { generateSync } from 'otplib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { setUserPassword } from '../../src/commands/set-user-password.ts';
import { Browser } from './support/browser.ts';
import { ENGINES } from './support/engines.ts';
import { type Answer, readErrors, readJson } from './support/http-client.ts';
import { ADMIN, type OpenRegistry, openRegistry } from './support/open-registry.ts';

const OWN = '/api/roadstead/v1';
const TOTP = `${OWN}/second-factor/totp`;
const PASSWORD = 'Some-Password-1';
const STEP_MS = 30_000;
const CHALLENGE = /^[A-Za-z0-9_-]{43}$/;

interface Enrolled {
  readonly username: string;
  readonly id: number;
  readonly browser: Browser;
  readonly secret: string;
  readonly recoveryCodes: readonly string[];
  /** The code that was used to enrol: its step is over. */
  readonly usedCode: string;
}

describe.each(ENGINES)('second factors on %s', (engine) => {
  let registry: OpenRegistry;
  let networks = 0;

  beforeAll(async () => {
    registry = await openRegistry({ engine, env: { ROADSTEAD_TRUSTED_PROXIES: '127.0.0.1/32' } });
  });
  afterAll(() => registry?.close());

  /** From a network of its own, whose throttle nobody else has used. */
  const openBrowser = () => {
    networks += 1;
    return browserOf(networks);
  };
  const browserOf = (network: number) => new Browser(registry.url, { 'X-Forwarded-For': `198.51.${network}.7` });
  const createUser = async (username: string) => {
    const body = JSON.stringify({ username, password: PASSWORD, mustChangePassword: false });
    const made = await registry.admin.post(`${OWN}/users`, body, { 'Content-Type': 'application/json' });
    expect(made.status, made.text).toBe(201);
    return readJson<{ id: number }>(made).id;
  };
  const codeAt = (secret: string, steps: number) =>
    generateSync({ secret, epoch: Math.floor((Date.now() + steps * STEP_MS) / 1_000) });
  /** Far enough from the end of a step that a test's codes are of the steps it says. */
  const settle = async (needMs: number) => {
    const left = STEP_MS - (Date.now() % STEP_MS);
    if (left < needMs) await new Promise((resolve) => setTimeout(resolve, left + 50));
  };

  async function enrol(username: string): Promise<Enrolled> {
    const id = await createUser(username);
    const browser = openBrowser();
    expect((await browser.signIn({ username, password: PASSWORD })).status).toBe(200);
    const begun = await browser.sendJson('POST', TOTP);
    expect(begun.status, begun.text).toBe(201);
    const { secret, url } = readJson<{ secret: string; url: string }>(begun);
    expect(secret).toMatch(/^[A-Z2-7]{32}$/);
    expect(url).toContain(`otpauth://totp/Roadstead:${username}?secret=${secret}&issuer=Roadstead`);
    await settle(10_000);
    const usedCode = codeAt(secret, -1);
    const confirmed = await browser.sendJson('POST', `${TOTP}/confirm`, { code: usedCode });
    expect(confirmed.status, confirmed.text).toBe(200);
    const { recoveryCodes } = readJson<{ recoveryCodes: readonly string[] }>(confirmed);
    return { username, id, browser, secret, recoveryCodes, usedCode };
  }

  async function beginSignIn(browser: Browser, username: string): Promise<string> {
    const answer = await browser.sendJson('POST', `${OWN}/session`, { username, password: PASSWORD });
    expect([answer.status, answer.headers['set-cookie']]).toEqual([401, undefined]);
    const [error] = readErrors(answer);
    expect(error?.code).toBe('SECOND_FACTOR_REQUIRED');
    return challengeOf(answer);
  }
  const challengeOf = (answer: Answer) => {
    const detail = readErrors(answer)[0]?.detail as { readonly challenge?: string } | undefined;
    expect(detail?.challenge).toMatch(CHALLENGE);
    return detail?.challenge ?? '';
  };
  const finish = (browser: Browser, challenge: string, code: string) =>
    browser.sendJson('POST', `${OWN}/session/second-factor`, { challenge, code });
  const statusOf = async (browser: Browser, code: string, username: string) =>
    (await finish(browser, await beginSignIn(browser, username), code)).status;

  it('are asked for in a second step, of which each code and each challenge serves once', async () => {
    const { secret, usedCode } = await enrol('ann');
    await settle(15_000);
    const browser = openBrowser();
    expect(await statusOf(browser, usedCode, 'ann')).toBe(401);
    const challenge = await beginSignIn(browser, 'ann');
    const code = codeAt(secret, 0);
    const done = await finish(browser, challenge, code);
    expect(done.status, done.text).toBe(200);
    expect(readJson(done)).toMatchObject({ user: { name: 'ann', mustEnrolSecondFactor: false } });
    expect((await browser.get('/api/v2.0/users/current')).status).toBe(200);
    const other = openBrowser();
    expect((await finish(other, challenge, codeAt(secret, 1))).status).toBe(401);
    expect(await statusOf(other, code, 'ann')).toBe(401);
    expect(await statusOf(other, codeAt(secret, 1), 'ann')).toBe(200);
  });

  it('take a code of the steps beside the present one and none further off', async () => {
    const { secret } = await enrol('bob');
    await settle(15_000);
    const browser = openBrowser();
    for (const steps of [-3, -2, 2, 3]) {
      expect(await statusOf(browser, codeAt(secret, steps), 'bob'), String(steps)).toBe(401);
    }
    expect(await statusOf(browser, codeAt(secret, 1), 'bob')).toBe(200);
  });

  it('of equal codes at the same time take one', async () => {
    const { secret } = await enrol('cyd');
    await settle(15_000);
    const code = codeAt(secret, 1);
    const browsers = Array.from({ length: 8 }, openBrowser);
    const challenges = await Promise.all(browsers.map((browser) => beginSignIn(browser, 'cyd')));
    const answers = await Promise.all(browsers.map((browser, index) => finish(browser, challenges[index] ?? '', code)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
  });

  it('are asked for by the form of Harbor as well', async () => {
    const { recoveryCodes } = await enrol('dan');
    const browser = openBrowser();
    const first = await browser.signIn({ username: 'dan', password: PASSWORD });
    expect([first.status, first.headers['set-cookie']]).toEqual([401, undefined]);
    const [error] = readErrors(first);
    expect(error?.code).toBe('SECOND_FACTOR_REQUIRED');
    expect((await finish(browser, challengeOf(first), recoveryCodes[0] ?? '')).status).toBe(200);
    const wrong = await browser.signIn({ username: 'dan', password: 'Wrong-Password-1' });
    expect([wrong.status, wrong.text]).toEqual([401, '']);
  });

  it('have ten recovery codes, each of which serves once, until there are new ones', async () => {
    const { recoveryCodes, browser } = await enrol('eve');
    expect(new Set(recoveryCodes).size).toBe(10);
    const [first = '', second = ''] = recoveryCodes;
    const other = openBrowser();
    expect(await statusOf(other, first, 'eve')).toBe(200);
    expect(await statusOf(other, first, 'eve')).toBe(401);
    expect(readJson(await browser.get(`${OWN}/second-factor`))).toMatchObject({ recoveryCodesLeft: 9 });
    const refused = await browser.sendJson('POST', `${OWN}/second-factor/recovery-codes`, {
      password: 'Wrong-1-Wrong',
    });
    expect(refused.status).toBe(403);
    const renewed = await browser.sendJson('POST', `${OWN}/second-factor/recovery-codes`, { password: PASSWORD });
    expect(renewed.status).toBe(200);
    expect(await statusOf(other, second, 'eve')).toBe(401);
    const [fresh = ''] = readJson<{ recoveryCodes: readonly string[] }>(renewed).recoveryCodes;
    expect(await statusOf(other, fresh.toUpperCase().replaceAll('-', ' '), 'eve')).toBe(200);
  });

  it('leave nothing to the password alone, and all to tokens', async () => {
    await createUser('fay');
    const client = registry.clientOf({ username: 'fay', password: PASSWORD });
    const made = await client.post(`${OWN}/access-tokens`, JSON.stringify({ name: 'laptop' }), {
      'Content-Type': 'application/json',
    });
    expect(made.status, made.text).toBe(201);
    const { token } = readJson<{ token: string }>(made);
    const other = openBrowser();
    await other.signIn({ username: 'fay', password: PASSWORD });
    const form = { grant_type: 'password', service: 'harbor-registry', username: 'fay', password: PASSWORD };
    const refreshable = await registry.anonymous.post(
      '/service/token',
      new URLSearchParams({ ...form, access_type: 'offline', client_id: 'test' }).toString(),
      { 'Content-Type': 'application/x-www-form-urlencoded' },
    );
    const { refresh_token: refreshToken = '' } = readJson<{ refresh_token?: string }>(refreshable);
    expect(refreshToken).not.toBe('');

    const browser = openBrowser();
    await browser.signIn({ username: 'fay', password: PASSWORD });
    const { secret } = readJson<{ secret: string }>(await browser.sendJson('POST', TOTP));
    await settle(5_000);
    expect((await browser.sendJson('POST', `${TOTP}/confirm`, { code: codeAt(secret, 0) })).status).toBe(200);

    expect((await browser.get(`${OWN}/session`)).status).toBe(200);
    expect((await other.get(`${OWN}/session`)).status).toBe(401);
    const refresh = new URLSearchParams({ ...form, grant_type: 'refresh_token', refresh_token: refreshToken });
    const refreshed = await registry.anonymous.post('/service/token', refresh.toString(), {
      'Content-Type': 'application/x-www-form-urlencoded',
    });
    expect(refreshed.status).toBe(401);
    for (const path of ['/v2/', '/service/token?service=harbor-registry', '/api/v2.0/projects']) {
      const refused = await client.get(path);
      expect([refused.status, readErrors(refused)[0]?.message], path).toEqual([
        403,
        expect.stringContaining('personal access token'),
      ]);
      const taken = await registry.clientOf({ username: 'fay', password: token }).get(path);
      expect(taken.status, path).toBe(200);
    }
  });

  it('are taken away with the password or a code, and not by whoever finds a session', async () => {
    const { browser, recoveryCodes } = await enrol('gus');
    const remove = (body: object) => browser.sendJson('POST', `${TOTP}/remove`, body);
    expect((await remove({})).status).toBe(422);
    expect((await remove({ password: 'Wrong-Password-1' })).status).toBe(403);
    expect((await remove({ code: '000000' })).status).toBe(403);
    expect((await browser.sendJson('POST', TOTP)).status).toBe(409);
    expect((await remove({ code: recoveryCodes[0] })).status).toBe(204);
    expect((await remove({ password: PASSWORD })).status).toBe(404);
    expect(readJson(await browser.get(`${OWN}/second-factor`))).toEqual({
      totp: null,
      passkeys: [],
      recoveryCodesLeft: 0,
    });
    expect((await openBrowser().signIn({ username: 'gus', password: PASSWORD })).status).toBe(200);
  });

  it('bound wrong codes as wrong passwords, and end a sign-in after five', async () => {
    const { secret, id } = await enrol('hal');
    const browser = openBrowser();
    const network = networks;
    // The throttle's key was such a name once: signing in under it gave the tries back.
    const namesake = { username: `second factor of ${id}`, password: PASSWORD };
    await createUser(namesake.username);
    const challenge = await beginSignIn(browser, 'hal');
    for (let guess = 0; guess < 5; guess += 1) {
      expect((await finish(browser, challenge, 'aaaaa-aaaaa-aaaaa-aaaaa')).status).toBe(401);
    }
    await settle(10_000);
    const over = await finish(browser, challenge, codeAt(secret, 1));
    expect([over.status, readErrors(over)[0]?.message]).toEqual([401, expect.stringContaining('is over')]);
    const next = await beginSignIn(browser, 'hal');
    const statuses: number[] = [];
    for (let guess = 0; guess < 4; guess += 1) statuses.push((await finish(browser, next, '12345')).status);
    const third = await beginSignIn(browser, 'hal');
    for (let guess = 0; guess < 2; guess += 1) statuses.push((await finish(browser, third, '12345')).status);
    expect(statuses).toEqual([401, 401, 401, 401, 401, 429]);
    expect((await browserOf(network).signIn(namesake)).status).toBe(200);
    expect((await finish(browser, third, codeAt(secret, 1))).status).toBe(429);
    const elsewhere = openBrowser();
    expect(await statusOf(elsewhere, codeAt(secret, 1), 'hal')).toBe(200);
  });

  it('are taken away by an administrator from who has lost them', async () => {
    const { id, username } = await enrol('ida');
    const outsider = openBrowser();
    await createUser('jon');
    await outsider.signIn({ username: 'jon', password: PASSWORD });
    expect((await outsider.sendJson('DELETE', `${OWN}/users/${id}/second-factor`)).status).toBe(403);
    expect((await registry.admin.delete(`${OWN}/users/${id}/second-factor`)).status).toBe(204);
    expect((await openBrowser().signIn({ username, password: PASSWORD })).status).toBe(200);
  });

  it('are taken away on the machine of the server, when it is told to', async () => {
    const { username } = await enrol('max');
    const reset = { instanceId: 'main', username, password: 'Another-Password-2' };
    const signIn = async () => (await openBrowser().signIn({ username, password: reset.password })).status;
    expect(await setUserPassword(registry.config, { ...reset, clearsSecondFactors: false })).toMatchObject({
      hadSecondFactor: true,
    });
    expect(await signIn()).toBe(401);
    await setUserPassword(registry.config, { ...reset, clearsSecondFactors: true });
    expect(await signIn()).toBe(200);
  });

  it('are sealed, hashed, and told to the audit log without a code', async () => {
    const { id, secret, recoveryCodes } = await enrol('kim');
    const browser = openBrowser();
    expect(await statusOf(browser, '000000', 'kim')).toBe(401);
    expect(await statusOf(browser, recoveryCodes[0] ?? '', 'kim')).toBe(200);
    const log = await registry.admin.get(`${OWN}/audit/entries?limit=100`);
    const { items } = readJson<{ items: readonly { kind: string; detail: { userId?: number } }[] }>(log);
    const kinds = items.filter(({ detail }) => detail.userId === id).map(({ kind }) => kind);
    for (const kind of ['second-factor.enrolled', 'second-factor.refused', 'recovery-code.used']) {
      expect(kinds).toContain(kind);
    }
    for (const code of [secret, ...recoveryCodes]) expect(log.text).not.toContain(code);
  });

  it('are enrolled before anything else by who has to have one', async () => {
    const browser = openBrowser();
    await createUser('lea');
    const require = (requireSecondFactor: string) =>
      registry.admin.put(`${OWN}/access-settings`, JSON.stringify({ requireSecondFactor }), {
        'Content-Type': 'application/json',
      });
    expect((await require('some')).status).toBe(422);
    const boss = openBrowser();
    expect((await boss.signIn(ADMIN)).status).toBe(200);
    const change = (value: string) => boss.sendJson('PUT', `${OWN}/access-settings`, { requireSecondFactor: value });
    try {
      const { secret } = readJson<{ secret: string }>(await boss.sendJson('POST', TOTP));
      await settle(10_000);
      expect((await boss.sendJson('POST', `${TOTP}/confirm`, { code: codeAt(secret, 0) })).status).toBe(200);
      expect((await change('administrators')).status).toBe(200);
      await browser.signIn({ username: 'lea', password: PASSWORD });
      expect((await browser.get('/api/v2.0/projects')).status).toBe(200);
      expect((await change('everybody')).status).toBe(200);
      const basic = registry.clientOf({ username: 'lea', password: PASSWORD });
      for (const path of ['/v2/', '/service/token?service=harbor-registry', '/api/v2.0/projects']) {
        const refused = await basic.get(path);
        expect([refused.status, refused.text], path).toEqual([403, expect.stringContaining('second factor')]);
      }
      for (const path of ['/api/v2.0/projects', `${OWN}/sessions`, `${OWN}/access-tokens`]) {
        expect((await browser.get(path)).status, path).toBe(403);
      }
      const token = await browser.sendJson('POST', `${OWN}/access-tokens`, { name: 'way round' });
      expect(token.status).toBe(403);
      expect(readJson(await browser.get(`${OWN}/session`))).toMatchObject({ user: { mustEnrolSecondFactor: true } });
      const own = readJson<{ secret: string }>(await browser.sendJson('POST', TOTP));
      await settle(10_000);
      const confirmed = await browser.sendJson('POST', `${TOTP}/confirm`, { code: codeAt(own.secret, 0) });
      expect(confirmed.status).toBe(200);
      expect((await browser.get('/api/v2.0/projects')).status).toBe(200);
    } finally {
      await change('nobody');
      expect((await boss.sendJson('POST', `${TOTP}/remove`, { password: ADMIN.password })).status).toBe(204);
    }
  });
});
