import type { InstanceDatabase } from '../../db/instance/instance-database.ts';
import type { Actor } from '../../kernel/actor.ts';
import type { Clock } from '../../kernel/clock.ts';
import { ProductError } from '../../kernel/errors.ts';
import { userIdOf } from '../../kernel/principal.ts';
import type { AccessSettings } from '../access-settings.ts';
import type { Credentials } from '../credentials.ts';
import type { PasswordHasher } from '../password-hasher.ts';
import { assertGoodPassword } from '../password-rule.ts';
import type { OpenedSession, Sessions } from '../sessions/sessions.ts';
import type { Account } from './account.ts';
import {
  type AccountFilter,
  type AccountListing,
  countAccountRows,
  findAccountRow,
  listAccountRows,
} from './account-store.ts';
import { createUser } from './create-user.ts';
import { deleteUser } from './delete-user.ts';
import { noSuchUser } from './no-such-user.ts';
import { assertGoodProfile, assertGoodUsername, NO_PROFILE, type Profile } from './profile.ts';
import { setPassword } from './set-password.ts';
import { setUserAdministrator } from './set-user-administrator.ts';
import { setUserDisabled } from './set-user-disabled.ts';
import { updateUserProfile } from './update-user-profile.ts';
import type { Users } from './users.ts';

/** Looking after accounts. Whether the caller may is decided before. */
export interface Accounts {
  find(idOrName: number | string): Promise<Account | undefined>;
  list(listing: AccountListing): Promise<readonly Account[]>;
  count(filter: AccountFilter): Promise<number>;
  /**
   * @returns the new account's id
   * @throws ProductError BAD_REQUEST (name, profile or password break a rule), CONFLICT (the name or the address is taken).
   */
  create(input: NewAccount, actor: Actor): Promise<number>;
  /** @throws ProductError NOT_FOUND, BAD_REQUEST, CONFLICT (the address is taken). */
  updateProfile(userId: number, change: Partial<Profile>, actor: Actor): Promise<void>;
  /** @throws ProductError NOT_FOUND, PRECONDITION (the last administrator), DENIED (the account `admin`). */
  setAdministrator(userId: number, isAdministrator: boolean, actor: Actor): Promise<void>;
  /** @throws ProductError NOT_FOUND, PRECONDITION (the last administrator), DENIED (the actor's own account). */
  setDisabled(userId: number, isDisabled: boolean, actor: Actor): Promise<void>;
  /** @throws ProductError NOT_FOUND, PRECONDITION (the last administrator), DENIED (the actor's own account, or `admin`). */
  delete(userId: number, actor: Actor): Promise<void>;
  /**
   * A user's own change: all that was issued to it ends, but the session that it is made in, which goes on under a new secret.
   * @returns the session's new secret, if it is made in one
   * @throws ProductError NOT_FOUND, DENIED (the old password is wrong), BAD_REQUEST (the rule, or nothing new),
   *   TOO_MANY_REQUESTS (too many wrong ones, here or at sign-ins), CONFLICT (it was changed meanwhile).
   */
  changePassword(input: {
    readonly userId: number;
    readonly oldPassword: string;
    readonly newPassword: string;
    readonly isInSession: boolean;
    readonly actor: Actor;
  }): Promise<OpenedSession | undefined>;
  /**
   * An administrator's change of somebody's password: all that was issued to the user ends.
   * @param input.mustChange whether the user has to choose another before anything else
   * @param input.enables whether an account that is disabled is enabled, too
   * @throws ProductError NOT_FOUND, BAD_REQUEST (the rule).
   */
  resetPassword(input: {
    readonly userId: number;
    readonly password: string;
    readonly mustChange: boolean;
    readonly enables?: boolean;
    readonly actor: Actor;
  }): Promise<void>;
}

export interface NewAccount extends Partial<Profile> {
  readonly name: string;
  readonly password: string;
  readonly isAdministrator?: boolean;
  readonly mustChangePassword?: boolean;
}

export interface AccountsDependencies {
  readonly database: InstanceDatabase;
  readonly clock: Clock;
  readonly hasher: PasswordHasher;
  readonly users: Pick<Users, 'forget'>;
  readonly credentials: Credentials;
  readonly sessions: Pick<Sessions, 'prepare'>;
  readonly settings: () => Promise<AccessSettings>;
}

