import type { InstanceDatabase } from '../../db/instance/instance-database.ts';
import type { Actor } from '../../kernel/actor.ts';
import type { Clock } from '../../kernel/clock.ts';
import { ProductError } from '../../kernel/errors.ts';
import type { Person } from '../../kernel/principal.ts';
import type { Credentials } from '../credentials.ts';
import type { SecondFactorCodes } from './second-factor-codes.ts';

/** What shows that the owner of a session is there. */
export type Proof = { readonly password: string } | { readonly code: string };

/** How long after its sign-in a session shows that by itself. */
const RECENT_MS = 10 * 60_000;

export interface OwnerProofsDependencies {
  readonly database: InstanceDatabase;
  readonly clock: Clock;
  readonly codes: SecondFactorCodes;
  readonly passwords: Credentials;
}

/** A session that was left open, or stolen, changes no factors. */
export class OwnerProofs {
  readonly #deps: OwnerProofsDependencies;

  constructor(dependencies: OwnerProofsDependencies) {
    this.#deps = dependencies;
  }

  /** @throws ProductError DENIED, TOO_MANY_REQUESTS */
  async assertProven(user: Person, proof: Proof, actor: Actor): Promise<void> {
    const { codes, passwords } = this.#deps;
    if ('code' in proof) {
      if (await codes.spend(user, proof.code, actor)) return;
      throw new ProductError('DENIED', 'the code is wrong, or was used before');
    }
    const proven = await passwords.verifyBasic(user.name, proof.password, actor);
    if (proven?.id !== user.id) throw new ProductError('DENIED', 'the password is wrong');
  }

  /**
   * As `assertProven`; without a proof who has signed in within ten minutes is known to be there.
   * @param sessionId undefined: the request came with the password
   * @throws ProductError DENIED, TOO_MANY_REQUESTS
   */
  async assertRecent(input: {
    readonly user: Person;
    readonly sessionId: string | undefined;
    readonly proof: Proof | undefined;
    readonly actor: Actor;
  }): Promise<void> {
    const { user, sessionId, proof, actor } = input;
    if (proof !== undefined) return this.assertProven(user, proof, actor);
    if (sessionId === undefined) return;
    const { database, clock } = this.#deps;
    const session = await database.reader
      .selectFrom('sessions')
      .select('created_at')
      .where('id', '=', sessionId)
      .where('user_id', '=', user.id)
      .executeTakeFirst();
    const ageMs = session === undefined ? RECENT_MS : clock.now() - session.created_at;
    if (0 <= ageMs && ageMs < RECENT_MS) return;
    throw new ProductError(
      'DENIED',
      'you signed in more than ten minutes ago: send your password or a code, or sign in again',
    );
  }
}
