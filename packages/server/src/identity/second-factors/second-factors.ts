import type { InstanceDatabase } from '../../db/instance/instance-database.ts';
import type { Actor } from '../../kernel/actor.ts';
import type { Clock } from '../../kernel/clock.ts';
import { ProductError } from '../../kernel/errors.ts';
import type { Ids } from '../../kernel/ids.ts';
import type { Person } from '../../kernel/principal.ts';
import type { Secrets } from '../../kernel/secrets-envelope.ts';
import type { Credentials } from '../credentials.ts';
import type { LoginEvents } from '../login-events.ts';
import type { LoginThrottle } from '../login-throttle.ts';
import type { Passkey } from '../passkeys/passkey.ts';
import type { AssertionResponse } from '../passkeys/passkey-response.ts';
import type { PasskeySite } from '../passkeys/passkey-site.ts';
import { type CredentialOptions, Passkeys } from '../passkeys/passkeys.ts';
import type { UserPrincipal } from '../user.ts';
import type { Users } from '../users/users.ts';
import { clearSecondFactors } from './clear-second-factors.ts';
import { OwnerProofs, type Proof } from './owner-proofs.ts';
import { generateRecoveryCodes, hashesOfRecoveryCodes } from './recovery-code.ts';
import { replaceRecoveryCodes } from './recovery-code-commands.ts';
import { codeTriesOf, SecondFactorCodes, totpPlaceOf } from './second-factor-codes.ts';
import { type SignInChallenge, SignInChallenges } from './sign-in-challenges.ts';
import { findTotpStep, generateTotpSecret, totpUrlOf } from './totp.ts';
import { beginTotp, confirmTotp, removeTotp } from './totp-commands.ts';

/** What an account has. */
export interface SecondFactorState {
  /** When the authenticator app was enrolled, in milliseconds UTC; null: none is. */
  readonly totpSince: number | null;
  readonly passkeys: readonly Passkey[];
  readonly recoveryCodesLeft: number;
}

/** A sign-in that waits for its second step. */
export interface BegunSignIn extends SignInChallenge {
  /** `totp`, `passkey`, `recovery-code`: what it takes. */
  readonly methods: readonly string[];
}

/** What the second step takes: a code, or a signature of a passkey on a page of the site. */
export type SecondStep =
  | { readonly code: string }
  | { readonly passkey: AssertionResponse; readonly site: PasskeySite };

/** Second factors of accounts that sign in with a password. Whether the caller may is decided before. */
export interface SecondFactors {
  readonly passkeys: Passkeys;
  find(userId: number): Promise<SecondFactorState>;
  /**
   * A new secret for an authenticator app, which counts when `confirmTotp` has proven it.
   * @returns the secret in base 32, and the same as an `otpauth` URL: shown this once
   * @throws ProductError CONFLICT when the account has an authenticator app
   */
  beginTotp(user: Person): Promise<{ readonly secret: string; readonly url: string }>;
  /**
   * With the first factor of an account all ends that the password alone had opened, but the session that it is enrolled in.
   * @returns with the first factor the recovery codes: shown this once
   * @throws ProductError PRECONDITION (nothing was begun), BAD_REQUEST (the code is wrong), TOO_MANY_REQUESTS
   */
  confirmTotp(input: {
    readonly user: Person;
    readonly code: string;
    readonly sessionId: string | undefined;
    readonly actor: Actor;
  }): Promise<readonly string[] | undefined>;
  /** @throws ProductError DENIED (the proof), NOT_FOUND, TOO_MANY_REQUESTS */
  removeTotp(user: Person, proof: Proof, actor: Actor): Promise<void>;
  /**
   * @returns new ones, shown this once: those of before are void
   * @throws ProductError DENIED (the proof), PRECONDITION (no second factor), TOO_MANY_REQUESTS
   */
  replaceRecoveryCodes(user: Person, proof: Proof, actor: Actor): Promise<readonly string[]>;
  /** Takes all of them from an account whose owner has lost them. @returns whether it had one */
  clear(userId: number, actor: Actor): Promise<boolean>;
  /** The first step of a sign-in is done. */
  beginSignIn(user: UserPrincipal): Promise<BegunSignIn>;
  /** What a browser needs to have a passkey sign for the second step. @throws ProductError UNAUTHORIZED (it is over), PRECONDITION */
  beginPasskeyStep(challenge: string, site: PasskeySite): Promise<CredentialOptions>;
  /**
   * The second step.
   * @returns who is signed in now
   * @throws ProductError UNAUTHORIZED (the code is wrong, or the sign-in is over), TOO_MANY_REQUESTS
   */
  finishSignIn(input: {
    readonly challenge: string;
    readonly step: SecondStep;
    readonly actor: Actor;
  }): Promise<UserPrincipal>;
}