export function createAccounts(dependencies: AccountsDependencies): Accounts {
  const { database, clock, users, settings } = dependencies;
  const find = (idOrName: number | string) => findAccountRow(database.reader, idOrName);
  const get = async (userId: number) => {
    const account = await find(userId);
    if (account === undefined) throw noSuchUser();
    return account;
  };
  return {
    find,
    list: (listing) => listAccountRows(database.reader, listing),
    count: (filter) => countAccountRows(database.reader, filter),
    async create(input, actor) {
      const { robotNamePrefix } = await settings();
      assertGoodUsername(input.name, robotNamePrefix);
      const { email, realName, comment } = { ...NO_PROFILE, ...input };
      assertGoodProfile({ email, realName, comment });
      assertGoodPassword(input.password, input.name);
      const id = await database.execute(createUser, {
        username: input.name,
        passwordHash: await dependencies.hasher.hash(input.password),
        isAdministrator: input.isAdministrator ?? false,
        profile: { email, realName, comment },
        mustChangePassword: input.mustChangePassword ?? false,
        actor,
        now: clock.now(),
      });
      if (id !== undefined) return id;
      throw new ProductError('CONFLICT', 'this user name or e-mail address belongs to another account');
    },
    async updateProfile(userId, change, actor) {
      assertGoodProfile({ ...NO_PROFILE, ...change });
      if (!(await database.execute(updateUserProfile, { userId, change, actor, now: clock.now() }))) throw noSuchUser();
    },
    async setAdministrator(userId, isAdministrator, actor) {
      await database.execute(setUserAdministrator, { userId, isAdministrator, actor, now: clock.now() });
      users.forget(userId);
    },
    async setDisabled(userId, isDisabled, actor) {
      if (isDisabled) assertNotOneself(userId, actor, 'disable');
      await database.execute(setUserDisabled, { userId, isDisabled, actor, now: clock.now() });
      users.forget(userId);
    },
    async delete(userId, actor) {
      assertNotOneself(userId, actor, 'delete');
      await database.execute(deleteUser, { userId, actor, now: clock.now() });
      users.forget(userId);
    },
    changePassword: (input) => changeOwnPassword(dependencies, get, input),
    async resetPassword({ userId, password, mustChange, enables = false, actor }) {
      const { name } = await get(userId);
      assertGoodPassword(password, name);
      const passwordHash = await dependencies.hasher.hash(password);
      const input = { userId, passwordHash, mustChange, enables, actor, now: clock.now() };
      const changed = await database.execute(setPassword, input);
      users.forget(userId);
      if (!changed) throw noSuchUser();
    },
  };
}

async function changeOwnPassword(
  { database, clock, hasher, users, credentials, sessions }: AccountsDependencies,
  get: (userId: number) => Promise<Account>,
  { userId, oldPassword, newPassword, isInSession, actor }: Parameters<Accounts['changePassword']>[0],
): Promise<OpenedSession | undefined> {
  const { name } = await get(userId);
  const proven = await credentials.verifyBasic(name, oldPassword, actor);
  // A token that works in the place of a password proves less than the password.
  if (proven?.kind !== 'user' || proven.id !== userId) {
    throw new ProductError('DENIED', 'the old password is wrong');
  }
  if (proven.signsInElsewhere === true) {
    throw new ProductError('PRECONDITION', 'this account signs in at its login provider, and has no password here');
  }
  if (newPassword === oldPassword) throw new ProductError('BAD_REQUEST', 'the new password is the old one');
  assertGoodPassword(newPassword, name);
  const session = isInSession ? sessions.prepare(userId, actor) : undefined;
  const changed = await database.execute(setPassword, {
    userId,
    passwordHash: await hasher.hash(newPassword),
    mustChange: false,
    provenEpoch: proven.tokenEpoch,
    session: session?.row,
    actor,
    now: clock.now(),
  });
  users.forget(userId);
  if (!changed) throw new ProductError('CONFLICT', 'this account was changed meanwhile: try again');
  return session?.opened;
}

function assertNotOneself(userId: number, { principal }: Actor, action: 'disable' | 'delete'): void {
  if (userIdOf(principal) !== userId) return;
  throw new ProductError('DENIED', `you cannot ${action} your own account: ask another administrator`);
}
