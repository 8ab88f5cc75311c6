import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ENGINES } from '../../../test/in-process/test-database.ts';
import { insertPlainUser, openTestIdentity, type TestIdentity } from '../../../test/in-process/test-identity.ts';
import { systemActor } from '../../kernel/actor.ts';

const ISSUER = 'https://id.example';
const PROVIDER = {
  ...{ name: 'Work', endpoint: ISSUER, clientId: 'registry', clientSecret: 'secret', scope: 'openid' },
  groupsClaim: 'groups',
};
/** Whoever asks from outside of the instance, as a control plane does. */
const OUTSIDE = systemActor('control-plane');

describe.each(ENGINES)('OVH’s object for single sign-on, asked from outside, on %s', (engine) => {
  let test: TestIdentity;
  beforeEach(async () => {
    test = await openTestIdentity(engine);
  });
  afterEach(() => test.close());

  const names = async () => {
    const rows = await test.database.reader.selectFrom('users').select('username').orderBy('username').execute();
    return rows.map(({ username }) => username);
  };
  const upsert = (deleteUsers?: boolean) =>
    test.identity.openIdConnect.upsert({ provider: PROVIDER, deleteUsers }, OUTSIDE);
  const entries = async () => (await test.database.reader.selectFrom('journal').select('id').execute()).length;
  const admit = async (subject: string, isAdministrator: boolean) => {
    const [provider] = await test.identity.loginProviders.list();
    if (provider === undefined) throw new Error('there is no provider');
    const identity = {
      ...{ providerId: provider.id, providerVersion: provider.version, issuer: ISSUER, subject, groups: [] },
      ...{ isAdministrator, profile: { realName: '', email: '', isEmailVerified: false } },
    };
    const admitted = await test.identity.externalAccounts.admit({ identity, username: subject, from: test.actor });
    expect(admitted.kind).toBe('admitted');
  };

  it('never deletes the last administrator who can sign in, and nothing else then', async () => {
    await insertPlainUser(test, 'anna');
    const { id } = await insertPlainUser(test, 'dora');
    await test.identity.accounts.setAdministrator(id, true, test.actor);
    await test.identity.accounts.setDisabled(test.administrator.id, true, OUTSIDE);
    const before = await entries();
    await expect(upsert(true)).rejects.toMatchObject({ code: 'PRECONDITION' });
    expect([await names(), await entries()]).toEqual([['admin', 'anna', 'dora'], before]);
    expect(await test.identity.loginProviders.list()).toEqual([]);
    await test.identity.accounts.setDisabled(test.administrator.id, false, OUTSIDE);
    await upsert(true);
    expect(await names()).toEqual(['admin']);
  });

  it('keeps the provider, too, whose user is the last administrator', async () => {
    await upsert();
    await admit('olga', true);
    await test.identity.accounts.setDisabled(test.administrator.id, true, OUTSIDE);
    await expect(test.identity.openIdConnect.delete(OUTSIDE)).rejects.toMatchObject({ code: 'PRECONDITION' });
    expect([await names(), (await test.identity.loginProviders.list()).length]).toEqual([['admin', 'olga'], 1]);
    await test.identity.accounts.setDisabled(test.administrator.id, false, OUTSIDE);
    await test.identity.openIdConnect.delete(OUTSIDE);
    expect(await names()).toEqual(['admin']);
  });

  it('leaves the accounts of directories, and counts none of them', async () => {
    await upsert();
    await admit('olga', false);
    await test.database.write((tx) => tx.updateTable('login_providers').set({ kind: 'ldap' }).execute());
    await insertPlainUser(test, 'anna');
    await insertPlainUser(test, 'ben');
    const other = { ...PROVIDER, name: 'Other' };
    const wanted = (deleteUsers: boolean) =>
      test.identity.openIdConnect.upsert({ provider: other, deleteUsers }, OUTSIDE);
    await expect(wanted(false)).rejects.toMatchObject({
      code: 'BAD_REQUEST',
      message: '2 users exist, set parameter deleteUsers to delete them',
    });
    await wanted(true);
    expect(await names()).toEqual(['admin', 'olga']);
  });

  it('leaves nobody behind who signs in while it goes', async () => {
    for (let round = 0; round < 5; round += 1) {
      await upsert();
      const signIns = ['olga', 'paul', 'rita'].map((subject) => admit(subject, false));
      const [deleted] = await Promise.allSettled([test.identity.openIdConnect.delete(OUTSIDE), ...signIns]);
      expect(deleted).toMatchObject({ status: 'fulfilled' });
      expect(await names()).toEqual(['admin']);
    }
  });
});
