import { LRUCache } from 'lru-cache';
import type { InstanceDatabase } from '../db/instance/instance-database.ts';
import { type Actor, systemActor } from '../kernel/actor.ts';
import type { Clock } from '../kernel/clock.ts';
import { ProductError } from '../kernel/errors.ts';
import { onFirstUse } from '../kernel/on-first-use.ts';
import { createUser } from './create-user.ts';
import type { PasswordHasher } from './password-hasher.ts';
import { assertGoodPassword } from './password-rule.ts';
import { setPassword } from './set-password.ts';
import type { User } from './user.ts';

export const ADMINISTRATOR_NAME = 'admin';

/** How long another process may still honour what was revoked here. */
const MAX_STALE_MS = 2_000;
const MAX_REMEMBERED_USERS = 10_000;

/** The accounts of one instance. */
export interface Users {
  /**
   * Makes the administrator when there is none of that name; an existing one keeps its password.
   * @returns whether it was made now
   * @throws ProductError BAD_REQUEST when a new one's password breaks the rule.
   */
  ensureAdministrator(username: string, password: string): Promise<boolean>;
  findByName(username: string): Promise<User | undefined>;
  /** As `findByName`, with the stored hash (a PHC string, or null for accounts that sign in elsewhere). */
  findWithPassword(username: string): Promise<UserWithPassword | undefined>;
  /** The user as it is now. */
  find(id: number): Promise<User | undefined>;
  /** The user as it was at most two seconds ago: for what is asked with every request. */
  findRecent(id: number): Promise<User | undefined>;
  /**
   * Replaces the password; all tokens and refresh tokens of the user die.
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

interface SelectedUser {
  readonly id: number;
  readonly username: string;
  readonly password_hash: string | null;
  readonly is_administrator: number;
  readonly token_epoch: number;
}

const COLUMNS = 'id, username, password_hash, is_administrator, token_epoch';

export function createUsers({ database, clock, hasher }: UsersDependencies): Users {
  const byName = database.prepareRead<SelectedUser>('user_by_name', `select ${COLUMNS} from users where username = ?`);
  const byId = database.prepareRead<SelectedUser>('user_by_id', `select ${COLUMNS} from users where id = ?`);
  const recent = onFirstUse(
    () => new LRUCache<number, { readonly user: User; readonly readAt: number }>({ max: MAX_REMEMBERED_USERS }),
  );

  const findWithPassword = async (username: string) => {
    const [row] = await byName([username]);
    return row === undefined ? undefined : { ...toUser(row), passwordHash: row.password_hash };
  };
  const find = async (id: number) => {
    const [row] = await byId([id]);
    return row === undefined ? undefined : toUser(row);
  };

  return {
    findWithPassword,
    find,
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
      if ((await findWithPassword(username)) !== undefined) return false;
      assertGoodPassword(password, username);
      const passwordHash = await hasher.hash(password);
      const input = { username, passwordHash, isAdministrator: true, actor: systemActor('setup'), now: clock.now() };
      return database.execute(createUser, input);
    },
    async setPassword({ userId, password, actor }) {
      const user = await find(userId);
      if (user === undefined) throw noSuchUser();
      assertGoodPassword(password, user.name);
      const input = { userId, passwordHash: await hasher.hash(password), actor, now: clock.now() };
      const changed = await database.execute(setPassword, input);
      recent().delete(userId);
      if (!changed) throw noSuchUser();
    },
  };
}

function toUser(row: SelectedUser): User {
  return {
    id: row.id,
    name: row.username,
    isAdministrator: row.is_administrator !== 0,
    tokenEpoch: row.token_epoch,
  };
}

function noSuchUser(): ProductError {
  return new ProductError('NOT_FOUND', 'there is no such user');
}
