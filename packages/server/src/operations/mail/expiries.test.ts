import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ENGINES } from '../../../test/in-process/test-database.ts';
import { START_MS } from '../../../test/in-process/test-identity.ts';
import { OPERATOR, openTestOperations, type TestOperations } from '../../../test/in-process/test-operations.ts';
import { MailServer } from '../../../test/support/mail-server.ts';
import { createUser } from '../../identity/users/create-user.ts';
import { setMailPreferences } from '../../identity/users/set-mail-preferences.ts';
import { DAY_MS, findNextExpiryAt } from './expiries.ts';

describe.each(ENGINES)('what ends soon on %s', (engine) => {
  let test: TestOperations;
  let server: MailServer;
  let carol: number;

  beforeAll(async () => {
    test = await openTestOperations(engine);
  });
  afterAll(() => test?.close());
  beforeEach(async () => {
    await test.reset();
    test.certificate.current = undefined;
    server = new MailServer();
    await server.open();
    await test.database.write(async (tx) => {
      for (const table of ['robots', 'access_tokens', 'users'] as const) await tx.deleteFrom(table).execute();
    });
    carol = await makeUser('carol');
    await test.operations.mail.setSettings(
      {
        isEnabled: true,
        server: { host: '127.0.0.1', port: server.port, security: 'none', verifiesCertificate: true },
        from: { address: 'registry@example.com', name: '' },
        language: 'en',
      },
      OPERATOR,
    );
    test.operations.start();
    await test.operations.untilIdle();
  });
  afterEach(() => server?.close());

  async function makeUser(username: string, isAdministrator = false): Promise<number> {
    const profile = { email: `${username}@example.com`, realName: '', comment: '' };
    const input = { username, passwordHash: 'x', isAdministrator, profile, actor: OPERATOR, now: START_MS };
    return (await test.database.execute(createUser, input)) ?? 0;
  }
  const makeToken = (name: string, days: number, userId = carol) =>
    test.database.write((tx) =>
      tx
        .insertInto('access_tokens')
        .values({
          ...{ user_id: userId, name, token_hash: Buffer.from(name), permissions: null },
          ...{ created_at: START_MS, expires_at: START_MS + days * DAY_MS },
        })
        .execute(),
    );
  const makeRobot = (fullName: string, projectId: number | null, more: object = {}) =>
    test.database.write((tx) =>
      tx
        .insertInto('robots')
        .values({
          ...{ full_name: fullName, project_id: projectId, description: '', duration_days: 30, permissions: '[]' },
          ...{ expires_at: START_MS + 30 * DAY_MS, epoch: 1, created_by: 'user:1' },
          ...{ created_at: START_MS, updated_at: START_MS, secret_hash: null, disabled_at: null, ...more },
        })
        .execute(),
    );
  /** The mails of so many days, one after another: who they went to, and what they list. */
  async function pass(days: number): Promise<readonly string[]> {
    for (let day = 0; day < days; day += 1) {
      test.clock.advance(DAY_MS);
      await test.operations.untilIdle();
      test.clock.advance(10_000);
      await test.operations.untilIdle();
    }
    return server.mails.splice(0).map(({ to, source }) => {
      const things = [...source.replace(/=\r\n|=E2=80=9[CD]/g, '').matchAll(/^=E2=80=A2 the (.*?): /gm)].map(
        ([, thing]) => thing,
      );
      return `${to}: ${things.join(', ')}`;
    });
  }

  it('is told to the owner of an access token 14 and 3 days before, once each', async () => {
    await makeToken('long', 40);
    await makeToken('week', 7);
    await makeToken('short', 2);
    await makeToken('ever', 100_000);
    expect(await pass(3)).toEqual([]);
    expect(await pass(3)).toEqual(['carol@example.com: access token week']);
    expect(await pass(19)).toEqual([]);
    expect(await pass(3)).toEqual(['carol@example.com: access token long']);
    expect(await pass(7)).toEqual([]);
    expect(await pass(20)).toEqual(['carol@example.com: access token long']);
  });

  it('is told to the administrators of a robot’s project, in one mail, or to those of the registry', async () => {
    const [dave, erin, frank] = [await makeUser('dave', true), await makeUser('erin'), await makeUser('frank')];
    const projectId = await test.database.write(async (tx) => {
      const at = { created_at: START_MS, updated_at: START_MS };
      const { id } = await tx
        .insertInto('projects')
        .values({ name: 'team', is_public: 0, owner_id: frank, ...at })
        .returning('id')
        .executeTakeFirstOrThrow();
      const group = await tx
        .insertInto('user_groups')
        .values({ name: 'leads', kind: 'internal', external_name: null, ...at })
        .returning('id')
        .executeTakeFirstOrThrow();
      await tx.insertInto('user_group_members').values({ group_id: group.id, user_id: erin }).execute();
      const member = { project_id: id, repositories: '', ...at };
      await tx
        .insertInto('project_members')
        .values([
          { ...member, user_id: carol, group_id: null, role: 'projectAdmin' },
          { ...member, user_id: null, group_id: group.id, role: 'projectAdmin' },
          { ...member, user_id: frank, group_id: null, role: 'developer' },
        ])
        .execute();
      return id;
    });
    await makeRobot('team+ci', projectId);
    await makeRobot('team+cd', projectId);
    await makeRobot('team+off', projectId, { disabled_at: START_MS });
    await makeRobot('backup', null);
    const told = await pass(17);
    expect(told.toSorted()).toEqual([
      'carol@example.com: robot account team+ci, robot account team+cd',
      'dave@example.com: robot account backup',
      'erin@example.com: robot account team+ci, robot account team+cd',
    ]);
    const preferences = { language: 'fr', notices: false, actor: OPERATOR, now: START_MS };
    for (const userId of [carol, dave, erin]) {
      await test.database.execute(setMailPreferences, { ...preferences, userId });
    }
    expect(await pass(20)).toEqual([]);
  });

  it('is told to the administrators when it is the certificate of the server, another one anew', async () => {
    await makeUser('dave', true);
    const ends = (days: number, beginsAt = START_MS) => {
      test.certificate.current = { name: 'registry.example', beginsAt, expiresAt: START_MS + days * DAY_MS };
    };
    ends(20);
    expect(await pass(5)).toEqual([]);
    const told = 'dave@example.com: certificate for registry.example';
    expect(await pass(2)).toEqual([told]);
    expect(await pass(9)).toEqual([]);
    ends(24);
    expect(await pass(1)).toEqual([told]);
    ends(90);
    expect(await pass(30)).toEqual([]);
    // One that lives for a few days is renewed by a program every few days.
    ends(50, START_MS + 48 * DAY_MS);
    expect(await pass(3)).toEqual([]);
    test.certificate.current = undefined;
    expect(await pass(1)).toEqual([]);
  });

  it('is known beforehand, by which an instance that sleeps is woken', async () => {
    await makeToken('long', 40);
    expect(await findNextExpiryAt(test.database.reader, START_MS)).toBe(START_MS + 26 * DAY_MS);
    await pass(27);
    expect(await findNextExpiryAt(test.database.reader, test.clock.now())).toBe(START_MS + 37 * DAY_MS);
  });
});
