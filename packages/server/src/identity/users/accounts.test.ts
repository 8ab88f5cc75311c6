import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ENGINES } from '../../../test/in-process/test-database.ts';
import { ADMIN_PASSWORD, openTestIdentity, type TestIdentity } from '../../../test/in-process/test-identity.ts';
import { changeAccessSettings } from '../access-settings.ts';
import { principalOfUser, type UserPrincipal } from '../user.ts';
import { assertPasswordChosen } from './assert-password-chosen.ts';

const FROM = { requestId: 'r', address: '192.0.2.1', userAgent: 'test' };
const PASSWORD = 'Carols-Password-1';
const ANOTHER = 'Another-Password-2';

describe.each(ENGINES)('accounts on %s', (engine) => {
  let test: TestIdentity;
  let carol: number;
  beforeEach(async () => {
    test = await openTestIdentity(engine);
    carol = await test.identity.accounts.create(
      { name: 'carol', password: PASSWORD, email: 'Carol@Example.com', realName: 'Carol', comment: 'c' },
      test.actor,
    );
  });
  afterEach(() => test.close());

  const signIn = (name: string, password: string, identity = test.identity) =>
    identity.credentials.verifyBasic(name, password, FROM);
  const userOf = async (id: number): Promise<UserPrincipal> => {
    const user = await test.identity.users.find(id);
    if (user === undefined) throw new Error('there is no such user');
    return principalOfUser(user);
  };
  const journal = async () =>
    (await test.database.reader.selectFrom('journal').select(['kind', 'actor', 'detail']).orderBy('id').execute()).map(
      ({ kind, actor, detail }) => ({ kind, actor, detail: JSON.parse(detail) }),
    );
  const makeAdministrator = async (name: string) => {
    const input = { name, password: PASSWORD, isAdministrator: true };
    return test.identity.accounts.create(input, test.actor);
  };

  it('are signed in to by name, and by e-mail address in any case', async () => {
    const principal = await signIn('carol', PASSWORD);
    expect(principal).toEqual({ kind: 'user', id: carol, name: 'carol', isAdministrator: false, tokenEpoch: 1 });
    expect(await signIn('carol@example.COM', PASSWORD)).toEqual(principal);
    expect(await signIn('carol@example.com', ANOTHER)).toBeUndefined();
    expect(await signIn('nobody@example.com', PASSWORD)).toBeUndefined();
  });

  it.each([
    ['carol', ''],
    ['CAROL', ''],
    ['carol@example.com', ''],
    ['dave', 'CAROL@example.com'],
  ])('refuse a name or an address that is taken: %s %s', async (name, email) => {
    const made = test.identity.accounts.create({ name, email, password: ANOTHER }, test.actor);
    await expect(made).rejects.toMatchObject({ code: 'CONFLICT' });
  });

  it('refuse an address that is the name of another account', async () => {
    await test.identity.accounts.create({ name: 'eve@example.com', password: ANOTHER }, test.actor);
    const change = test.identity.accounts.updateProfile(carol, { email: 'Eve@example.com' }, test.actor);
    await expect(change).rejects.toMatchObject({ code: 'CONFLICT' });
  });

  it('are made once when two ask for the same at the same time', async () => {
    const names = ['Dave', 'dave', 'dave'];
    const made = await Promise.allSettled(
      names.map((name) =>
        test.identity.accounts.create({ name, email: 'd@example.com', password: ANOTHER }, test.actor),
      ),
    );
    expect(made.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    for (const each of made) if (each.status === 'rejected') expect(each.reason).toMatchObject({ code: 'CONFLICT' });
  });

  it('refuse a name that a robot could have', async () => {
    const change = { change: { robotNamePrefix: 'bot-' }, actor: test.actor, now: test.clock.now() };
    await test.database.execute(changeAccessSettings, change);
    test.identity.accessSettings.forget();
    const made = test.identity.accounts.create({ name: 'bot-ci', password: ANOTHER }, test.actor);
    await expect(made).rejects.toMatchObject({ code: 'BAD_REQUEST', message: expect.stringContaining('robots') });
  });

  it('are changed with an entry of what was before and is now', async () => {
    const { accounts } = test.identity;
    await accounts.updateProfile(carol, { email: '', realName: 'C. Carol' }, test.actor);
    await accounts.updateProfile(carol, { realName: 'C. Carol' }, test.actor);
    expect(await accounts.find(carol)).toMatchObject({ email: '', realName: 'C. Carol', comment: 'c' });
    const [change, ...more] = (await journal()).slice(2);
    expect(more).toEqual([]);
    expect(change).toEqual({
      kind: 'user.updated',
      actor: `user:${test.administrator.id}`,
      detail: {
        userId: carol,
        username: 'carol',
        before: JSON.stringify({ email: 'Carol@Example.com', realName: 'Carol', comment: 'c' }),
        after: JSON.stringify({ email: '', realName: 'C. Carol', comment: 'c' }),
      },
    });
  });

  it('that are disabled are as if they did not exist, in every process, within two seconds', async () => {
    const { accounts, tokens, refreshTokens, sessions } = test.identity;
    const user = await userOf(carol);
    const { token } = await tokens.issue({ principal: user, access: [] });
    const refreshToken = await refreshTokens.issue({ user, clientId: 'docker' });
    const { secret } = await sessions.open({ user, from: test.actor, replaces: undefined });
    const other = test.createAnother(await test.openAgain());
    expect(await other.tokens.verify(token)).toBeDefined();
    expect(await signIn('carol', PASSWORD, other)).toBeDefined();
    await accounts.setDisabled(carol, true, test.actor);
    test.clock.advance(2_000);
    for (const identity of [test.identity, other]) {
      expect(await signIn('carol', PASSWORD, identity)).toBeUndefined();
      expect(await identity.tokens.verify(token)).toBeUndefined();
      expect(await identity.refreshTokens.verify(refreshToken)).toBeUndefined();
      expect(await identity.sessions.verify(secret)).toBeUndefined();
      await expect(identity.tokens.issue({ principal: user, access: [] })).rejects.toMatchObject({
        code: 'UNAUTHORIZED',
      });
    }
    await accounts.setDisabled(carol, false, test.actor);
    test.clock.advance(2_000);
    expect(await signIn('carol', PASSWORD, other)).toBeDefined();
    expect(await other.tokens.verify(token)).toBeUndefined();
    expect(await other.sessions.verify(secret)).toBeUndefined();
    expect((await journal()).map(({ kind }) => kind).slice(2)).toEqual(['user.disabled', 'user.enabled']);
  });

  it('lose what was issued with the rights of an administrator when those are taken away', async () => {
    const { accounts, tokens, sessions } = test.identity;
    const id = await makeAdministrator('dave');
    const user = await userOf(id);
    const { token } = await tokens.issue({ principal: user, access: [] });
    const { secret } = await sessions.open({ user, from: test.actor, replaces: undefined });
    await accounts.setAdministrator(id, false, test.actor);
    expect(await tokens.verify(token)).toBeUndefined();
    expect(await sessions.verify(secret)).toBeUndefined();
    expect(await signIn('dave', PASSWORD)).toMatchObject({ isAdministrator: false });
  });

  it('sign in anew in the browser when they become administrators, and keep their tokens', async () => {
    const { accounts, tokens, sessions } = test.identity;
    const user = await userOf(carol);
    const { token } = await tokens.issue({ principal: user, access: [] });
    const { secret } = await sessions.open({ user, from: test.actor, replaces: undefined });
    await accounts.setAdministrator(carol, true, test.actor);
    expect(await sessions.verify(secret)).toBeUndefined();
    expect(await tokens.verify(token)).toMatchObject({ principal: { isAdministrator: true } });
  });

  it('never lose the last administrator who can sign in, whoever asks at the same time', async () => {
    const { accounts } = test.identity;
    const { id: admin } = test.administrator;
    const robot = { ...test.actor, principal: { kind: 'robot', id: 1, name: 'r' } as const };
    await expect(accounts.setDisabled(admin, true, robot)).rejects.toMatchObject({ code: 'PRECONDITION' });
    const [dave, erin] = [await makeAdministrator('dave'), await makeAdministrator('erin')];
    await accounts.setDisabled(admin, true, robot);
    const changes = await Promise.allSettled([
      accounts.setAdministrator(dave, false, robot),
      accounts.delete(erin, robot),
      accounts.setDisabled(erin, true, robot),
    ]);
    const refused = changes.flatMap((change) => (change.status === 'rejected' ? [change.reason.code] : []));
    expect(refused.length).toBeGreaterThan(0);
    expect(['NOT_FOUND', 'PRECONDITION']).toEqual(expect.arrayContaining(refused));
    const left = await accounts.list({ order: [], limit: 10, offset: 0 });
    expect(left.filter((each) => each.isAdministrator && each.disabledAt === null)).toHaveLength(1);
  });

  it('refuse to delete or disable oneself, and to delete or demote the way back in', async () => {
    const { accounts } = test.identity;
    const dave = await makeAdministrator('dave');
    const daves = { ...test.actor, principal: await userOf(dave) };
    const token = { kind: 'access-token', id: 1, userId: dave, name: 'dave', isAdministrator: true } as const;
    for (const actor of [daves, { ...daves, principal: token }]) {
      await expect(accounts.delete(dave, actor)).rejects.toMatchObject({ code: 'DENIED' });
      await expect(accounts.setDisabled(dave, true, actor)).rejects.toMatchObject({ code: 'DENIED' });
    }
    const { id: admin } = test.administrator;
    await expect(accounts.delete(admin, daves)).rejects.toMatchObject({ code: 'DENIED' });
    await expect(accounts.setAdministrator(admin, false, daves)).rejects.toMatchObject({ code: 'DENIED' });
  });

  it('go with all that was issued to them, and their number is given to nobody else', async () => {
    const { accounts, refreshTokens, sessions, tokens } = test.identity;
    const user = await userOf(carol);
    const { token } = await tokens.issue({ principal: user, access: [] });
    await refreshTokens.issue({ user, clientId: 'docker' });
    await sessions.open({ user, from: test.actor, replaces: undefined });
    await accounts.delete(carol, test.actor);
    expect(await signIn('carol', PASSWORD)).toBeUndefined();
    expect(await tokens.verify(token)).toBeUndefined();
    for (const table of ['refresh_tokens', 'sessions'] as const) {
      expect(await test.database.reader.selectFrom(table).selectAll().execute()).toEqual([]);
    }
    await expect(accounts.delete(carol, test.actor)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    const again = await accounts.create({ name: 'carol', password: PASSWORD }, test.actor);
    expect(again).toBeGreaterThan(carol);
    expect(await tokens.verify(token)).toBeUndefined();
    const deleted = (await journal()).find(({ kind }) => kind === 'user.deleted');
    expect(deleted?.detail).toEqual({ userId: carol, wasAdministrator: false, wasDisabled: false });
  });

  describe('passwords', () => {
    const change = (oldPassword: string, newPassword: string, isInSession = false) =>
      test.identity.accounts.changePassword({
        userId: carol,
        oldPassword,
        newPassword,
        isInSession,
        actor: { ...test.actor, principal: { kind: 'user', id: carol, name: 'carol', isAdministrator: false } },
      });

    it('are changed by who knows the old one, and only the session that it is done in goes on', async () => {
      const { sessions, tokens } = test.identity;
      const user = await userOf(carol);
      const opened = await Promise.all(
        [1, 2].map(() => sessions.open({ user, from: test.actor, replaces: undefined })),
      );
      const { token } = await tokens.issue({ principal: user, access: [] });
      const renewed = await change(PASSWORD, ANOTHER, true);
      for (const { secret } of opened) expect(await sessions.verify(secret)).toBeUndefined();
      expect(await tokens.verify(token)).toBeUndefined();
      expect(await sessions.verify(renewed?.secret ?? '')).toMatchObject({ principal: { id: carol, tokenEpoch: 2 } });
      expect(await signIn('carol', PASSWORD)).toBeUndefined();
      expect(await signIn('carol', ANOTHER)).toMatchObject({ id: carol });
    });

    it('refuse a wrong old one, which counts as a failed sign-in, a weak new one, and the same again', async () => {
      await expect(change(PASSWORD, 'password')).rejects.toMatchObject({ code: 'BAD_REQUEST' });
      await expect(change(PASSWORD, PASSWORD)).rejects.toMatchObject({ code: 'BAD_REQUEST' });
      for (let tries = 0; tries < 20; tries += 1) {
        await expect(change(`Wrong-Password-${tries}`, ANOTHER)).rejects.toMatchObject({ code: 'DENIED' });
      }
      await expect(change('Wrong-Password-20', ANOTHER)).rejects.toMatchObject({ code: 'TOO_MANY_REQUESTS' });
      await expect(signIn('carol', ANOTHER)).rejects.toMatchObject({ code: 'TOO_MANY_REQUESTS' });
    });

    it('that an administrator set have to be changed, if it is so wanted, before anything else', async () => {
      const { accounts } = test.identity;
      const reset = { userId: carol, password: ANOTHER, actor: test.actor };
      await accounts.resetPassword({ ...reset, mustChange: true });
      const principal = await signIn('carol', ANOTHER);
      if (principal === undefined) throw new Error('the new password is refused');
      expect(principal).toMatchObject({ mustChangePassword: true });
      expect(() => assertPasswordChosen(principal)).toThrow(`PUT /api/v2.0/users/${carol}/password`);
      await change(ANOTHER, 'Third-Password-3');
      const chosen = await signIn('carol', 'Third-Password-3');
      expect(chosen).not.toHaveProperty('mustChangePassword');
      await accounts.resetPassword({ ...reset, mustChange: false });
      expect(await signIn('carol', ANOTHER)).not.toHaveProperty('mustChangePassword');
    });

    it('reset from the command line open a disabled account again', async () => {
      const { accounts } = test.identity;
      await accounts.setDisabled(carol, true, test.actor);
      const reset = { userId: carol, password: ANOTHER, mustChange: false, actor: test.actor };
      await accounts.resetPassword(reset);
      expect(await signIn('carol', ANOTHER)).toBeUndefined();
      await accounts.resetPassword({ ...reset, enables: true });
      expect(await signIn('carol', ANOTHER)).toMatchObject({ id: carol });
    });

    it('never stand in the journal', async () => {
      await change(PASSWORD, ANOTHER);
      await test.identity.accounts.resetPassword({
        userId: carol,
        password: 'Third-Password-3',
        mustChange: true,
        actor: test.actor,
      });
      expect(JSON.stringify(await journal())).not.toMatch(/argon2|Password-\d|Correct-Horse/);
      expect(ADMIN_PASSWORD).toMatch(/Correct-Horse/);
    });
  });

  it('are listed by what is shown, in an order of what is shown', async () => {
    const { accounts } = test.identity;
    await accounts.create({ name: 'dave', password: PASSWORD, email: 'dave@example.org' }, test.actor);
    const names = async (filter: object, order: Parameters<typeof accounts.list>[0]['order'] = []) =>
      (await accounts.list({ ...filter, order, limit: 10, offset: 0 })).map(({ name }) => name);
    expect(await names({}, [{ key: 'username', descending: true }])).toEqual(['dave', 'carol', 'admin']);
    expect(await names({ name: { kind: 'contains', text: 'A' } })).toEqual(['admin', 'carol', 'dave']);
    expect(await names({ name: { kind: 'contains', text: '_' } })).toEqual([]);
    expect(await names({ email: { kind: 'contains', text: '.org' } })).toEqual(['dave']);
    expect(await names({ realName: { kind: 'is', text: 'Carol' } })).toEqual(['carol']);
    expect(await names({ id: carol })).toEqual(['carol']);
    expect(await accounts.count({ name: { kind: 'is', text: 'dave' } })).toBe(1);
  });
});
