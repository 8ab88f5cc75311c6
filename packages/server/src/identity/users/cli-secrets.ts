import type { InstanceDatabase } from '../../db/instance/instance-database.ts';
import type { Actor } from '../../kernel/actor.ts';
import type { Clock } from '../../kernel/clock.ts';
import { ProductError } from '../../kernel/errors.ts';
import type { Ids } from '../../kernel/ids.ts';
import type { PasswordHasher } from '../password-hasher.ts';
import { assertGoodPassword } from '../password-rule.ts';
import { noSuchUser } from './no-such-user.ts';
import { setCliSecret } from './set-cli-secret.ts';
import type { Users } from './users.ts';

export interface CliSecretsDependencies {
  readonly database: InstanceDatabase;
  readonly clock: Clock;
  readonly ids: Pick<Ids, 'secret'>;
  readonly hasher: PasswordHasher;
  readonly users: Pick<Users, 'find' | 'forget'>;
}

/**
 * What people who sign in at an OpenID Connect provider use in the place of a password where there is no browser: as the password of
 * HTTP Basic, and never to open a session. It does not end with the provider's session. Only a hash is kept.
 */
export class CliSecrets {
  readonly #deps: CliSecretsDependencies;

  constructor(deps: CliSecretsDependencies) {
    this.#deps = deps;
  }

  /**
   * @throws ProductError NOT_FOUND, PRECONDITION (the account does not sign in at such a provider), BAD_REQUEST (the rule of
   *   passwords)
   */
  async set(userId: number, secret: string, actor: Actor): Promise<void> {
    const { database, clock, hasher, users } = this.#deps;
    const user = await users.find(userId);
    if (user === undefined) throw noSuchUser();
    if (!user.signsInElsewhere || !(await this.#usesOidc(userId))) {
      throw new ProductError('PRECONDITION', 'this account does not sign in by OpenID Connect: use an access token');
    }
    assertGoodPassword(secret, user.name);
    const secretHash = await hasher.hash(secret);
    await database.execute(setCliSecret, { userId, secretHash, actor, now: clock.now() });
    users.forget(userId);
  }

  /** As `set`. @returns a new one, which is shown this once */
  async generate(userId: number, actor: Actor): Promise<string> {
    // With characters of each kind that the rule asks for.
    const secret = `Cli-1${this.#deps.ids.secret()}`;
    await this.set(userId, secret, actor);
    return secret;
  }

  /** A directory knows a password of theirs, so its people need no other one. */
  async #usesOidc(userId: number): Promise<boolean> {
    const found = await this.#deps.database.reader
      .selectFrom('external_identities')
      .innerJoin('login_providers', 'login_providers.id', 'external_identities.provider_id')
      .select('external_identities.id')
      .where('user_id', '=', userId)
      .where('kind', '=', 'oidc')
      .executeTakeFirst();
    return found !== undefined;
  }
}
