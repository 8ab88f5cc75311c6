import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MailServer } from '../support/mail-server.ts';
import { ENGINES } from './support/engines.ts';
import { type Answer, readJson, send } from './support/http-client.ts';
import { type OpenRegistry, openRegistry } from './support/open-registry.ts';
import { readLinkToken, readMailText, waitForMail } from './support/wait-for-mail.ts';

const OWN = '/api/roadstead/v1';
const PASSWORD = 'Some-Password-1';
const ORIGIN = 'https://registry.example';
const JSON_TYPE = { 'Content-Type': 'application/json' };

describe.each(ENGINES)('invitations on %s', (engine) => {
  let registry: OpenRegistry;
  let server: MailServer;

  beforeAll(async () => {
    server = new MailServer();
    await server.open();
    registry = await openRegistry({
      engine,
      env: { ROADSTEAD_EXTERNAL_URL: ORIGIN, ROADSTEAD_EGRESS_ALLOW: '127.0.0.1/32' },
    });
    expect((await invite('early')).status).toBe(412);
    const settings = {
      server: { host: '127.0.0.1', port: server.port, security: 'none' },
      from: { address: 'registry@example.com', name: 'Registry' },
      language: 'fr',
    };
    const set = await registry.admin.put(`${OWN}/mail/settings`, JSON.stringify(settings), JSON_TYPE);
    expect(set.status, set.text).toBe(200);
  });
  afterAll(async () => {
    await registry?.close();
    await server?.close();
  });

  const invite = (username: string, more: object = {}): Promise<Answer> => {
    const body = { username, email: `${username}@example.com`, invite: true, ...more };
    return registry.admin.post(`${OWN}/users`, JSON.stringify(body), JSON_TYPE);
  };
  const complete = (token: string) =>
    send(`${registry.url}${OWN}/password-resets/complete`, {
      method: 'POST',
      headers: JSON_TYPE,
      body: JSON.stringify({ token, password: PASSWORD }),
    });
  const idOf = (answer: Answer) => {
    expect(answer.status, answer.text).toBe(201);
    return readJson<{ id: number }>(answer).id;
  };
  const tokenFor = async (name: string) => readLinkToken(await waitForMail(server, `${name}@example.com`), ORIGIN);
  const signIn = async (username: string) =>
    (await registry.clientOf({ username, password: PASSWORD }).get('/api/v2.0/users/current')).status;

  it('make an account that nobody can sign in to until its owner has chosen a password', async () => {
    idOf(await invite('carol', { isAdministrator: false, realName: 'Carol' }));
    expect(await signIn('carol')).toBe(401);
    const mail = await waitForMail(server, 'carol@example.com');
    expect(readMailText(mail)).toContain('admin a créé un compte pour vous');
    const token = readLinkToken(mail, ORIGIN);
    expect((await complete(token)).status).toBe(204);
    expect(await signIn('carol')).toBe(200);
    expect((await complete(token)).status).toBe(403);
    // The address is known from then on.
    expect(readMailText(await waitForMail(server, 'carol@example.com'))).toContain('mot de passe');
  });

  it('are sent again with another link, and withdrawn', async () => {
    const id = idOf(await invite('dave'));
    const path = `${OWN}/users/${id}/invitation`;
    const first = await tokenFor('dave');
    expect((await registry.admin.post(path)).status).toBe(202);
    const second = await tokenFor('dave');
    expect((await complete(first)).status).toBe(403);
    expect((await registry.admin.delete(path)).status).toBe(204);
    expect((await registry.admin.delete(path)).status).toBe(404);
    expect((await complete(second)).status).toBe(403);
    expect((await registry.admin.post(path)).status).toBe(202);
    expect((await complete(await tokenFor('dave'))).status).toBe(204);
    expect((await registry.admin.post(path)).status).toBe(412);
  });

  it('are refused where they cannot arrive, or would take a password', async () => {
    for (const more of [{ email: '' }, { email: 'erin@exämple.com' }]) {
      const refused = await invite('erin', more);
      expect([refused.status, refused.text]).toEqual([412, expect.stringContaining('e-mail address')]);
    }
    expect((await invite('erin', { password: PASSWORD })).status).toBe(422);
    expect((await invite('erin', { invite: 'yes' })).status).toBe(422);
    expect((await invite('erin', { invite: false })).status).toBe(422);
    expect((await invite('erin', { email: 'erin@example.com\r\nBcc: eve@example.com' })).status).toBe(400);
    expect((await invite('carol')).status).toBe(409);
    const users = readJson<{ items: readonly { username: string }[] }>(await registry.admin.get(`${OWN}/users`));
    expect(users.items.map(({ username }) => username)).not.toContain('erin');
  });

  it('and all other mails come in the language that somebody has chosen', async () => {
    await registry.admin.post(
      `${OWN}/users`,
      JSON.stringify({ username: 'grace', email: 'grace@example.com', password: PASSWORD, mustChangePassword: false }),
      JSON_TYPE,
    );
    const grace = registry.clientOf({ username: 'grace', password: PASSWORD });
    const path = `${OWN}/mail/preferences`;
    expect(readJson(await grace.get(path))).toEqual({ language: null, notices: true });
    const chosen = { language: 'en', notices: false };
    expect(readJson(await grace.put(path, JSON.stringify(chosen), JSON_TYPE))).toEqual(chosen);
    expect(readJson(await grace.get(path))).toEqual(chosen);
    for (const bad of [
      { language: 'de', notices: true },
      { language: 'en' },
      { ...chosen, notices: 1 },
      { ...chosen, x: 1 },
    ]) {
      expect((await grace.put(path, JSON.stringify(bad), JSON_TYPE)).status).toBe(422);
    }
    expect((await registry.anonymous.get(path)).status).toBe(401);
    const change = JSON.stringify({ old_password: PASSWORD, new_password: 'Another-Password-2' });
    const { id } = readJson<{ items: readonly { id: number }[] }>(
      await registry.admin.get(`${OWN}/users?username=grace`),
    ).items[0] ?? { id: 0 };
    expect((await grace.put(`/api/v2.0/users/${id}/password`, change, JSON_TYPE)).status).toBe(200);
    expect(readMailText(await waitForMail(server, 'grace@example.com'))).toContain('Your password at');
  });

  it('end when the account is disabled', async () => {
    const id = idOf(await invite('frank'));
    const token = await tokenFor('frank');
    expect((await registry.admin.post(`${OWN}/users/${id}/disable`)).status).toBe(204);
    expect((await complete(token)).status).toBe(403);
    expect((await registry.admin.post(`${OWN}/users/${id}/invitation`)).status).toBe(412);
  });
});