export interface SecondFactorsDependencies {
  readonly database: InstanceDatabase;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly secrets: Secrets;
  readonly throttle: LoginThrottle;
  readonly events: LoginEvents;
  readonly users: Pick<Users, 'forget'>;
  readonly passwords: Credentials;
  readonly instanceId: string;
}

export function createSecondFactors(dependencies: SecondFactorsDependencies): SecondFactors {
  return new DatabaseSecondFactors(dependencies);
}

class DatabaseSecondFactors implements SecondFactors {
  readonly #dependencies: SecondFactorsDependencies;
  readonly #codes: SecondFactorCodes;
  readonly #challenges: SignInChallenges;
  readonly #proofs: OwnerProofs;
  readonly passkeys: Passkeys;

  constructor(dependencies: SecondFactorsDependencies) {
    this.#dependencies = dependencies;
    this.#codes = new SecondFactorCodes(dependencies);
    this.#challenges = new SignInChallenges(dependencies);
    this.#proofs = new OwnerProofs({ ...dependencies, codes: this.#codes });
    this.passkeys = new Passkeys({ ...dependencies, proofs: this.#proofs });
  }

  async find(userId: number): Promise<SecondFactorState> {
    const { reader } = this.#dependencies.database;
    const totp = await reader
      .selectFrom('totp_factors')
      .select('confirmed_at')
      .where('user_id', '=', userId)
      .executeTakeFirst();
    const { left } = await reader
      .selectFrom('recovery_codes')
      .select((row) => row.fn.countAll<number>().as('left'))
      .where('user_id', '=', userId)
      .executeTakeFirstOrThrow();
    const passkeys = await this.passkeys.list(userId);
    return { totpSince: totp?.confirmed_at ?? null, passkeys, recoveryCodesLeft: Number(left) };
  }

  async beginTotp(user: Person): Promise<{ readonly secret: string; readonly url: string }> {
    const { id: userId, name } = user;
    if (user.signsInElsewhere === true) {
      throw new ProductError('PRECONDITION', 'you sign in at a login provider: enrol a second factor there');
    }
    const { database, clock, secrets } = this.#dependencies;
    const secret = await generateTotpSecret();
    const sealed = await secrets.seal(totpPlaceOf(userId), Buffer.from(secret));
    if (await database.execute(beginTotp, { userId, secret: sealed, now: clock.now() })) {
      return { secret, url: await totpUrlOf(secret, name) };
    }
    throw new ProductError('CONFLICT', 'this account has an authenticator app: remove it before you enrol another');
  }

  async confirmTotp({ user, code, sessionId, actor }: Parameters<SecondFactors['confirmTotp']>[0]) {
    const { database, clock, secrets, throttle, ids } = this.#dependencies;
    const row = await database.reader
      .selectFrom('totp_factors')
      .select('secret')
      .where('user_id', '=', user.id)
      .where('confirmed_at', 'is', null)
      .executeTakeFirst();
    if (row === undefined)
      throw new ProductError('PRECONDITION', 'no authenticator app is being enrolled: begin first');
    const attempt = throttle.begin(codeTriesOf(user.id), actor.address);
    const secret = (await secrets.open(totpPlaceOf(user.id), row.secret)).toString();
    const now = clock.now();
    const step = await findTotpStep({ secret, code, now, lastStep: 0 });
    if (step === undefined) {
      throw new ProductError('BAD_REQUEST', 'the code is wrong: check that the clock of the device is right');
    }
    attempt.succeed();
    const codes = generateRecoveryCodes(ids);
    const input = {
      userId: user.id,
      sessionId,
      recoveryHashes: hashesOfRecoveryCodes(codes),
      secret: row.secret,
      step,
      actor,
      now,
    };
    const isFirst = await database.execute(confirmTotp, input);
    this.#dependencies.users.forget(user.id);
    if (isFirst === undefined)
      throw new ProductError('CONFLICT', 'the enrolment was begun anew meanwhile: begin again');
    return isFirst ? codes : undefined;
  }

  async removeTotp(user: Person, proof: Proof, actor: Actor): Promise<void> {
    await this.#proofs.assertProven(user, proof, actor);
    const { database, clock, users } = this.#dependencies;
    const removed = await database.execute(removeTotp, { userId: user.id, actor, now: clock.now() });
    users.forget(user.id);
    if (!removed) throw new ProductError('NOT_FOUND', 'this account has no authenticator app');
  }

  async replaceRecoveryCodes(user: Person, proof: Proof, actor: Actor): Promise<readonly string[]> {
    await this.#proofs.assertProven(user, proof, actor);
    const { database, clock, ids } = this.#dependencies;
    const codes = generateRecoveryCodes(ids);
    const input = { userId: user.id, hashes: hashesOfRecoveryCodes(codes), actor, now: clock.now() };
    if (await database.execute(replaceRecoveryCodes, input)) return codes;
    throw new ProductError('PRECONDITION', 'this account has no second factor: enrol one, and it gets recovery codes');
  }

  async clear(userId: number, actor: Actor): Promise<boolean> {
    const { database, clock, users } = this.#dependencies;
    const cleared = await database.execute(clearSecondFactors, { userId, actor, now: clock.now() });
    users.forget(userId);
    return cleared;
  }

  async beginSignIn(user: UserPrincipal): Promise<BegunSignIn> {
    const { totpSince, passkeys } = await this.find(user.id);
    const methods = [...(totpSince === null ? [] : ['totp']), ...(passkeys.length === 0 ? [] : ['passkey'])];
    return { ...(await this.#challenges.begin(user)), methods: [...methods, 'recovery-code'] };
  }

  async beginPasskeyStep(challenge: string, site: PasskeySite): Promise<CredentialOptions> {
    const user = await this.#challenges.find(challenge);
    if (user === undefined) throw signInIsOver();
    return this.passkeys.beginSecondStep(user.id, challenge, site);
  }

  async finishSignIn({ challenge, step, actor }: Parameters<SecondFactors['finishSignIn']>[0]): Promise<UserPrincipal> {
    const user = await this.#challenges.find(challenge);
    if (user === undefined) throw signInIsOver();
    if (!(await this.#takeStep(user, challenge, step, actor))) {
      await this.#challenges.fail(challenge);
      const what = 'code' in step ? 'the code is wrong, or was used before' : 'this passkey does not sign in here';
      throw new ProductError('UNAUTHORIZED', what);
    }
    if (!(await this.#challenges.end(challenge))) throw signInIsOver();
    this.#dependencies.events.succeeded({ origin: actor, account: user });
    return user;
  }

  #takeStep(user: UserPrincipal, challenge: string, step: SecondStep, actor: Actor): Promise<boolean> {
    if ('code' in step) return this.#codes.spend(user, step.code, actor);
    return this.passkeys.verifySecondStep(user, challenge, step.passkey, step.site, actor);
  }
}

function signInIsOver(): ProductError {
  return new ProductError('UNAUTHORIZED', 'this sign-in is over: begin again with the password');
}
