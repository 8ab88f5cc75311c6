import type { InstanceDatabase } from '../../db/instance/instance-database.ts';
import type { Actor } from '../../kernel/actor.ts';
import type { Clock } from '../../kernel/clock.ts';
import { ProductError } from '../../kernel/errors.ts';
import type { Person } from '../../kernel/principal.ts';
import type { Secrets } from '../../kernel/secrets-envelope.ts';
import type { LoginEvents } from '../login-events.ts';
import type { LoginThrottle } from '../login-throttle.ts';
import { noteRefusedCode } from './note-refused-code.ts';
import { hashRecoveryCode } from './recovery-code.ts';
import { spendRecoveryCode } from './recovery-code-commands.ts';
import { findTotpStep, isTotpCode } from './totp.ts';
import { spendTotpStep } from './totp-commands.ts';
import { giveBackCodeTry, MAX_WRONG_CODES, takeCodeTry, WRONG_CODE_WINDOW_MS } from './wrong-code-commands.ts';

export interface SecondFactorCodesDependencies {
  readonly database: InstanceDatabase;
  readonly clock: Clock;
  readonly secrets: Secrets;
  readonly throttle: LoginThrottle;
  readonly events: LoginEvents;
}

/** Takes codes of an authenticator app, and recovery codes, each once. */
export class SecondFactorCodes {
  readonly #dependencies: SecondFactorCodesDependencies;

  constructor(dependencies: SecondFactorCodesDependencies) {
    this.#dependencies = dependencies;
  }

  /**
   * @param origin where the code came from
   * @returns whether it was right, and is used up now
   * @throws ProductError TOO_MANY_REQUESTS when there were too many wrong ones for the account from that network, or of the app in all
   */
  async spend(user: Person, code: string, origin: Actor): Promise<boolean> {
    const { database, clock } = this.#dependencies;
    const actor = { ...origin, principal: user };
    if (isTotpCode(code)) await this.#assertTriesLeft(user, origin);
    const attempt = this.#begin(user, origin);
    try {
      const isRight = await this.#spend(user.id, code, actor);
      if (isRight) attempt.succeed();
      else await database.execute(noteRefusedCode, { userId: user.id, actor, now: clock.now() });
      return isRight;
    } catch (error) {
      attempt.cancel();
      throw error;
    }
  }

  /** Tries count apart from those of the password, which somebody who knows it could go back to. */
  #begin(user: Person, origin: Actor) {
    const { throttle, events } = this.#dependencies;
    try {
      return throttle.begin(codeTriesOf(user.id), origin.address);
    } catch (error) {
      if (error instanceof ProductError) events.refused({ origin, account: user });
      throw error;
    }
  }

  /**
   * Whoever knows the password has tries from every network there is, so those of the app are bounded in all. Recovery codes and
   * passkeys cannot be guessed, and are the way in meanwhile.
   */
  async #assertTriesLeft(user: Person, origin: Actor): Promise<void> {
    const { database, clock, events } = this.#dependencies;
    const now = clock.now();
    const row = await database.reader
      .selectFrom('wrong_codes')
      .select('since')
      .where('user_id', '=', user.id)
      .where('since', '>', now - WRONG_CODE_WINDOW_MS)
      .where('count', '>=', MAX_WRONG_CODES)
      .executeTakeFirst();
    if (row === undefined) return;
    events.refused({ origin, account: user });
    throw new ProductError(
      'TOO_MANY_REQUESTS',
      'too many wrong codes of the authenticator app of this account: use a recovery code or a passkey, or wait for a day',
      { retryAfterSeconds: Math.max(1, Math.ceil((row.since + WRONG_CODE_WINDOW_MS - now) / 1_000)) },
    );
  }

  async #spend(userId: number, code: string, actor: Actor): Promise<boolean> {
    const { database, clock } = this.#dependencies;
    if (isTotpCode(code)) return this.#spendTotp(userId, code);
    const hash = hashRecoveryCode(code);
    if (hash === undefined) return false;
    return database.execute(spendRecoveryCode, { userId, hash, actor, now: clock.now() });
  }

  async #spendTotp(userId: number, code: string): Promise<boolean> {
    const { database, clock, secrets } = this.#dependencies;
    const row = await database.reader
      .selectFrom('totp_factors')
      .select(['secret', 'last_step'])
      .where('user_id', '=', userId)
      .where('confirmed_at', 'is not', null)
      .executeTakeFirst();
    if (row === undefined) return false;
    const now = clock.now();
    if (!(await database.execute(takeCodeTry, { userId, now }))) return false;
    const secret = (await secrets.open(totpPlaceOf(userId), row.secret)).toString();
    const step = await findTotpStep({ secret, code, now, lastStep: row.last_step });
    if (step === undefined || !(await database.execute(spendTotpStep, { userId, step }))) return false;
    await database.execute(giveBackCodeTry, { userId });
    return true;
  }
}

/**
 * Under which tries of codes count. No account has such a name, since databases hold no NUL: else its owner could sign in to be
 * given the tries back.
 */
export function codeTriesOf(userId: number): string {
  return `\0second factor of ${userId}`;
}

/** Where the secret of an authenticator app is sealed. */
export function totpPlaceOf(userId: number): string {
  return `totp_factors|${userId}|secret`;
}
