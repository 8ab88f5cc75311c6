import { generateSync } from 'otplib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CredentialOptions, type SoftPasskey, SoftwareAuthenticator } from '../support/software-authenticator.ts';
import { Browser } from './support/browser.ts';
import { ENGINES } from './support/engines.ts';
import { type Answer, readErrors, readJson } from './support/http-client.ts';
import { type OpenRegistry, openRegistry } from './support/open-registry.ts';

const OWN = '/api/roadstead/v1';
const PASSKEYS = `${OWN}/second-factor/passkeys`;
const PASSWORD = 'Some-Password-1';

interface Owner {
  readonly username: string;
  readonly id: number;
  readonly browser: Browser;
  readonly passkey: SoftPasskey;
  readonly passkeyId: number;
  readonly recoveryCodes: readonly string[];
}

describe.each(ENGINES)('passkeys on %s', (engine) => {
  let registry: OpenRegistry;
  let url: string;
  let authenticator: SoftwareAuthenticator;
  let networks = 0;

  beforeAll(async () => {
    registry = await openRegistry({ engine, env: { ROADSTEAD_TRUSTED_PROXIES: '127.0.0.1/32' } });
    url = registry.url.replace('127.0.0.1', 'localhost');
    authenticator = new SoftwareAuthenticator(url);
  });
  afterAll(() => registry?.close());

  const openBrowser = () => {
    networks += 1;
    const from = `198.51.${networks}.7`;
    return new Browser(registry.url, { 'X-Forwarded-For': from, Host: new URL(url).host });
  };
  const createUser = async (username: string) => {
    const body = JSON.stringify({ username, password: PASSWORD, mustChangePassword: false });
    const made = await registry.admin.post(`${OWN}/users`, body, { 'Content-Type': 'application/json' });
    expect(made.status, made.text).toBe(201);
    return readJson<{ id: number }>(made).id;
  };
  const optionsFor = async (browser: Browser, path: string, body?: object) => {
    const answer = await browser.sendJson('POST', path, body);
    expect(answer.status, answer.text).toBe(200);
    return readJson<CredentialOptions>(answer);
  };
  async function add(browser: Browser, name?: string) {
    const { passkey, credential } = authenticator.create(await optionsFor(browser, `${PASSKEYS}/options`));
    const added = await browser.sendJson('POST', PASSKEYS, { name, credential });
    expect(added.status, added.text).toBe(201);
    const { id, recoveryCodes } = readJson<{ id: number; recoveryCodes: readonly string[] | null }>(added);
    return { passkey, id, recoveryCodes };
  }
  async function enrol(username: string): Promise<Owner> {
    const id = await createUser(username);
    const browser = openBrowser();
    expect((await browser.signIn({ username, password: PASSWORD })).status).toBe(200);
    const { passkey, id: passkeyId, recoveryCodes } = await add(browser, 'my key');
    expect(recoveryCodes).toHaveLength(10);
    return { username, id, browser, passkey, passkeyId, recoveryCodes: recoveryCodes ?? [] };
  }
  const signInBy = async (browser: Browser, passkey: SoftPasskey): Promise<Answer> => {
    const options = await optionsFor(browser, `${OWN}/session/passkey/options`);
    return browser.sendJson('POST', `${OWN}/session/passkey`, { credential: authenticator.get(passkey, options) });
  };
  const beginWithPassword = async (browser: Browser, username: string) => {
    const first = await browser.sendJson('POST', `${OWN}/session`, { username, password: PASSWORD });
    expect(first.status).toBe(401);
    return readErrors(first)[0]?.detail as { readonly challenge: string; readonly methods: readonly string[] };
  };

  it('sign in without a password, and as a second factor after one', async () => {
    const { passkey, username } = await enrol('ann');
    const browser = openBrowser();
    const options = await optionsFor(browser, `${OWN}/session/passkey/options`);
    expect(options).toMatchObject({ rpId: 'localhost', allowCredentials: [], userVerification: 'required' });
    const signedIn = await signInBy(browser, passkey);
    expect([signedIn.status, readJson(signedIn)]).toEqual([
      200,
      expect.objectContaining({ user: expect.objectContaining({ name: 'ann', mustEnrolSecondFactor: false }) }),
    ]);
    expect((await browser.get('/api/v2.0/users/current')).status).toBe(200);

    const other = openBrowser();
    const { challenge, methods } = await beginWithPassword(other, username);
    expect(methods).toEqual(['passkey', 'recovery-code']);
    const step = await optionsFor(other, `${OWN}/session/second-factor/passkey-options`, { challenge });
    expect(step.allowCredentials?.map(({ id }) => id)).toEqual([passkey.id]);
    const credential = authenticator.get(passkey, step);
    const done = await other.sendJson('POST', `${OWN}/session/second-factor`, { challenge, credential });
    expect([done.status, done.text]).toEqual([200, expect.stringContaining('"ann"')]);
    const again = await other.sendJson('POST', `${OWN}/session/second-factor`, { challenge, credential });
    expect(again.status).toBe(401);
  });

  it('go with recovery codes, and with an authenticator app, of which the last one that goes takes them along', async () => {
    const { browser, recoveryCodes, passkeyId } = await enrol('bob');
    const other = openBrowser();
    const { challenge } = await beginWithPassword(other, 'bob');
    const code = recoveryCodes[0];
    expect((await other.sendJson('POST', `${OWN}/session/second-factor`, { challenge, code })).status).toBe(200);
    const { secret } = readJson<{ secret: string }>(await browser.sendJson('POST', `${OWN}/second-factor/totp`));
    const confirm = { code: generateSync({ secret }) };
    const confirmed = await browser.sendJson('POST', `${OWN}/second-factor/totp/confirm`, confirm);
    expect([confirmed.status, readJson(confirmed)]).toEqual([200, { recoveryCodes: null }]);
    expect((await beginWithPassword(openBrowser(), 'bob')).methods).toEqual(['totp', 'passkey', 'recovery-code']);
    expect((await browser.sendJson('POST', `${PASSKEYS}/${passkeyId}/remove`)).status).toBe(204);
    expect(readJson(await browser.get(`${OWN}/second-factor`))).toMatchObject({ passkeys: [], recoveryCodesLeft: 9 });
    const remove = await browser.sendJson('POST', `${OWN}/second-factor/totp/remove`, { password: PASSWORD });
    expect(remove.status).toBe(204);
    expect(readJson(await browser.get(`${OWN}/second-factor`))).toMatchObject({ recoveryCodesLeft: 0 });
    expect((await openBrowser().signIn({ username: 'bob', password: PASSWORD })).status).toBe(200);
  });

  it('are listed, renamed and removed by their owner, and nobody else', async () => {
    const { browser, passkeyId, passkey } = await enrol('cyd');
    const stranger = (await enrol('dan')).browser;
    const state = readJson<{ passkeys: readonly object[] }>(await browser.get(`${OWN}/second-factor`));
    expect(state.passkeys).toEqual([
      expect.objectContaining({ id: passkeyId, name: 'my key', host: 'localhost', isSynced: false, lastUsedAt: null }),
    ]);
    const path = `${PASSKEYS}/${passkeyId}`;
    expect((await stranger.sendJson('PUT', path, { name: 'mine now' })).status).toBe(404);
    expect((await stranger.sendJson('POST', `${path}/remove`)).status).toBe(404);
    for (const name of ['', ' key', 'a\u0007b', 'x'.repeat(101)]) {
      expect((await browser.sendJson('PUT', path, { name })).status, name).toBe(400);
    }
    expect((await browser.sendJson('PUT', path, { name: 'laptop' })).status).toBe(204);
    expect((await signInBy(openBrowser(), passkey)).status).toBe(200);
    expect((await browser.get(`${OWN}/second-factor`)).text).toMatch(/"laptop".*"lastUsedAt":"20/);
    expect((await browser.sendJson('POST', `${path}/remove`)).status).toBe(204);
    expect((await signInBy(openBrowser(), passkey)).status).toBe(401);
  });

  it('are added and removed by who has signed in of late, or proves it again', async () => {
    const { browser, id, passkeyId } = await enrol('eve');
    const shift = (milliseconds: number) =>
      registry.store.database.write((tx) =>
        tx
          .updateTable('sessions')
          .set((row) => ({ created_at: row('created_at', '-', milliseconds) }))
          .where('user_id', '=', id)
          .execute(),
      );
    await shift(11 * 60_000);
    expect((await browser.sendJson('POST', `${PASSKEYS}/options`)).status).toBe(403);
    expect((await browser.sendJson('POST', `${PASSKEYS}/options`, { password: 'Wrong-1-Wrong' })).status).toBe(403);
    expect((await browser.sendJson('POST', `${PASSKEYS}/options`, { password: PASSWORD })).status).toBe(200);
    expect((await browser.sendJson('POST', `${PASSKEYS}/${passkeyId}/remove`)).status).toBe(403);
    const proven = await browser.sendJson('POST', `${PASSKEYS}/${passkeyId}/remove`, { password: PASSWORD });
    expect(proven.status).toBe(204);
  });

  it('are at most twenty, none of them twice, and none of an account that signs in elsewhere', async () => {
    const { browser, passkey, id } = await enrol('fay');
    const offered = await optionsFor(browser, `${PASSKEYS}/options`);
    expect(offered.excludeCredentials?.map(({ id: known }) => known)).toEqual([passkey.id]);
    const same = authenticator.create(offered, { credentialId: Buffer.from(passkey.id, 'base64url') });
    expect((await browser.sendJson('POST', PASSKEYS, { credential: same.credential })).status).toBe(409);
    for (let count = 1; count < 19; count += 1) await add(browser);
    const last = await optionsFor(browser, `${PASSKEYS}/options`);
    await add(browser);
    const late = authenticator.create(last);
    expect((await browser.sendJson('POST', PASSKEYS, { credential: late.credential })).status).toBe(412);
    expect((await browser.sendJson('POST', `${PASSKEYS}/options`)).status).toBe(412);
    await registry.store.database.write((tx) =>
      tx.updateTable('users').set({ password_hash: null }).where('id', '=', id).execute(),
    );
    expect((await browser.sendJson('POST', `${PASSKEYS}/options`)).text).toContain('signs in elsewhere');
    expect((await signInBy(openBrowser(), passkey)).status).toBe(401);
  });

  it('end what the password alone had opened, and leave it nothing more', async () => {
    await createUser('gus');
    const [before, browser] = [openBrowser(), openBrowser()];
    for (const each of [before, browser]) await each.signIn({ username: 'gus', password: PASSWORD });
    await add(browser);
    expect((await before.get(`${OWN}/session`)).status).toBe(401);
    expect((await browser.get(`${OWN}/session`)).status).toBe(200);
    const basic = registry.clientOf({ username: 'gus', password: PASSWORD });
    for (const path of ['/v2/', '/service/token?service=harbor-registry', '/api/v2.0/projects']) {
      const refused = await basic.get(path);
      expect([refused.status, refused.text], path).toEqual([403, expect.stringContaining('personal access token')]);
    }
  });

  it('are taken away by an administrator from who has lost them, and end with the account', async () => {
    const { id, passkey } = await enrol('hal');
    expect((await registry.admin.delete(`${OWN}/users/${id}/second-factor`)).status).toBe(204);
    expect((await signInBy(openBrowser(), passkey)).status).toBe(401);
    expect((await openBrowser().signIn({ username: 'hal', password: PASSWORD })).status).toBe(200);
    const other = await enrol('ida');
    expect((await registry.admin.delete(`${OWN}/users/${other.id}`)).status).toBe(204);
    const left = registry.store.database.reader.selectFrom('passkeys').select('id').where('user_id', '=', other.id);
    expect(await left.execute()).toEqual([]);
  });

  it('go on when the password changes, which ends what was begun with it', async () => {
    const { id, passkey, browser } = await enrol('jon');
    const { challenge } = await beginWithPassword(openBrowser(), 'jon');
    const registration = await optionsFor(browser, `${PASSKEYS}/options`);
    const reset = { password: 'Another-Password-2', mustChange: false };
    const changed = await registry.admin.put(`${OWN}/users/${id}/password`, JSON.stringify(reset), {
      'Content-Type': 'application/json',
    });
    expect(changed.status, changed.text).toBe(204);
    const late = await browser.sendJson('POST', `${OWN}/session/second-factor/passkey-options`, { challenge });
    expect(late.status).toBe(401);
    const again = openBrowser();
    expect((await signInBy(again, passkey)).status).toBe(200);
    const { credential } = authenticator.create(registration);
    expect((await again.sendJson('POST', PASSKEYS, { credential })).status).toBe(400);
  });

  it('are off where the address is no host name, which the page for signing in can ask', async () => {
    const asked = async (host: string) =>
      readJson(await new Browser(registry.url, { Host: host }).get(`${OWN}/sign-in/passkeys`));
    const { host } = new URL(registry.url);
    expect(await asked(host)).toMatchObject({ isAvailable: false, reason: expect.stringContaining('IP address') });
    expect(await asked(new URL(url).host)).toEqual({ isAvailable: true, rpId: 'localhost', origin: url, reason: null });
    expect(await asked('registry.example.org')).toMatchObject({ isAvailable: false });
    const off = await registry.anonymous.post(`${OWN}/session/passkey/options`, '');
    expect([off.status, off.text]).toEqual([412, expect.stringContaining('IP address')]);
  });

  it('are told to the audit log, and sign-ins with them', async () => {
    const { id, passkey, browser, passkeyId } = await enrol('kim');
    await signInBy(openBrowser(), passkey);
    const options = await optionsFor(openBrowser(), `${OWN}/session/passkey/options`);
    const credential = authenticator.get(passkey, options, { origin: 'https://evil.example' });
    expect((await openBrowser().sendJson('POST', `${OWN}/session/passkey`, { credential })).status).toBe(401);
    await browser.sendJson('PUT', `${PASSKEYS}/${passkeyId}`, { name: 'renamed' });
    await browser.sendJson('POST', `${PASSKEYS}/${passkeyId}/remove`);
    const log = await registry.admin.get(`${OWN}/audit/entries?limit=100`);
    const { items } = readJson<{ items: readonly { kind: string; detail: Record<string, unknown> }[] }>(log);
    const told = items.filter(({ detail }) => detail['userId'] === id);
    for (const kind of [
      'second-factor.enrolled',
      'passkey.renamed',
      'second-factor.removed',
      'second-factor.refused',
    ]) {
      expect(told.map((item) => item.kind)).toContain(kind);
    }
    const refused = told.find(({ kind }) => kind === 'second-factor.refused');
    expect(refused?.detail).toMatchObject({ factor: 'passkey', reason: 'signature' });
    expect(log.text).not.toContain(passkey.id);
  });
});
