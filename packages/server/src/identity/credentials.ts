import { LRUCache } from 'lru-cache';
import type { RequestOrigin } from '../kernel/actor.ts';
import type { Clock } from '../kernel/clock.ts';
import { ProductError } from '../kernel/errors.ts';
import type { Ids } from '../kernel/ids.ts';
import { clientNetworkOf } from '../kernel/ip-address.ts';
import { onFirstUse } from '../kernel/on-first-use.ts';
import type { LoginEvents } from './login-events.ts';
import type { LoginThrottle } from './login-throttle.ts';
import type { PasswordHasher } from './password-hasher.ts';
import { principalOfUser, type UserPrincipal } from './user.ts';
import type { Users, UserWithPassword } from './users/users.ts';
import { VerifiedCredentials } from './verified-credentials.ts';

const MAX_USERNAME_LENGTH = 255;
const MAX_SEEN = 2_000;

/** Checks user names with passwords. */
export interface Credentials {
  /**
   * An unknown user takes as long as a wrong password.
   * @param from the request that they came with; its address is the client's, after trusted proxies
   * @returns undefined when the user or the password is wrong
   * @throws ProductError TOO_MANY_REQUESTS when there were too many wrong tries from that network, or too many sign-ins wait.
   */
  verifyBasic(username: string, password: string, from: RequestOrigin): Promise<UserPrincipal | undefined>;
}

export interface CredentialsDependencies {
  readonly users: Pick<Users, 'findWithPassword'>;
  readonly hasher: PasswordHasher;
  readonly throttle: LoginThrottle;
  readonly events: LoginEvents;
  readonly clock: Clock;
  readonly ids: Pick<Ids, 'hex'>;
}

export function createCredentials(dependencies: CredentialsDependencies): Credentials {
  const { users, hasher, throttle, events } = dependencies;
  const verified = new VerifiedCredentials(dependencies.ids, dependencies.clock);
  const unmatchableHash = hasher.unmatchableHash();
  const running = new Map<string, Promise<boolean>>();

  const verify = async (user: UserWithPassword | undefined, name: string, password: string, address: string) => {
    const attempt = throttle.begin(name, address);
    try {
      const place = { standing: attempt.standing, account: name };
      const matches = await hasher.verify(password, user?.passwordHash ?? unmatchableHash, place);
      if (matches) attempt.succeed();
      return matches;
    } catch (error) {
      attempt.cancel();
      throw error;
    }
  };
  const check = async (user: UserWithPassword | undefined, name: string, password: string, origin: RequestOrigin) => {
    const account = user === undefined ? undefined : principalOfUser(user);
    try {
      const matches = await verify(user, name, password, origin.address);
      // Who has a second factor is not signed in yet.
      if (matches && user?.hasSecondFactor === true) return true;
      if (matches && account !== undefined) events.succeeded({ origin, account });
      else events.failed({ origin, account });
      return matches;
    } catch (error) {
      if (error instanceof ProductError && error.code === 'TOO_MANY_REQUESTS') events.refused({ origin, account });
      throw error;
    }
  };

  // Whose names they were, for what is refused without a look at the database.
  const seen = onFirstUse(() => new LRUCache<string, UserPrincipal>({ max: MAX_SEEN }));
  const recall = (name: string, key: string, origin: RequestOrigin): void => {
    try {
      throttle.recall(name, origin.address, verified.isHeld(key));
    } catch (error) {
      events.refused({ origin, account: seen().get(name) });
      throw error;
    }
  };

  return {
    async verifyBasic(username, password, from) {
      const name = username.slice(0, MAX_USERNAME_LENGTH + 1);
      const key = verified.keyOf(clientNetworkOf(from.address), name, password);
      // A flood ends here: nothing is read for it.
      if (!throttle.isOpen(name, from.address)) recall(name, key, from);
      const user = isPossibleName(name) ? await users.findWithPassword(name) : undefined;
      if (user !== undefined) seen().set(name, principalOfUser(user));
      if (user !== undefined && verified.isRight(key, user)) return principalOfUser(user);
      // A job that tries its old password again and again learns nothing by it, and need not lock its neighbours out.
      if (verified.isWrong(key, user)) {
        events.refused({ origin: from, account: user === undefined ? undefined : principalOfUser(user) });
        return undefined;
      }
      // Equal tries at the same time (a build starting fifty jobs) share one computation.
      const shared = `${key} ${from.address} ${user?.passwordHash}`;
      const verification = running.get(shared) ?? check(user, name, password, from);
      running.set(shared, verification);
      try {
        if (!(await verification) || user === undefined) {
          verified.noteWrong(key, user);
          return undefined;
        }
      } finally {
        running.delete(shared);
      }
      verified.noteRight(key, user);
      return principalOfUser(user);
    },
  };
}

/** Databases hold no NUL, and nobody's name is longer. */
function isPossibleName(name: string): boolean {
  return name.length <= MAX_USERNAME_LENGTH && !name.includes('\0');
}
