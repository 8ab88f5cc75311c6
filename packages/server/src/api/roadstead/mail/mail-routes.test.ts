import Fastify, { type FastifyInstance, type InjectOptions } from 'fastify';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ENGINES } from '../../../../test/in-process/test-database.ts';
import { OPERATOR, openTestOperations, type TestOperations } from '../../../../test/in-process/test-operations.ts';
import { createSelfSignedCertificate } from '../../../../test/support/create-self-signed-certificate.ts';
import { ADDRESS_INJECTIONS, NAME_INJECTIONS } from '../../../../test/support/injection-corpus.ts';
import { MailServer } from '../../../../test/support/mail-server.ts';
import { ANONYMOUS, type Principal } from '../../../kernel/principal.ts';
import { registerRoadsteadRoutes } from '../roadstead-routes.ts';

const SECRET = 'Canary-Mail-77';
const USER: Principal = { kind: 'user', id: 9, name: 'carol', isAdministrator: false };
const CERTIFICATE = createSelfSignedCertificate({
  name: 'localhost',
  notBefore: new Date(Date.now() - 86_400_000),
  notAfter: new Date(Date.now() + 86_400_000),
});
const FROM = { address: 'registry@example.com', name: 'Registry' };

describe.each(ENGINES)('the settings of mail on %s', (engine) => {
  let test: TestOperations;
  let app: FastifyInstance;
  let principal: Principal;
  let server: MailServer;

  beforeAll(async () => {
    test = await openTestOperations(engine);
    server = new MailServer({ certificate: CERTIFICATE, credentials: { username: 'registry', password: SECRET } });
    await server.open();
  });
  afterAll(async () => {
    await server?.close();
    await test?.close();
  });
  beforeEach(async () => {
    await test.reset();
    principal = OPERATOR.principal;
    app = Fastify();
    registerRoadsteadRoutes(app, { instanceOf: () => test, actorOf: () => ({ ...OPERATOR, principal }) });
  });
  afterEach(() => app?.close());

  const send = (method: 'GET' | 'PUT' | 'POST', path: string, payload?: unknown) =>
    app.inject({
      method,
      url: `/api/roadstead/v1/mail${path}`,
      ...(payload === undefined ? {} : { payload }),
    } as InjectOptions);
  const host = () => ({ host: '127.0.0.1', port: server.port });
  const plain = () => ({ server: { ...host(), security: 'none' }, from: FROM });
  const secured = () => ({
    server: { ...host(), security: 'starttls', username: 'registry', verifyCertificate: false },
    from: FROM,
  });

  it('are off until somebody sets them up, and until then a test says so', async () => {
    expect((await send('GET', '/settings')).json()).toEqual({
      enabled: false,
      server: null,
      hasPassword: false,
      from: null,
      language: 'en',
    });
    const refused = await send('POST', '/test', { to: 'carol@example.com' });
    expect([refused.statusCode, refused.body]).toEqual([412, expect.stringContaining('sends no mail')]);
    await send('PUT', '/settings', { ...plain(), enabled: false });
    expect((await send('POST', '/test', { to: 'carol@example.com' })).statusCode).toBe(412);
  });

  it('keep the password sealed, never show it, and forget it when the way to the server changes', async () => {
    const set = await send('PUT', '/settings', { ...secured(), password: SECRET });
    expect([set.statusCode, set.json().hasPassword]).toEqual([200, true]);
    expect(set.body).not.toContain(SECRET);
    const kept = await send('PUT', '/settings', { ...secured(), language: 'fr' });
    expect(kept.json()).toMatchObject({ hasPassword: true, language: 'fr' });
    for (const change of [
      { host: 'evil.example' },
      { port: 26 },
      { username: 'other' },
      { security: 'tls' },
      { verifyCertificate: true },
    ]) {
      const { server: before } = secured();
      const refused = await send('PUT', '/settings', { ...secured(), server: { ...before, ...change } });
      expect([refused.statusCode, refused.body]).toEqual([422, expect.stringContaining('belong together')]);
    }
    const rows = JSON.stringify(await test.database.reader.selectFrom('mail_settings').selectAll().execute());
    const journal = await test.database.reader.selectFrom('journal').select(['kind', 'detail']).execute();
    expect(rows + JSON.stringify(journal)).not.toContain(SECRET);
    expect(journal.map(({ kind }) => kind)).toEqual(['mail.settings-changed', 'mail.settings-changed']);
  });

  it('send one mail as a test, in the language of the registry, and tell what the server answered', async () => {
    await send('PUT', '/settings', { ...secured(), password: SECRET, language: 'fr' });
    const answer = await send('POST', '/test', { to: 'carol@example.com' });
    expect(answer.json()).toEqual({ sent: true, answer: expect.stringContaining('250') });
    const [mail] = server.mails.splice(0);
    expect(mail).toMatchObject({ to: ['carol@example.com'], isEncrypted: true, user: 'registry' });
    expect(mail?.source).toContain('lang=3D"fr"');
    // Over a connection, whose request is over before the mail is sent.
    const url = await app.listen({ host: '127.0.0.1', port: 0 });
    const asked = await fetch(`${url}/api/roadstead/v1/mail/test`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"to":"dave@example.com"}',
    });
    expect([asked.status, await asked.json()]).toMatchObject([200, { sent: true }]);
    expect(server.mails.splice(0)).toMatchObject([{ to: ['dave@example.com'] }]);
    server.refusals.push({ code: 550, message: 'no such user' });
    const refused = await send('POST', '/test', { to: 'carol@example.com' });
    expect(refused.json()).toEqual({ sent: false, answer: expect.stringContaining('550 no such user') });
    await send('PUT', '/settings', { ...secured(), password: 'wrong' });
    const unknown = await send('POST', '/test', { to: 'carol@example.com' });
    expect(unknown.json()).toEqual({ sent: false, answer: expect.stringContaining('535') });
  });

  it('refuse what does not fit, and a password in the clear', async () => {
    const { server: target } = plain();
    const bad: readonly object[] = [
      { ...plain(), enabled: 'false' },
      { ...plain(), language: 'de' },
      { ...plain(), other: 1 },
      { ...plain(), server: { ...target, security: 'ssl' } },
      { ...plain(), server: { ...target, port: 0 } },
      { ...plain(), server: { ...target, host: 'a b' } },
      { ...plain(), server: { ...target, host: 'mail\r\nexample' } },
      { ...plain(), server: { ...target, certificateAuthority: 'x' } },
      { ...plain(), server: { ...target, verifyCertificate: 'no' } },
      { ...plain(), server: { ...target, username: 'x' }, password: SECRET },
      { ...plain(), password: SECRET },
      { ...secured(), password: `${SECRET}\r\nQUIT` },
      { ...secured() },
      ...ADDRESS_INJECTIONS.map((address) => ({ ...plain(), from: { address } })),
      ...NAME_INJECTIONS.map((name) => ({ ...plain(), from: { ...FROM, name } })),
    ];
    for (const body of bad) {
      const { statusCode, body: text } = await send('PUT', '/settings', body);
      expect(statusCode, JSON.stringify(body)).toBe(422);
      expect(text).not.toContain(SECRET);
    }
    await send('PUT', '/settings', plain());
    const before = server.connections;
    for (const to of ADDRESS_INJECTIONS) {
      expect((await send('POST', '/test', { to })).statusCode, JSON.stringify(to)).toBe(422);
    }
    expect(server.connections).toBe(before);
  });

  it('are for administrators', async () => {
    for (const who of [ANONYMOUS, USER]) {
      principal = who;
      for (const [method, path] of [
        ['GET', '/settings'],
        ['PUT', '/settings'],
        ['POST', '/test'],
      ] as const) {
        const payload = method === 'GET' ? undefined : {};
        expect((await send(method, path, payload)).statusCode).toBe(who === ANONYMOUS ? 401 : 403);
      }
    }
  });
});
