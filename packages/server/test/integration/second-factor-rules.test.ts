import { generateSync } from 'otplib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CredentialOptions, SoftwareAuthenticator } from '../support/software-authenticator.ts';
import { Browser } from './support/browser.ts';
import { ENGINES } from './support/engines.ts';
import { readErrors, readJson } from './support/http-client.ts';
import { type OpenRegistry, openRegistry } from './support/open-registry.ts';

const OWN = '/api/roadstead/v1';
const HARBOR = '/api/v2.0';
const PASSWORD = 'Some-Password-1';
const DAY_MS = 24 * 3_600_000;
const JSON_TYPE = { 'Content-Type': 'application/json' };

describe.each(ENGINES)('rules about second factors on %s', (engine) => {
  let registry: OpenRegistry;
  let authenticator: SoftwareAuthenticator;
  let networks = 0;

  beforeAll(async () => {
    registry = await openRegistry({ engine, env: { ROADSTEAD_TRUSTED_PROXIES: '127.0.0.1/32' } });
    authenticator = new SoftwareAuthenticator(registry.url.replace('127.0.0.1', 'localhost'));
  });
  afterAll(() => registry?.close());

  const openBrowser = () => {
    networks += 1;
    const host = new URL(authenticator.origin).host;
    return new Browser(registry.url, { 'X-Forwarded-For': `198.51.${networks}.7`, Host: host });
  };
  const post = async (path: string, body: unknown) => {
    const answer = await registry.admin.post(path, JSON.stringify(body), JSON_TYPE);
    expect(answer.status, answer.text).toBe(201);
    return answer;
  };
  const createUser = async (username: string) =>
    readJson<{ id: number }>(await post(`${OWN}/users`, { username, password: PASSWORD, mustChangePassword: false }))
      .id;
  const require = async (roles: unknown) =>
    registry.admin.put(`${OWN}/access-settings`, JSON.stringify({ requireSecondFactorOfRoles: roles }), JSON_TYPE);
  const open = async (username: string) => {
    const browser = openBrowser();
    expect((await browser.signIn({ username, password: PASSWORD })).status).toBe(200);
    return browser;
  };
  const enrolTotp = async (browser: Browser) => {
    const { secret } = readJson<{ secret: string }>(await browser.sendJson('POST', `${OWN}/second-factor/totp`));
    const body = { code: generateSync({ secret, epoch: Date.now() / 1_000 - 30 }) };
    const confirmed = await browser.sendJson('POST', `${OWN}/second-factor/totp/confirm`, body);
    expect(confirmed.status, confirmed.text).toBe(200);
    return { secret, recoveryCodes: readJson<{ recoveryCodes: readonly string[] }>(confirmed).recoveryCodes };
  };
  const enrolPasskey = async (browser: Browser) => {
    const options = readJson<CredentialOptions>(
      await browser.sendJson('POST', `${OWN}/second-factor/passkeys/options`),
    );
    const { passkey, credential } = authenticator.create(options);
    expect((await browser.sendJson('POST', `${OWN}/second-factor/passkeys`, { credential })).status).toBe(201);
    return passkey;
  };

  it('hold for who has a role in any project, by oneself or by a group, and for nobody else', async () => {
    await post(`${HARBOR}/projects`, { project_name: 'roles' });
    for (const name of ['mia', 'ned', 'oli', 'pam', 'quin']) await createUser(name);
    const add = (member: object) => post(`${HARBOR}/projects/roles/members`, member);
    await add({ role_id: 4, member_user: { username: 'mia' } });
    await add({ role_id: 2, member_user: { username: 'ned' } });
    const group = await post(`${OWN}/groups`, { name: 'keepers' });
    const { id: groupId } = readJson<{ id: number }>(group);
    await add({ role_id: 4, member_group: { id: groupId } });
    const put = await registry.admin.put(`${OWN}/groups/${groupId}/members/oli`, '');
    expect(put.status, put.text).toBeLessThan(300);
    const token = await registry
      .clientOf({ username: 'mia', password: PASSWORD })
      .post(`${OWN}/access-tokens`, JSON.stringify({ name: 'before' }), JSON_TYPE);
    const { token: secret } = readJson<{ token: string }>(token);
    for (const wrong of ['maintainer', ['boss'], [999], [6], [null], [['maintainer']], Array(101).fill('guest')]) {
      expect([wrong, (await require(wrong)).status]).toEqual([wrong, 422]);
    }
    const set = await require(['maintainer', 'limitedGuest', 'maintainer', 1_007]);
    expect([set.status, readJson(set)]).toEqual([
      200,
      expect.objectContaining({ requireSecondFactorOfRoles: [1_007, 'limitedGuest', 'maintainer'] }),
    ]);
    const mustEnrol = async (browser: Browser) => {
      const session = readJson<{ user: { mustEnrolSecondFactor: boolean } }>(await browser.get(`${OWN}/session`));
      const projects = await browser.get(`${HARBOR}/projects`);
      expect(projects.status).toBe(session.user.mustEnrolSecondFactor ? 403 : 200);
      return session.user.mustEnrolSecondFactor;
    };
    const browsers = { mia: await open('mia'), ned: await open('ned'), oli: await open('oli'), pam: await open('pam') };
    expect(await mustEnrol(browsers.mia)).toBe(true);
    expect(await mustEnrol(browsers.ned)).toBe(false);
    expect(await mustEnrol(browsers.oli)).toBe(true);
    expect(await mustEnrol(browsers.pam)).toBe(false);

    for (const path of ['/v2/', '/service/token?service=harbor-registry', `${HARBOR}/projects`]) {
      const refused = await registry.clientOf({ username: 'mia', password: PASSWORD }).get(path);
      expect([refused.status, refused.text], path).toEqual([403, expect.stringContaining('personal access token')]);
      expect((await registry.clientOf({ username: 'mia', password: secret }).get(path)).status, path).toBe(200);
      expect((await registry.clientOf({ username: 'ned', password: PASSWORD }).get(path)).status, path).toBe(200);
    }
    await enrolPasskey(browsers.mia);
    expect(await mustEnrol(browsers.mia)).toBe(false);

    await add({ role_id: 4, member_user: { username: 'pam' } });
    await new Promise((resolve) => setTimeout(resolve, 2_100));
    expect(await mustEnrol(browsers.pam)).toBe(true);
    expect((await require([])).status).toBe(200);
    expect(await mustEnrol(browsers.pam)).toBe(false);
    expect(await mustEnrol(await open('quin'))).toBe(false);
  });

  it('are kept by whom the list of accounts tells, with who has which factor', async () => {
    const ids = { rob: await createUser('rob'), sue: await createUser('sue'), tom: await createUser('tom') };
    await enrolTotp(await open('rob'));
    const sue = await open('sue');
    await enrolPasskey(sue);
    await enrolTotp(sue);
    const list = async (query: string) => {
      const answer = await registry.admin.get(`${OWN}/users?limit=100&${query}`);
      expect(answer.status, answer.text).toBe(200);
      const { items } = readJson<{ items: readonly { id: number; secondFactors: readonly string[] }[] }>(answer);
      return new Map(items.map(({ id, secondFactors }) => [id, secondFactors]));
    };
    const all = await list('');
    expect([all.get(ids.rob), all.get(ids.sue), all.get(ids.tom)]).toEqual([['totp'], ['totp', 'passkey'], []]);
    const has = async (query: string) => {
      const found = await list(query);
      return Object.values(ids).map((id) => found.has(id));
    };
    expect(await has('secondFactor=none')).toEqual([false, false, true]);
    expect(await has('secondFactor=totp')).toEqual([true, true, false]);
    expect(await has('secondFactor=passkey')).toEqual([false, true, false]);
    expect((await registry.admin.get(`${OWN}/users?secondFactor=sms`)).status).toBe(422);
  });

  it('bound wrong codes of an app from all networks together, and let recovery codes and passkeys in meanwhile', async () => {
    const id = await createUser('una');
    const owner = await open('una');
    const { secret, recoveryCodes } = await enrolTotp(owner);
    const passkey = await enrolPasskey(owner);
    const begin = async (browser: Browser) => {
      const first = await browser.sendJson('POST', `${OWN}/session`, { username: 'una', password: PASSWORD });
      const detail = readErrors(first)[0]?.detail as { readonly challenge: string } | undefined;
      return detail?.challenge ?? '';
    };
    const attempt = async (code: string) => {
      const browser = openBrowser();
      return browser.sendJson('POST', `${OWN}/session/second-factor`, { challenge: await begin(browser), code });
    };
    const wrong = async () => {
      const right = new Set(
        [-2, -1, 0, 1, 2].map((step) => generateSync({ secret, epoch: Date.now() / 1_000 + step * 30 })),
      );
      return attempt(
        ['000000', '111111', '222222', '333333', '444444', '555555'].find((code) => !right.has(code)) ?? '',
      );
    };
    const statuses = new Map<number, number>();
    for (let guess = 0; guess < 52; guess += 1) {
      const { status } = await wrong();
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
    }
    expect([...statuses]).toEqual([
      [401, 50],
      [429, 2],
    ]);
    const shut = await attempt(generateSync({ secret }));
    expect([shut.status, shut.text]).toEqual([429, expect.stringContaining('recovery code')]);
    expect(Number(shut.headers['retry-after'])).toBeGreaterThan(80_000);
    expect((await attempt(recoveryCodes[0] ?? '')).status).toBe(200);
    const browser = openBrowser();
    const options = readJson<CredentialOptions>(await browser.sendJson('POST', `${OWN}/session/passkey/options`));
    const credential = authenticator.get(passkey, options);
    expect((await browser.sendJson('POST', `${OWN}/session/passkey`, { credential })).status).toBe(200);
    await registry.store.database.write((tx) =>
      tx
        .updateTable('wrong_codes')
        .set((row) => ({ since: row('since', '-', DAY_MS) }))
        .where('user_id', '=', id)
        .execute(),
    );
    expect((await attempt(generateSync({ secret }))).status).toBe(200);
    expect((await wrong()).status).toBe(401);
    const rows = registry.store.database.reader.selectFrom('wrong_codes').select('count').where('user_id', '=', id);
    expect(await rows.execute()).toEqual([{ count: 1 }]);
  });
});
