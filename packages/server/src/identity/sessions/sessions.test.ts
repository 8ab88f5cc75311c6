import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ENGINES } from '../../../test/in-process/test-database.ts';
import { openTestIdentity, type TestIdentity } from '../../../test/in-process/test-identity.ts';
import { changeAccessSettings } from '../access-settings.ts';

const MINUTE_MS = 60_000;

describe.each(ENGINES)('sessions on %s', (engine) => {
  let test: TestIdentity;
  beforeEach(async () => {
    test = await openTestIdentity(engine);
  });
  afterEach(() => test.close());

  const open = (replaces?: string) =>
    test.identity.sessions.open({ user: test.administrator, from: test.actor, replaces });
  const isOpen = async (secret: string, identity = test.identity) =>
    (await identity.sessions.verify(secret)) !== undefined;

  it('are known by their secret, of which only a hash is kept', async () => {
    const { id, secret, csrfToken } = await open();
    expect(secret).toMatch(/^[A-Za-z0-9_-]{43}$/);
    const verified = await test.identity.sessions.verify(secret);
    expect(verified).toEqual({ id, csrfToken, principal: test.administrator });
    const rows = await test.database.reader.selectFrom('sessions').selectAll().execute();
    expect(JSON.stringify(rows)).not.toContain(secret);
    for (const wrong of ['', id, `${secret}x`, secret.toLowerCase(), `${'A'.repeat(42)}B`, csrfToken]) {
      expect(await isOpen(wrong)).toBe(false);
    }
  });

  it('have a secret of their own each, and so a proof against forged requests', async () => {
    const [one, other] = [await open(), await open()];
    expect(one.secret).not.toBe(other.secret);
    expect(one.csrfToken).not.toBe(other.csrfToken);
    expect(one.csrfToken).not.toContain(one.secret);
  });

  it('end the one that the browser showed before', async () => {
    const before = await open();
    const after = await open(before.secret);
    expect(await isOpen(before.secret)).toBe(false);
    expect(await isOpen(after.secret)).toBe(true);
    await open('not one of ours');
    expect(await isOpen(after.secret)).toBe(true);
  });

  it('last as long as they are used, but not for ever', async () => {
    const { secret } = await open();
    for (let minute = 0; minute < 7 * 24 * 60 - 50; minute += 50) {
      test.clock.advance(50 * MINUTE_MS);
      expect(await isOpen(secret)).toBe(true);
    }
    test.clock.advance(50 * MINUTE_MS);
    expect(await isOpen(secret)).toBe(false);
  });

  it('end when they are not used, as the setting says, whose change holds for open ones', async () => {
    const { secret } = await open();
    test.clock.advance(59 * MINUTE_MS);
    expect(await isOpen(secret)).toBe(true);
    test.clock.advance(60 * MINUTE_MS);
    expect(await isOpen(secret)).toBe(false);
    const { secret: another } = await open();
    const change = { change: { sessionTimeoutMinutes: 5 }, actor: test.actor, now: test.clock.now() };
    await test.database.execute(changeAccessSettings, change);
    test.clock.advance(5 * MINUTE_MS);
    expect(await isOpen(another)).toBe(false);
  });

  it('note their use at most once a minute', async () => {
    const { secret } = await open();
    const lastUsed = async () => (await test.identity.sessions.list(test.administrator.id))[0]?.lastUsedAt;
    const begun = test.clock.now();
    test.clock.advance(MINUTE_MS - 1);
    await isOpen(secret);
    expect(await lastUsed()).toBe(begun);
    test.clock.advance(1);
    await isOpen(secret);
    expect(await lastUsed()).toBe(begun + MINUTE_MS);
  });

  it('are listed, and revoked one or all, in every process at once', async () => {
    const { sessions } = test.identity;
    const { id: userId } = test.administrator;
    const other = test.createAnother(await test.openAgain());
    const [one, two, three] = [await open(), await open(), await open()];
    expect((await sessions.list(userId)).map(({ id }) => id).toSorted()).toEqual([one.id, two.id, three.id].toSorted());
    expect(await isOpen(one.secret, other)).toBe(true);
    expect(await sessions.revoke(userId, one.id, test.actor)).toBe(true);
    expect(await isOpen(one.secret, other)).toBe(false);
    expect(await sessions.revoke(userId, one.id, test.actor)).toBe(false);
    expect(await sessions.revoke(userId + 1, two.id, test.actor)).toBe(false);
    expect(await sessions.revokeAll(userId, test.actor, two.id)).toBe(1);
    expect(await isOpen(two.secret, other)).toBe(true);
    expect(await isOpen(three.secret, other)).toBe(false);
    const entries = await test.database.reader
      .selectFrom('journal')
      .select('detail')
      .where('kind', '=', 'session.revoked')
      .orderBy('id')
      .execute();
    expect(entries.map(({ detail }) => JSON.parse(detail))).toEqual([
      { userId, sessionIds: [one.id] },
      { userId, sessionIds: [three.id] },
    ]);
  });

  it('are at most a hundred of a user: those unused for longest go', async () => {
    const first = await open();
    for (let count = 0; count < 99; count += 1) {
      test.clock.advance(10);
      await open();
    }
    expect(await isOpen(first.secret)).toBe(true);
    test.clock.advance(10);
    await open();
    expect(await isOpen(first.secret)).toBe(false);
    expect(await test.identity.sessions.list(test.administrator.id)).toHaveLength(100);
  });

  it('die with the password', async () => {
    const { secret } = await open();
    await test.identity.users.setPassword({
      userId: test.administrator.id,
      password: 'New-Password-9',
      actor: test.actor,
    });
    expect(await isOpen(secret)).toBe(false);
  });

  it('are born dead when the password changed between the sign-in and now', async () => {
    await test.identity.users.setPassword({
      userId: test.administrator.id,
      password: 'New-Password-9',
      actor: test.actor,
    });
    expect(await isOpen((await open()).secret)).toBe(false);
  });
});
