import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ENGINES } from '../../../test/in-process/test-database.ts';
import { insertPlainUser, openTestIdentity, type TestIdentity } from '../../../test/in-process/test-identity.ts';
import type { Admission, ProvenIdentity } from './admit-identity.ts';
import { readOidcSettings } from './oidc-settings.ts';

const ISSUER = 'https://id.example';

describe.each(ENGINES)('accounts of a login provider on %s', (engine) => {
  let test: TestIdentity;
  let providerId: string;
  beforeEach(async () => {
    test = await openTestIdentity(engine);
    providerId = await addProvider('Work', { groupsClaim: 'groups' });
  });
  afterEach(() => test.close());

  const addProvider = (name: string, more: object) => {
    const settings = readOidcSettings({ issuer: ISSUER, clientId: 'registry', ...more });
    return test.identity.loginProviders.create({ kind: 'oidc', name, settings }, test.actor);
  };
  const admit = (change: Partial<ProvenIdentity> = {}, username: string | null = 'carol') => {
    const identity = {
      ...{ providerId, providerVersion: 1, issuer: ISSUER, subject: 'subject-1', groups: [] },
      ...{ isAdministrator: undefined, profile: { realName: 'Carol', email: '', isEmailVerified: false } },
      ...change,
    };
    return test.identity.externalAccounts.admit({ identity, username: username ?? undefined, from: test.actor });
  };
  const idOf = (admission: Admission) => {
    if (admission.kind !== 'admitted') throw new Error(`it is ${admission.kind}`);
    return admission.userId;
  };
  const groupsOf = async (userId: number) => {
    const { reader } = test.database;
    const rows = await reader
      .selectFrom('user_group_members')
      .innerJoin('user_groups', 'user_groups.id', 'group_id')
      .select(['name', 'kind'])
      .where('user_id', '=', userId)
      .orderBy('name')
      .execute();
    return rows.map(({ name, kind }) => `${kind}:${name}`);
  };
  const kinds = async () => {
    const rows = await test.database.reader.selectFrom('journal').select(['kind', 'actor']).orderBy('id').execute();
    return rows.filter(({ actor }) => actor === `system:login-provider:${providerId}`).map(({ kind }) => kind);
  };

  it('are made once, without a password, and found again by the identity alone', async () => {
    const first = await admit();
    expect(first).toMatchObject({ kind: 'admitted', isNew: true });
    expect(await admit({}, 'another-name')).toMatchObject({ userId: idOf(first), isNew: false });
    expect((await test.identity.users.findWithPassword('carol'))?.passwordHash).toBeNull();
    expect(await kinds()).toEqual(['user.created', 'external-identity.added']);
    expect(await test.identity.credentials.verifyBasic('carol', '', test.actor)).toBeUndefined();
  });

  it('want a name when there is none, when it is taken in whatever case, or when it is none', async () => {
    expect(await admit({}, null)).toEqual({ kind: 'name-wanted', isTaken: false });
    await insertPlainUser(test, 'carol');
    expect(await admit({}, 'CAROL')).toEqual({ kind: 'name-wanted', isTaken: true });
    expect(await admit({}, 'admin')).toEqual({ kind: 'name-wanted', isTaken: true });
    for (const name of ['', 'a/b', 'robot$x', 'a\u202eb', ' a', 'a:b', 'x'.repeat(256), 'a\0b']) {
      expect(await admit({}, name), name).toEqual({ kind: 'name-wanted', isTaken: false });
    }
  });

  it('belong to provider, issuer and subject together', async () => {
    const second = await addProvider('Partners', { clientId: 'other' });
    const ids = [
      idOf(await admit()),
      idOf(await admit({ subject: 'SUBJECT-1' }, 'dave')),
      idOf(await admit({ issuer: `${ISSUER}/` }, 'erin')),
      idOf(await admit({ providerId: second }, 'frank')),
    ];
    expect(new Set(ids).size).toBe(4);
  });

  it('are one when the same person signs in twice at once', async () => {
    const other = test.createAnother(await test.openAgain());
    const identity = {
      ...{ providerId, providerVersion: 1, issuer: ISSUER, subject: 'twice', groups: ['dev'] },
      ...{ isAdministrator: undefined, profile: { realName: '', email: '', isEmailVerified: false } },
    };
    const both = [test.identity, other].map((each) =>
      each.externalAccounts.admit({ identity, username: 'twice', from: test.actor }),
    );
    const [left, right] = await Promise.all(both);
    expect(left?.kind === 'admitted' && right?.kind === 'admitted' && left.userId === right.userId).toBe(true);
  });

  it('take over a verified address that is free, and never somebody by it', async () => {
    const { accounts } = test.identity;
    const email = 'carol@example.com';
    const verified = { realName: 'Carol', email, isEmailVerified: true };
    const unverified = idOf(await admit({ subject: 's1', profile: { ...verified, isEmailVerified: false } }, 'one'));
    expect((await accounts.find(unverified))?.email).toBe('');
    const owner = idOf(await admit({ subject: 's2', profile: verified }, 'two'));
    expect((await accounts.find(owner))?.email).toBe(email);
    const late = idOf(await admit({ subject: 's3', profile: { ...verified, email: 'CAROL@example.com' } }, 'three'));
    expect(late).not.toBe(owner);
    expect((await accounts.find(late))?.email).toBe('');
  });

  it('are refused while they are disabled, and change nothing then', async () => {
    const userId = idOf(await admit());
    await test.identity.accounts.setDisabled(userId, true, test.actor);
    expect(await admit({ groups: ['dev'], isAdministrator: true })).toEqual({ kind: 'disabled', userId });
    expect(await groupsOf(userId)).toEqual([]);
  });

  it('have the groups that the provider says, under its prefix and no other', async () => {
    const partners = await addProvider('Partners', { groupsClaim: 'groups', groupPrefix: 'partners/' });
    const userId = idOf(await admit({ groups: ['dev', 'dev', 'partners/ops', '', 'a\0b', 'x\ud800', 'ops'] }));
    expect(await groupsOf(userId)).toEqual(['oidc:dev', 'oidc:ops']);
    expect(await admit({ groups: ['ops'] })).toMatchObject({ haveGroupsChanged: true });
    expect(await groupsOf(userId)).toEqual(['oidc:ops']);
    const other = idOf(await admit({ providerId: partners, groups: ['ops', '../dev'] }, 'dave'));
    expect(await groupsOf(other)).toEqual(['oidc:partners/../dev', 'oidc:partners/ops']);
    expect(await admit({ groups: ['ops'] })).toMatchObject({ haveGroupsChanged: false });
  });

  it('are administrators as the provider says, but for the last one and for admin', async () => {
    const userId = idOf(await admit({ isAdministrator: true }));
    const user = await test.identity.users.find(userId);
    expect(user?.isAdministrator).toBe(true);
    const carol = { kind: 'user', id: userId, name: 'carol', isAdministrator: true } as const;
    await test.identity.accounts.setDisabled(test.administrator.id, true, { ...test.actor, principal: carol });
    await admit({ isAdministrator: false });
    expect((await test.identity.users.find(userId))?.isAdministrator).toBe(true);
    expect(await kinds()).toContain('user.administrator-kept');
    await test.identity.accounts.setDisabled(test.administrator.id, false, test.actor);
    await admit({ isAdministrator: undefined });
    expect((await test.identity.users.find(userId))?.isAdministrator).toBe(true);
    await admit({ isAdministrator: false });
    const demoted = await test.identity.users.find(userId);
    expect(demoted).toMatchObject({ isAdministrator: false, tokenEpoch: (user?.tokenEpoch ?? 0) + 1 });
  });

  it('are refused when the provider has gone or has changed meanwhile', async () => {
    await expect(admit({ providerVersion: 2 })).rejects.toMatchObject({ code: 'PRECONDITION' });
    await expect(admit({ providerId: 'none' })).rejects.toMatchObject({ code: 'NOT_FOUND' });
    for (const subject of ['', 'x'.repeat(256), 'a\0b', 'a\ud800']) {
      await expect(admit({ subject })).rejects.toMatchObject({ code: 'UNAUTHORIZED' });
    }
  });
});
