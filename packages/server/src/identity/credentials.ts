import type { Clock } from '../kernel/clock.ts';
import type { Ids } from '../kernel/ids.ts';
import type { LoginThrottle } from './login-throttle.ts';
import type { PasswordHasher } from './password-hasher.ts';
import { principalOfUser, type UserPrincipal } from './user.ts';
import type { Users, UserWithPassword } from './users.ts';
import { VerifiedCredentials } from './verified-credentials.ts';

const MAX_USERNAME_LENGTH = 255;

/** Checks user names with passwords. */
export interface Credentials {
  /**
   * An unknown user takes as long as a wrong password.
   * @param from the client's address, after trusted proxies
   * @returns undefined when the user or the password is wrong
   * @throws ProductError TOO_MANY_REQUESTS when there were too many wrong tries from that network, or too many sign-ins wait.
   */
  verifyBasic(
    username: string,
    password: string,
    from: { readonly address: string },
  ): Promise<UserPrincipal | undefined>;
}

export interface CredentialsDependencies {
  readonly users: Pick<Users, 'findWithPassword'>;
  readonly hasher: PasswordHasher;
  readonly throttle: LoginThrottle;
  readonly clock: Clock;
  readonly ids: Pick<Ids, 'hex'>;
}

export function createCredentials(dependencies: CredentialsDependencies): Credentials {
  const { users, hasher, throttle } = dependencies;
  const verified = new VerifiedCredentials(dependencies.ids, dependencies.clock);
  const unmatchableHash = hasher.unmatchableHash();
  const running = new Map<string, Promise<boolean>>();

  const check = async (user: UserWithPassword | undefined, name: string, password: string, address: string) => {
    const attempt = throttle.begin(name, address);
    try {
      const matches = await hasher.verify(password, user?.passwordHash ?? unmatchableHash);
      if (matches) attempt.succeed();
      return matches;
    } catch (error) {
      attempt.cancel();
      throw error;
    }
  };

  return {
    async verifyBasic(username, password, { address }) {
      const name = username.slice(0, MAX_USERNAME_LENGTH + 1);
      const user = isPossibleName(name) ? await users.findWithPassword(name) : undefined;
      const key = verified.keyOf(name, password);
      if (user !== undefined && verified.has(key, user)) return principalOfUser(user);
      // Equal tries at the same time (a build starting fifty jobs) share one computation.
      const shared = `${key} ${address} ${user?.passwordHash}`;
      const verification = running.get(shared) ?? check(user, name, password, address);
      running.set(shared, verification);
      try {
        if (!(await verification) || user === undefined) return undefined;
      } finally {
        running.delete(shared);
      }
      verified.add(key, user);
      return principalOfUser(user);
    },
  };
}

/** Databases hold no NUL, and nobody's name is longer. */
function isPossibleName(name: string): boolean {
  return name.length <= MAX_USERNAME_LENGTH && !name.includes('\0');
}
