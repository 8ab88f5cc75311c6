import { LRUCache } from 'lru-cache';
import type { InstanceDatabase } from '../../db/instance/instance-database.ts';
import { type Actor, systemActor } from '../../kernel/actor.ts';
import type { Clock } from '../../kernel/clock.ts';
import { onFirstUse } from '../../kernel/on-first-use.ts';
import type { PasswordHasher } from '../password-hasher.ts';
import { assertGoodPassword } from '../password-rule.ts';
import type { User } from '../user.ts';
import { createUser } from './create-user.ts';
import { noSuchUser } from './no-such-user.ts';
import { setPassword } from './set-password.ts';
import { type SelectedUser, toUser, USER_COLUMNS } from './user-columns.ts';

/** How long another process may still honour what was revoked here. */
const MAX_STALE_MS = 2_000;
const MAX_REMEMBERED_USERS = 10_000;

/** The accounts of one instance that can sign in. One that is disabled is not among them, as if it did not exist. */
export interface Users {
  /**
   * Makes the administrator when there is none of that name; an existing one keeps its password.
   * @returns whether it was made now
   * @throws ProductError BAD_REQUEST when a new one's password breaks the rule.
   */
  ensureAdministrator(username: string, password: string): Promise<boolean>;
  /** Whether the name belongs to an account, disabled or not. */
  isTaken(username: string): Promise<boolean>;
  findByName(username: string): Promise<User | undefined>;
  /**
   * Whom somebody means who signs in: the user of that name, else the one of that e-mail address; with the stored hash (a PHC
   * string): of a password, or of an account's secret for the command line, which opens no session (`signsInElsewhere`).
   */
  findWithPassword(nameOrEmail: string): Promise<UserWithPassword | undefined>;
  /** The user as it is now. */
  find(id: number): Promise<User | undefined>;
  /** The user as it was at most two seconds ago: for what is asked with every request. */
  findRecent(id: number): Promise<User | undefined>;
  /** What was changed about the user here holds here at once. */
  forget(id: number): void;
  /**
   * Replaces the password; all tokens, refresh tokens and sessions of the user die.
   * @throws ProductError BAD_REQUEST (the rule), NOT_FOUND (no such user).
   */
  setPassword(input: { readonly userId: number; readonly password: string; readonly actor: Actor }): Promise<void>;
}

export interface UserWithPassword extends User {
  readonly passwordHash: string | null;
}

export interface UsersDependencies {
  readonly database: InstanceDatabase;
  readonly clock: Clock;
  readonly hasher: PasswordHasher;
}

interface SelectedWithPassword extends SelectedUser {
  readonly password_hash: string | null;
}

/** Where there is no password, the secret for the command line, if there is one. */
const SECRET_HASH =
  'coalesce(users.password_hash, (select secret_hash from cli_secrets where cli_secrets.user_id = users.id))';
const SELECT_USER = `select ${USER_COLUMNS} from users where disabled_at is null and`;
const SELECT = `select ${USER_COLUMNS}, ${SECRET_HASH} as password_hash from users where disabled_at is null and`;

export function createUsers({ database, clock, hasher }: UsersDependencies): Users {
  const byName = database.prepareRead<SelectedWithPassword>('user_by_name', `${SELECT} username = ?`);
  const byEmail = database.prepareRead<SelectedWithPassword>('user_by_email', `${SELECT} lower(email) = lower(?)`);
  const byId = database.prepareRead<SelectedUser>('user_by_id', `${SELECT_USER} id = ?`);
  const recent = onFirstUse(
    () => new LRUCache<number, { readonly user: User; readonly readAt: number }>({ max: MAX_REMEMBERED_USERS }),
  );

  const findRow = async (nameOrEmail: string) => {
    const [named] = await byName([nameOrEmail]);
    if (named !== undefined || !nameOrEmail.includes('@')) return named;
    const [addressed] = await byEmail([nameOrEmail]);
    return addressed;
  };
  const find = async (id: number) => {
    const [row] = await byId([id]);
    return row === undefined ? undefined : toUser(row);
  };
  const isTaken = async (username: string) => {
    const query = database.reader.selectFrom('users').select('id').where('username', '=', username);
    return (await query.executeTakeFirst()) !== undefined;
  };
  const forget = (id: number) => {
    recent().delete(id);
  };

  return {
    find,
    forget,
    isTaken,
    async findWithPassword(nameOrEmail) {
      const row = await findRow(nameOrEmail);
      return row === undefined ? undefined : { ...toUser(row), passwordHash: row.password_hash };
    },
    async findByName(username) {
      const [row] = await byName([username]);
      return row === undefined ? undefined : toUser(row);
    },
    async findRecent(id) {
      const readAt = clock.now();
      const known = recent().get(id);
      if (known !== undefined && readAt - known.readAt < MAX_STALE_MS) return known.user;
      const user = await find(id);
      if (user === undefined) recent().delete(id);
      else recent().set(id, { user, readAt });
      return user;
    },
    async ensureAdministrator(username, password) {
      if (await isTaken(username)) return false;
      assertGoodPassword(password, username);
      const input = {
        username,
        passwordHash: await hasher.hash(password),
        isAdministrator: true,
        actor: systemActor('setup'),
        now: clock.now(),
      };
      return (await database.execute(createUser, input)) !== undefined;
    },
    async setPassword({ userId, password, actor }) {
      const user = await find(userId);
      if (user === undefined) throw noSuchUser();
      assertGoodPassword(password, user.name);
      const input = { userId, passwordHash: await hasher.hash(password), mustChange: false, actor, now: clock.now() };
      const changed = await database.execute(setPassword, input);
      forget(userId);
      if (!changed) throw noSuchUser();
    },
  };
}
