import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ENGINES } from '../../../test/in-process/test-database.ts';
import {
  insertPlainUser,
  openTestIdentity,
  START_MS,
  type TestIdentity,
} from '../../../test/in-process/test-identity.ts';
import type { UserPrincipal } from '../user.ts';

const HERE = { requestId: 'r', address: '192.0.2.1', userAgent: 'test' };
const DAY_MS = 24 * 3_600_000;

describe.each(ENGINES)('access tokens on %s', (engine) => {
  let test: TestIdentity;
  let carol: UserPrincipal;
  beforeEach(async () => {
    test = await openTestIdentity(engine);
    carol = await insertPlainUser(test, 'carol');
  });
  afterEach(() => test.close());

  const create = (
    name: string,
    more: Partial<Parameters<TestIdentity['identity']['accessTokens']['create']>[0]> = {},
  ) =>
    test.identity.accessTokens.create({
      userId: carol.id,
      name,
      expiresInDays: undefined,
      permissions: undefined,
      actor: test.actor,
      ...more,
    });
  const signIn = (name: string, secret: string) => test.identity.credentials.verifyBasic(name, secret, HERE);
  const setUser = (change: { readonly disabled_at?: number; readonly must_change_password?: number }) =>
    test.database.write((tx) => tx.updateTable('users').set(change).where('id', '=', carol.id).execute());

  it('are passwords of their owners, who may have several', async () => {
    const first = await create('laptop');
    const second = await create('pipeline', { expiresInDays: 1 });
    const principal = { kind: 'access-token', userId: carol.id, name: 'carol', isAdministrator: false, tokenEpoch: 1 };
    expect(await signIn('carol', first.secret)).toEqual({ ...principal, id: first.token.id });
    expect(await signIn('carol', second.secret)).toEqual({ ...principal, id: second.token.id });
    expect(await signIn('admin', first.secret)).toBeUndefined();
    expect(await signIn('Carol', first.secret)).toBeUndefined();
    expect(await signIn('', first.secret)).toBeUndefined();
    expect((await test.identity.accessTokens.list(carol.id)).map(({ name }) => name)).toEqual(['laptop', 'pipeline']);
    expect(await test.identity.accessTokens.list(test.administrator.id)).toEqual([]);
  });

  it('have names that are unique for their owner', async () => {
    await create('laptop');
    await expect(create('laptop')).rejects.toMatchObject({ code: 'CONFLICT' });
    await create('laptop', { userId: test.administrator.id });
    for (const name of ['', ' a', 'a ', 'a\nb', 'a\0b', '\u202Ea', 'a'.repeat(101)]) {
      await expect(create(name), name).rejects.toMatchObject({ code: 'BAD_REQUEST' });
    }
    for (const expiresInDays of [0, -1, 1.5, 3_651]) {
      await expect(create('x', { expiresInDays })).rejects.toMatchObject({ code: 'BAD_REQUEST' });
    }
  });

  it('end when they are over or revoked, by nobody but the owner or for anybody', async () => {
    const { accessTokens } = test.identity;
    const over = await create('over', { expiresInDays: 1 });
    const revoked = await create('revoked');
    const foreign = { id: revoked.token.id, userId: test.administrator.id, actor: test.actor };
    expect(await accessTokens.revoke(foreign)).toBe(false);
    expect(await signIn('carol', revoked.secret)).toBeDefined();
    expect(await accessTokens.revoke({ ...foreign, userId: carol.id })).toBe(true);
    expect(await accessTokens.revoke({ ...foreign, userId: undefined })).toBe(false);
    expect(await signIn('carol', revoked.secret)).toBeUndefined();
    test.clock.advance(DAY_MS - 1);
    expect(await signIn('carol', over.secret)).toBeDefined();
    test.clock.advance(1);
    expect(await signIn('carol', over.secret)).toBeUndefined();
  });

  it('rest while their owner is disabled or has to choose a password, and die with the owner', async () => {
    const { secret } = await create('laptop');
    await setUser({ disabled_at: START_MS });
    expect(await signIn('carol', secret)).toBeUndefined();
    await test.database.write((tx) => tx.updateTable('users').set({ disabled_at: null }).execute());
    await setUser({ must_change_password: 1 });
    expect(await signIn('carol', secret)).toBeUndefined();
    await setUser({ must_change_password: 0 });
    expect(await signIn('carol', secret)).toBeDefined();
    await test.database.write((tx) => tx.deleteFrom('users').where('id', '=', carol.id).execute());
    expect(await signIn('carol', secret)).toBeUndefined();
  });

  it('take their registry tokens along: here at once, elsewhere within two seconds', async () => {
    const another = test.createAnother(await test.openAgain());
    const issue = async (name: string) => {
      const { token, secret } = await create(name);
      const principal = await signIn('carol', secret);
      if (principal === undefined) throw new Error('no principal');
      return { id: token.id, raw: (await test.identity.tokens.issue({ principal, access: [] })).token };
    };
    const revoked = await issue('revoked');
    const epoch = await issue('epoch');
    const disabled = await issue('disabled');
    for (const { id, raw } of [revoked, epoch, disabled]) {
      const principal = { kind: 'access-token', id, userId: carol.id, name: 'carol' };
      expect(await test.identity.tokens.verify(raw)).toMatchObject({ principal });
      expect(await another.tokens.verify(raw)).toMatchObject({ principal });
    }
    await test.identity.accessTokens.revoke({ id: revoked.id, userId: carol.id, actor: test.actor });
    expect(await test.identity.tokens.verify(revoked.raw)).toBeUndefined();
    test.clock.advance(2_000);
    expect(await another.tokens.verify(revoked.raw)).toBeUndefined();
    expect(await another.tokens.verify(epoch.raw)).toBeDefined();
    await test.identity.users.setPassword({ userId: carol.id, password: 'New-Password-9', actor: test.actor });
    test.clock.advance(2_000);
    expect(await another.tokens.verify(epoch.raw)).toBeUndefined();
    const fresh = await issue('fresh');
    expect(await another.tokens.verify(fresh.raw)).toBeDefined();
    await setUser({ disabled_at: START_MS });
    test.clock.advance(2_000);
    expect(await another.tokens.verify(fresh.raw)).toBeUndefined();
  });

  it('are stored as hashes only, out of the journal too', async () => {
    const { secret } = await create('laptop', { expiresInDays: 3 });
    const rows = await test.database.reader.selectFrom('access_tokens').selectAll().execute();
    expect(rows[0]?.token_hash).toHaveLength(32);
    const journal = await test.database.reader.selectFrom('journal').selectAll().execute();
    expect(journal.at(-1)).toMatchObject({ kind: 'access-token.created' });
    for (const part of [secret, secret.slice(14, 40)]) expect(JSON.stringify([rows, journal])).not.toContain(part);
  });

  it('are so many for a user, and no more', async () => {
    for (let index = 0; index < 100; index += 1) await create(`token ${index}`);
    await expect(create('one more')).rejects.toMatchObject({ code: 'PRECONDITION' });
    await create('hers', { userId: test.administrator.id });
  });

  it('are noted as used', async () => {
    const { secret } = await create('laptop');
    await signIn('carol', secret);
    const usedAt = async () => (await test.identity.accessTokens.list(carol.id))[0]?.lastUsedAt;
    await expect.poll(usedAt).toBe(START_MS);
  });
});
