import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ENGINES } from '../../test/in-process/test-database.ts';
import { insertPlainUser, openTestIdentity, type TestIdentity } from '../../test/in-process/test-identity.ts';

const DAY_MS = 24 * 3_600_000;

describe.each(ENGINES)('refresh tokens on %s', (engine) => {
  let test: TestIdentity;
  let token: string;
  beforeEach(async () => {
    test = await openTestIdentity(engine);
    token = await test.identity.refreshTokens.issue({ user: test.administrator, clientId: 'docker' });
  });
  afterEach(() => test.close());

  it('stand for their user, also after a restart', async () => {
    expect(token).toMatch(/^roadstead_refresh_[\w-]{43}$/);
    expect(await test.identity.refreshTokens.verify(token)).toEqual(test.administrator);
    const another = test.createAnother(await test.openAgain());
    expect(await another.refreshTokens.verify(token)).toEqual(test.administrator);
  });

  it('are stored as hashes only', async () => {
    const rows = await test.database.reader.selectFrom('refresh_tokens').selectAll().execute();
    expect(rows).toHaveLength(1);
    expect(rows[0]).toMatchObject({ client_id: 'docker', user_id: test.administrator.id });
    expect(rows[0]?.token_hash).toHaveLength(32);
    expect(JSON.stringify(rows)).not.toContain(token.slice(-20));
  });

  it('are over after 180 days', async () => {
    test.clock.advance(180 * DAY_MS - 1);
    expect(await test.identity.refreshTokens.verify(token)).toBeDefined();
    test.clock.advance(1);
    expect(await test.identity.refreshTokens.verify(token)).toBeUndefined();
    await test.identity.refreshTokens.issue({ user: test.administrator, clientId: 'docker' });
    expect(await test.database.reader.selectFrom('refresh_tokens').select('id').execute()).toHaveLength(1);
  });

  it('die with a change of the password, and one that is issued from an older sign-in is born dead', async () => {
    const { users, refreshTokens } = test.identity;
    await users.setPassword({ userId: test.administrator.id, password: 'New-Password-9', actor: test.actor });
    expect(await refreshTokens.verify(token)).toBeUndefined();
    const late = await refreshTokens.issue({ user: test.administrator, clientId: 'docker' });
    expect(await refreshTokens.verify(late)).toBeUndefined();
  });

  it('die with the user', async () => {
    const user = await insertPlainUser(test, 'carol');
    const hers = await test.identity.refreshTokens.issue({ user, clientId: '' });
    await test.database.write((tx) => tx.deleteFrom('users').where('id', '=', user.id).execute());
    expect(await test.identity.refreshTokens.verify(hers)).toBeUndefined();
    expect(await test.identity.refreshTokens.verify(token)).toBeDefined();
  });

  it('are nothing else than what was issued', async () => {
    const { token: bearer } = await test.identity.tokens.issue({ principal: test.administrator, access: [] });
    for (const raw of [
      '',
      bearer,
      token.slice(0, -1),
      `${token} `,
      token.toUpperCase(),
      `roadstead_refresh_${'A'.repeat(43)}`,
    ]) {
      expect(await test.identity.refreshTokens.verify(raw)).toBeUndefined();
    }
    expect(await test.identity.tokens.verify(token)).toBeUndefined();
  });
});
