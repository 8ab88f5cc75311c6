import { generateSync } from 'otplib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ADDRESS_INJECTIONS } from '../support/injection-corpus.ts';
import { MailServer } from '../support/mail-server.ts';
import { Browser } from './support/browser.ts';
import { ENGINES } from './support/engines.ts';
import { type Answer, readJson, send } from './support/http-client.ts';
import { type OpenRegistry, openRegistry } from './support/open-registry.ts';
import { readLinkToken, readMailText, waitForMail } from './support/wait-for-mail.ts';

const OWN = '/api/roadstead/v1';
const RESETS = `${OWN}/password-resets`;
const PASSWORD = 'Some-Password-1';
const NEW_PASSWORD = 'Another-Password-2';
const ORIGIN = 'https://registry.example:8443';
const JSON_TYPE = { 'Content-Type': 'application/json' };
/** Two runs of the job. */
const SETTLE_MS = 11_000;

describe.each(ENGINES)('passwords that were forgotten on %s', (engine) => {
  let registry: OpenRegistry;
  let server: MailServer;
  let networks = 0;

  beforeAll(async () => {
    server = new MailServer();
    await server.open();
    registry = await openRegistry({
      engine,
      env: {
        ROADSTEAD_TRUSTED_PROXIES: '127.0.0.1/32',
        ROADSTEAD_EXTERNAL_URL: ORIGIN,
        ROADSTEAD_EGRESS_ALLOW: '127.0.0.1/32',
      },
    });
    const refused = await ask({ username: 'carol' });
    expect([refused.status, refused.text]).toEqual([412, expect.stringContaining('sends no mail')]);
    const settings = {
      server: { host: '127.0.0.1', port: server.port, security: 'none' },
      from: { address: 'registry@example.com', name: 'Registry' },
    };
    const set = await registry.admin.put(`${OWN}/mail/settings`, JSON.stringify(settings), JSON_TYPE);
    expect(set.status, set.text).toBe(200);
  });
  afterAll(async () => {
    await registry?.close();
    await server?.close();
  });

  const nextNetwork = () => {
    networks += 1;
    return { 'X-Forwarded-For': `198.51.${networks % 250}.${Math.floor(networks / 250)}` };
  };
  const post = (path: string, body: object, headers: object = nextNetwork()): Promise<Answer> =>
    send(`${registry.url}${path}`, {
      method: 'POST',
      headers: { ...JSON_TYPE, ...headers },
      body: JSON.stringify(body),
    });
  const ask = (body: object, headers: object = nextNetwork()) => post(RESETS, body, headers);
  const complete = (token: string, password = NEW_PASSWORD, headers: object = nextNetwork()) =>
    post(`${RESETS}/complete`, { token, password }, headers);
  async function createUser(username: string, more: object = {}): Promise<number> {
    const user = { username, password: PASSWORD, mustChangePassword: false, email: `${username}@example.com`, ...more };
    const made = await registry.admin.post(`${OWN}/users`, JSON.stringify(user), JSON_TYPE);
    expect(made.status, made.text).toBe(201);
    return readJson<{ id: number }>(made).id;
  }
  const openBrowser = () => new Browser(registry.url, nextNetwork());
  const tokenFor = async (username: string) =>
    readLinkToken(await waitForMail(server, `${username}@example.com`), ORIGIN);
  const kindsOf = async () => {
    const answer = await registry.admin.get(`${OWN}/audit/entries?limit=100`);
    return readJson<{ items: readonly { kind: string }[] }>(answer).items.map(({ kind }) => kind);
  };

  it('are chosen anew by a link, once, which ends all sessions and leaves second factors', async () => {
    await createUser('carol');
    const browser = openBrowser();
    await browser.signIn({ username: 'carol', password: PASSWORD });
    const { secret } = readJson<{ secret: string }>(await browser.sendJson('POST', `${OWN}/second-factor/totp`));
    const enrolled = await browser.sendJson('POST', `${OWN}/second-factor/totp/confirm`, {
      code: generateSync({ secret }),
    });
    expect(enrolled.status, enrolled.text).toBe(200);
    expect(readMailText(await waitForMail(server, 'carol@example.com'))).toContain('has a new second factor');
    // Wherever a request says that it goes to, the link leads where the operator has said.
    const evil = { ...nextNetwork(), 'X-Forwarded-Host': 'evil.example', Forwarded: 'host=evil.example' };
    const asked = await ask({ email: 'Carol@example.com' }, evil);
    expect([asked.status, asked.text]).toEqual([202, '']);
    const first = await tokenFor('carol');
    const forged = { ...nextNetwork(), Host: 'evil.example', Origin: 'http://evil.example' };
    expect((await ask({ username: 'carol' }, forged)).status).toBe(202);
    expect(await tokenFor('carol')).not.toBe(first);
    expect((await ask({ username: 'carol' })).status).toBe(202);
    const second = await tokenFor('carol');
    expect(second).not.toBe(first);
    const weak = await complete(second, 'short');
    expect([weak.status, weak.text]).toEqual([400, expect.stringContaining('8 to 128')]);
    expect((await browser.send('GET', `${OWN}/session`)).status).toBe(200);
    const raced = await Promise.all([complete(second), complete(second), complete(first, 'Third-Password-3')]);
    expect(raced.map(({ status }) => status).toSorted()).toEqual([204, 403, 403]);
    for (const over of [first, second]) expect((await complete(over)).status).toBe(403);
    expect((await browser.send('GET', `${OWN}/session`)).status).toBe(401);
    const changed = await waitForMail(server, 'carol@example.com');
    expect(readMailText(changed)).toContain('was changed');
    const challenged = await post(`${OWN}/session`, { username: 'carol', password: NEW_PASSWORD });
    const other = await post(`${OWN}/session`, { username: 'carol', password: 'Third-Password-3' });
    expect([challenged, other].filter(({ text }) => text.includes('challenge'))).toHaveLength(1);
    expect(await kindsOf()).toEqual(
      expect.arrayContaining(['user.password-reset-sent', 'user.link-used', 'user.password-changed']),
    );
  });

  it('end with every change of the password, and when the account is disabled', async () => {
    const dave = await createUser('dave');
    await ask({ username: 'dave' });
    const before = await tokenFor('dave');
    const body = JSON.stringify({ password: NEW_PASSWORD, mustChange: false });
    expect((await registry.admin.put(`${OWN}/users/${dave}/password`, body, JSON_TYPE)).status).toBe(204);
    expect((await complete(before, 'Third-Password-3')).status).toBe(403);
    await waitForMail(server, 'dave@example.com');
    await ask({ username: 'dave' });
    const disabled = await tokenFor('dave');
    await registry.admin.post(`${OWN}/users/${dave}/disable`);
    expect((await complete(disabled, 'Third-Password-3')).status).toBe(403);
    await registry.admin.post(`${OWN}/users/${dave}/enable`);
    expect((await complete(disabled, 'Third-Password-3')).status).toBe(403);
  });

  it('are answered alike, whoever it is, and mailed to nobody but whose address is known', {
    timeout: 120_000,
  }, async () => {
    await createUser('erin');
    const frank = await createUser('frank');
    await registry.admin.post(`${OWN}/users/${frank}/disable`);
    await createUser('grace', { email: '' });
    await createUser('heidi');
    const heidi = openBrowser();
    await heidi.signIn({ username: 'heidi', password: PASSWORD });
    const { user } = readJson<{ user: { id: number } }>(await heidi.send('GET', `${OWN}/session`));
    const own = { email: 'victim@example.com', realname: 'heidi', comment: '' };
    expect((await heidi.sendJson('PUT', `/api/v2.0/users/${user.id}`, own)).status).toBe(200);
    const plain = ({ status, text, headers }: Answer) => [status, text, Object.keys(headers).toSorted()];
    const expected = plain(await ask({ username: 'erin' }));
    expect(expected[0]).toBe(202);
    for (const username of ['nobody', 'frank', 'grace', 'heidi', 'admin', 'x'.repeat(1_000), ...ADDRESS_INJECTIONS]) {
      if (username === '') continue;
      expect(plain(await ask({ username })), JSON.stringify(username)).toEqual(expected);
      expect(plain(await ask({ email: username })), JSON.stringify(username)).toEqual(expected);
    }
    await tokenFor('erin');
    await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
    const others = server.mails.splice(0).filter(({ to }) => !to.includes('carol@example.com'));
    // The address of before is told that it is none any more.
    const isNotice = ({ to, source }: (typeof others)[number]) =>
      to.includes('heidi@example.com') && /^Subject: The e-mail address .* was changed$/m.test(source);
    expect(others.filter((mail) => !isNotice(mail))).toEqual([]);
  });

  it('are bounded for each account from wherever, and for each network whoever it asks for', {
    timeout: 90_000,
  }, async () => {
    await createUser('ivan');
    for (let count = 0; count < 10; count += 1) expect((await ask({ username: 'ivan' })).status).toBe(202);
    for (let count = 0; count < 3; count += 1) await tokenFor('ivan');
    await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
    expect(server.mails.filter(({ to }) => to.includes('ivan@example.com'))).toEqual([]);
    for (const name of ['ivan', 'nobody']) {
      const network = nextNetwork();
      const statuses: number[] = [];
      for (let count = 0; count < 7; count += 1) statuses.push((await ask({ username: name }, network)).status);
      expect(statuses).toEqual([202, 202, 202, 202, 202, 429, 429]);
    }
    const network = nextNetwork();
    const statuses: number[] = [];
    for (let count = 0; count < 22; count += 1)
      statuses.push((await ask({ username: `guess-${count}` }, network)).status);
    expect(statuses.filter((status) => status === 429)).toHaveLength(2);
  });

  it('need a token that nobody guesses', async () => {
    const network = nextNetwork();
    const statuses: number[] = [];
    for (let count = 0; count < 25; count += 1) {
      const token = Buffer.alloc(32, count).toString('base64url');
      statuses.push((await complete(token, NEW_PASSWORD, network)).status);
    }
    expect(statuses.slice(0, 20)).toEqual(Array.from({ length: 20 }, () => 403));
    expect(statuses.slice(20)).toEqual([429, 429, 429, 429, 429]);
    for (const token of ['', 'x', "' or 1=1 --", '\0'.repeat(43), 'A'.repeat(1_000)]) {
      expect((await complete(token)).status, token).toBe(403);
    }
    expect((await post(`${RESETS}/complete`, { token: { $ne: '' }, password: NEW_PASSWORD })).status).toBe(422);
  });

  it('take as long to ask for, whether there is such an account or not', { timeout: 120_000 }, async () => {
    await createUser('judy');
    const times = new Map<string, number[]>();
    const names = ['judy', 'nobody', 'judy@example.com', 'nobody@example.com'];
    for (let round = 0; round < 60; round += 1) {
      for (const name of names) {
        const from = nextNetwork();
        const begun = performance.now();
        expect((await ask({ username: name }, from)).status).toBe(202);
        times.set(name, [...(times.get(name) ?? []), performance.now() - begun]);
      }
    }
    const medianOf = (name: string) => (times.get(name) ?? []).toSorted((left, right) => left - right)[30] ?? 0;
    for (const name of names) {
      expect(medianOf(name), name).toBeGreaterThan(medianOf('judy') * 0.6);
      expect(medianOf(name), name).toBeLessThan(medianOf('judy') * 1.7);
    }
  });

  it('have a page, which keeps the token in the browser', async () => {
    const page = await send(`${registry.url}/set-password?lang=fr`, {});
    expect([page.status, page.headers['content-type']]).toEqual([200, 'text/html; charset=utf-8']);
    expect(page.text).toContain('<html lang="fr">');
    expect(page.headers['referrer-policy']).toBe('no-referrer');
    expect(page.headers['content-security-policy']).toContain("default-src 'none'; script-src 'sha256-");
    expect((await send(`${registry.url}/set-password?lang=%3Cscript%3E`, {})).text).toContain('<html lang="en">');
  });
});
