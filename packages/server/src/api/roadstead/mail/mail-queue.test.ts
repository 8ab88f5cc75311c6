import Fastify, { type FastifyInstance } from 'fastify';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ENGINES } from '../../../../test/in-process/test-database.ts';
import { OPERATOR, openTestOperations, type TestOperations } from '../../../../test/in-process/test-operations.ts';
import { NAME_INJECTIONS } from '../../../../test/support/injection-corpus.ts';
import { MailServer } from '../../../../test/support/mail-server.ts';
import { createUser } from '../../../identity/users/create-user.ts';
import { setPassword } from '../../../identity/users/set-password.ts';
import { updateUserProfile } from '../../../identity/users/update-user-profile.ts';
import type { Actor } from '../../../kernel/actor.ts';
import { MAX_MAILS_PER_USER } from '../../../mail-queue/queue-mail.ts';
import { registerRoadsteadRoutes } from '../roadstead-routes.ts';

const HOUR_MS = 3_600_000;
const PROFILE = { email: 'carol@example.com', realName: '', comment: '' };

describe.each(ENGINES)('mails that wait on %s', (engine) => {
  let test: TestOperations;
  let app: FastifyInstance;
  let server: MailServer;
  let carol: number;

  beforeAll(async () => {
    test = await openTestOperations(engine);
  });
  afterAll(() => test?.close());
  beforeEach(async () => {
    await test.reset();
    server = new MailServer();
    await server.open();
    app = Fastify();
    registerRoadsteadRoutes(app, { instanceOf: () => test, actorOf: () => OPERATOR });
    await test.database.write(async (tx) => {
      await tx.deleteFrom('users').where('username', '<>', 'admin').execute();
    });
    carol = await makeUser('carol', PROFILE.email);
  });
  afterEach(async () => {
    await app?.close();
    await server?.close();
  });

  async function makeUser(username: string, email: string, actor: Actor = OPERATOR): Promise<number> {
    const input = { username, passwordHash: 'x', isAdministrator: false, profile: { ...PROFILE, email } };
    const id = await test.database.execute(createUser, { ...input, actor, now: test.clock.now() });
    if (id === undefined) throw new Error('the user was not made');
    return id;
  }
  const setUp = (port = server.port, more = {}) =>
    test.operations.mail.setSettings(
      {
        isEnabled: true,
        server: { host: '127.0.0.1', port, security: 'none', verifiesCertificate: true },
        from: { address: 'registry@example.com', name: 'Registry' },
        language: 'en',
        ...more,
      },
      OPERATOR,
    );
  const changePassword = (userId = carol) =>
    test.database.execute(setPassword, {
      ...{ userId, passwordHash: 'y', mustChange: false, actor: OPERATOR, now: test.clock.now() },
    });
  const queue = async () => (await app.inject({ method: 'GET', url: '/api/roadstead/v1/mail/queue' })).json();
  /** As long as its clock stands still, a job that repeats is not due again. */
  async function work(milliseconds = 10_000): Promise<void> {
    test.clock.advance(milliseconds);
    test.operations.start();
    await test.operations.untilIdle();
  }

  it('are written with what they tell of, and sent once, in the language of who gets them', async () => {
    await setUp();
    await test.database.write((tx) =>
      tx.updateTable('users').set({ language: 'fr' }).where('id', '=', carol).execute(),
    );
    await changePassword();
    expect(await queue()).toMatchObject({ waiting: 1, sent: 0, failed: 0, lastErrors: [] });
    await work();
    await work();
    expect(server.mails).toHaveLength(1);
    expect(server.mails[0]).toMatchObject({ to: ['carol@example.com'] });
    expect(server.mails[0]?.source).toContain('Votre mot de passe');
    expect(server.mails[0]?.source).toContain('lang=3D"fr"');
    expect(await queue()).toMatchObject({ waiting: 0, waitingSince: null, sent: 1 });
    await work(8 * 24 * HOUR_MS);
    expect(await queue()).toMatchObject({ sent: 0 });
  });

  it('are not there when what they would tell of is undone, nor where mail is off', async () => {
    await changePassword();
    await setUp(server.port, { isEnabled: false });
    await changePassword();
    expect(await queue()).toMatchObject({ waiting: 0 });
    await setUp();
    const undone = test.database.write(async (tx) => {
      const { capabilities } = test.database;
      const input = { userId: carol, passwordHash: 'y', mustChange: false, actor: OPERATOR, now: test.clock.now() };
      await setPassword({ tx, capabilities, assertCanPush: async () => undefined }, input);
      throw new Error('undone');
    });
    await expect(undone).rejects.toThrow('undone');
    expect(await queue()).toMatchObject({ waiting: 0 });
  });

  it('go to addresses that somebody who looks after accounts has set, and to no other', async () => {
    await setUp();
    const self: Actor = { ...OPERATOR, principal: { kind: 'user', id: carol, name: 'carol', isAdministrator: false } };
    const setEmail = (email: string, actor: Actor) =>
      test.database.execute(updateUserProfile, { userId: carol, change: { email }, actor, now: test.clock.now() });
    await setEmail('victim@example.com', self);
    await work();
    const [told] = server.mails.splice(0);
    expect(told).toMatchObject({ to: ['carol@example.com'] });
    expect(told?.source).toContain('has another e-mail address');
    await setEmail('other@example.com', self);
    await setEmail('victim@example.com', self);
    await changePassword();
    expect(await queue()).toMatchObject({ waiting: 0 });
    await setEmail('victim@example.com', OPERATOR);
    await changePassword();
    expect(await queue()).toMatchObject({ waiting: 1 });
    const anonymous: Actor = { ...OPERATOR, principal: { kind: 'anonymous' } };
    await changePassword(await makeUser('dave', 'dave@example.com', anonymous));
    await changePassword(await makeUser('erin', 'erin@exämple.com'));
    await changePassword(await makeUser('frank', ''));
    expect(await queue()).toMatchObject({ waiting: 1 });
  });

  it('are tried again for a day when they are refused for now, and given up when they are for good', async () => {
    await setUp();
    await changePassword();
    server.refusals.push({ code: 451, message: 'later, <carol@example.com>: see https://example.com/x?a' });
    await work();
    expect(server.mails).toHaveLength(0);
    const [error] = (await queue()).lastErrors;
    expect(error).toMatchObject({ kind: 'password-changed', isGivenUp: false, attempts: 1 });
    expect(error.error).toContain('451 later');
    expect(error.error).not.toMatch(/carol|https/);
    await work(20_000);
    expect(server.mails).toHaveLength(0);
    await work(60_000);
    expect(server.mails).toHaveLength(1);
    await changePassword();
    server.refusals.push({ code: 550, message: 'no such user' });
    await work();
    await work(3 * HOUR_MS);
    expect(server.mails).toHaveLength(1);
    expect(await queue()).toMatchObject({ waiting: 0, sent: 1, failed: 1 });
  });

  it('wait while the server is away, for a day', async () => {
    const closed = new MailServer();
    await closed.open();
    const { port } = closed;
    await closed.close();
    await setUp(port);
    await changePassword();
    await work();
    expect(await queue()).toMatchObject({ waiting: 1, failed: 0 });
    await setUp();
    await work(2 * HOUR_MS);
    expect(server.mails).toHaveLength(1);
    await setUp(port);
    await changePassword();
    for (let hour = 0; hour < 30; hour += 1) await work(HOUR_MS);
    expect(await queue()).toMatchObject({ waiting: 0, failed: 1 });
  });

  it('are bounded for each user', async () => {
    await setUp();
    for (let count = 0; count < MAX_MAILS_PER_USER + 5; count += 1) await changePassword();
    expect(await queue()).toMatchObject({ waiting: MAX_MAILS_PER_USER });
    await work();
    expect(server.mails).toHaveLength(MAX_MAILS_PER_USER);
    test.clock.advance(HOUR_MS);
    await changePassword();
    expect(await queue()).toMatchObject({ waiting: 1 });
  });

  it('stay one mail with one recipient, whatever the account is called', async () => {
    await setUp();
    // No database of ours has a name with a zero in it.
    const names = NAME_INJECTIONS.filter((name) => !name.includes('\0')).map((name, index) => `${name}${index}`);
    for (const [index, name] of names.entries()) await changePassword(await makeUser(name, `u${index}@example.com`));
    await work();
    expect(server.mails).toHaveLength(names.length);
    for (const { to, source } of server.mails) {
      expect(to).toHaveLength(1);
      const head = source.slice(0, source.indexOf('\r\n\r\n'));
      expect(head).not.toMatch(/^bcc:|^x-/im);
    }
  });
});
