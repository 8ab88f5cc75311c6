import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ENGINES } from '../../../test/in-process/test-database.ts';
import { ADMIN_PASSWORD, openTestIdentity, type TestIdentity } from '../../../test/in-process/test-identity.ts';

describe.each(ENGINES)('users on %s', (engine) => {
  let test: TestIdentity;
  beforeEach(async () => {
    test = await openTestIdentity(engine);
  });
  afterEach(() => test.close());

  it('makes the administrator once, and leaves an existing one and its password alone', async () => {
    const { users, credentials } = test.identity;
    expect(await users.ensureAdministrator('admin', 'Another-Password-1')).toBe(false);
    expect(await credentials.verifyBasic('admin', ADMIN_PASSWORD, test.actor)).toEqual(test.administrator);
    expect(await users.findByName('admin')).toMatchObject({ name: 'admin', isAdministrator: true, tokenEpoch: 1 });
  });

  it('copes with names and client ids that no database can hold', async () => {
    const { credentials, refreshTokens } = test.identity;
    expect(await credentials.verifyBasic('admin\0', ADMIN_PASSWORD, test.actor)).toBeUndefined();
    const token = await refreshTokens.issue({ user: test.administrator, clientId: 'docker\0' });
    expect(await refreshTokens.verify(token)).toBeDefined();
  });

  it('makes one administrator when two processes start at once', async () => {
    const other = test.createAnother(await test.openAgain());
    const made = await Promise.all([
      test.identity.users.ensureAdministrator('root', ADMIN_PASSWORD),
      other.users.ensureAdministrator('root', ADMIN_PASSWORD),
    ]);
    expect(made.filter((each) => each)).toHaveLength(1);
  });

  it('refuses a weak password for a new administrator and for a change', async () => {
    const { users } = test.identity;
    await expect(users.ensureAdministrator('root', 'Harbor12345')).rejects.toMatchObject({ code: 'BAD_REQUEST' });
    const change = users.setPassword({ userId: test.administrator.id, password: 'password', actor: test.actor });
    await expect(change).rejects.toMatchObject({ code: 'BAD_REQUEST' });
  });

  it('changes a password in one transaction with its journal entry, which holds no secret', async () => {
    const { users, credentials } = test.identity;
    await users.setPassword({ userId: test.administrator.id, password: 'New-Password-9', actor: test.actor });
    expect(await credentials.verifyBasic('admin', ADMIN_PASSWORD, test.actor)).toBeUndefined();
    const principal = await credentials.verifyBasic('admin', 'New-Password-9', test.actor);
    expect(principal).toMatchObject({ name: 'admin', tokenEpoch: 2 });
    const entries = await test.database.reader.selectFrom('journal').selectAll().orderBy('id').execute();
    expect(entries.map((entry) => entry.kind)).toEqual(['user.created', 'user.password-changed']);
    expect(JSON.stringify(entries)).not.toMatch(/argon2|Password-9|Correct-Horse/);
  });

  it('says that a user who does not exist cannot get a password', async () => {
    const change = test.identity.users.setPassword({ userId: 4711, password: 'New-Password-9', actor: test.actor });
    await expect(change).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  it('shows a change of another process within two seconds where a recent state will do', async () => {
    const { users } = test.identity;
    const { id } = test.administrator;
    expect(await users.findRecent(id)).toMatchObject({ tokenEpoch: 1 });
    const other = test.createAnother(await test.openAgain());
    await other.users.setPassword({ userId: id, password: 'New-Password-9', actor: test.actor });
    expect(await users.find(id)).toMatchObject({ tokenEpoch: 2 });
    test.clock.advance(2_000);
    expect(await users.findRecent(id)).toMatchObject({ tokenEpoch: 2 });
  });
});
