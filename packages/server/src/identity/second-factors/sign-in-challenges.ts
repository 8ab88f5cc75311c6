import { createHash } from 'node:crypto';
import type { InstanceDatabase } from '../../db/instance/instance-database.ts';
import type { Clock } from '../../kernel/clock.ts';
import type { Ids } from '../../kernel/ids.ts';
import { principalOfUser, type UserPrincipal } from '../user.ts';
import { toUser } from '../users/user-columns.ts';
import { beginSignInChallenge, endSignInChallenge, failSignInChallenge } from './sign-in-challenge-commands.ts';

const LIFETIME_MS = 5 * 60_000;

/** What somebody shows who has proven the password and not yet the second factor. */
export interface SignInChallenge {
  /** Shown this once; only its hash is kept. */
  readonly token: string;
  /** Milliseconds UTC. */
  readonly expiresAt: number;
}

export interface SignInChallengesDependencies {
  readonly database: InstanceDatabase;
  readonly clock: Clock;
  readonly ids: Pick<Ids, 'secret'>;
}

/** Sign-ins between their two steps: five minutes, five codes, one session. */
export class SignInChallenges {
  readonly #dependencies: SignInChallengesDependencies;

  constructor(dependencies: SignInChallengesDependencies) {
    this.#dependencies = dependencies;
  }

  async begin(user: UserPrincipal): Promise<SignInChallenge> {
    const { database, clock, ids } = this.#dependencies;
    const token = ids.secret();
    const now = clock.now();
    const expiresAt = now + LIFETIME_MS;
    const { id: userId, tokenEpoch } = user;
    await database.execute(beginSignInChallenge, { tokenHash: hashOf(token), userId, tokenEpoch, now, expiresAt });
    return { token, expiresAt };
  }

  /** @returns whose it is, if it goes on and nothing has ended the account's sign-ins since it was begun */
  async find(token: string): Promise<UserPrincipal | undefined> {
    const { database, clock } = this.#dependencies;
    const row = await database.reader
      .selectFrom('sign_in_challenges')
      .innerJoin('users', (join) =>
        join
          .onRef('users.id', '=', 'sign_in_challenges.user_id')
          .onRef('users.token_epoch', '=', 'sign_in_challenges.token_epoch'),
      )
      .select(['users.id', 'username', 'is_administrator', 'users.token_epoch'])
      .select(['must_change_password', 'has_second_factor'])
      // Whoever is here has shown a password.
      .select((row) => row.lit(0).as('signs_in_elsewhere'))
      .where('token_hash', '=', hashOf(token))
      .where('expires_at', '>', clock.now())
      .where('disabled_at', 'is', null)
      .executeTakeFirst();
    return row === undefined ? undefined : principalOfUser(toUser(row));
  }

  /** @returns whether it was still there: it opens one session */
  end(token: string): Promise<boolean> {
    const { database, clock } = this.#dependencies;
    return database.execute(endSignInChallenge, { tokenHash: hashOf(token), now: clock.now() });
  }

  /** Notes a wrong code. */
  async fail(token: string): Promise<void> {
    await this.#dependencies.database.execute(failSignInChallenge, { tokenHash: hashOf(token) });
  }
}

/** 256 random bits need no slow hash. */
function hashOf(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}
