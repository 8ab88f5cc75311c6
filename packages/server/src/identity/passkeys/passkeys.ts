import type { InstanceDatabase } from '../../db/instance/instance-database.ts';
import type { Actor } from '../../kernel/actor.ts';
import type { Clock } from '../../kernel/clock.ts';
import { ProductError } from '../../kernel/errors.ts';
import type { Ids } from '../../kernel/ids.ts';
import type { Person } from '../../kernel/principal.ts';
import type { Secrets } from '../../kernel/secrets-envelope.ts';
import type { LoginEvents } from '../login-events.ts';
import type { LoginThrottle } from '../login-throttle.ts';
import type { OwnerProofs, Proof } from '../second-factors/owner-proofs.ts';
import { generateRecoveryCodes, hashesOfRecoveryCodes } from '../second-factors/recovery-code.ts';
import type { UserPrincipal } from '../user.ts';
import type { Users } from '../users/users.ts';
import { PASSKEY_COLUMNS, type Passkey, toPasskey } from './passkey.ts';
import { PasskeyChallenges } from './passkey-challenges.ts';
import { type AddPasskeyResult, addPasskey, removePasskey, renamePasskey } from './passkey-commands.ts';
import {
  type AssertionResponse,
  type AttestationResponse,
  isCredentialId,
  readClientData,
} from './passkey-response.ts';
import type { PasskeySite } from './passkey-site.ts';
import { PasskeyVerifier } from './passkey-verifier.ts';
import { userHandleOf } from './user-handle.ts';
import { ALGORITHMS, verifyAttestation } from './webauthn.ts';

const MAX_PER_USER = 20;
const MAX_NAME_LENGTH = 100;
/** How long a browser waits for its user: as long as the challenge lasts. */
const TIMEOUT_MS = 5 * 60_000;
const TRANSPORT = /^[a-z-]{1,20}$/;
const MAX_TRANSPORTS = 8;

/** For `navigator.credentials`, as `parseCreationOptionsFromJSON` and `parseRequestOptionsFromJSON` take them. */
export type CredentialOptions = Readonly<Record<string, unknown>>;

export interface PasskeysDependencies {
  readonly database: InstanceDatabase;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly secrets: Secrets;
  readonly throttle: LoginThrottle;
  readonly events: LoginEvents;
  readonly users: Pick<Users, 'forget'>;
  readonly proofs: OwnerProofs;
  readonly instanceId: string;
}

/** Keys of accounts whose private halves are with authenticators. Whether the caller may is decided before. */
export class Passkeys {
  readonly #deps: PasskeysDependencies;
  readonly #challenges: PasskeyChallenges;
  readonly #verifier: PasskeyVerifier;

  constructor(dependencies: PasskeysDependencies) {
    this.#deps = dependencies;
    this.#challenges = new PasskeyChallenges(dependencies.secrets, dependencies.clock);
    this.#verifier = new PasskeyVerifier({ ...dependencies, challenges: this.#challenges });
  }

  /** The oldest comes first. */
  async list(userId: number): Promise<readonly Passkey[]> {
    const { reader } = this.#deps.database;
    const query = reader.selectFrom('passkeys').select(PASSKEY_COLUMNS).where('user_id', '=', userId).orderBy('id');
    return (await query.execute()).map(toPasskey);
  }

  /**
   * What the browser needs to have a key made.
   * @throws ProductError DENIED (nothing shows that the owner is there), PRECONDITION (too many, or no account with a password)
   */
  async beginRegistration(input: {
    readonly user: Person;
    readonly sessionId: string | undefined;
    readonly proof: Proof | undefined;
    readonly site: PasskeySite;
    readonly actor: Actor;
  }): Promise<CredentialOptions> {
    const { user, sessionId, site } = input;
    await this.#deps.proofs.assertRecent(input);
    const { tokenEpoch } = await this.#findOwner(user.id);
    const held = await this.#listCredentials(user.id);
    if (held.length >= MAX_PER_USER) throw tooMany();
    const purpose = { kind: 'registration', userId: user.id, tokenEpoch, sessionId: sessionId ?? '' } as const;
    const challenge = await this.#challenges.seal(purpose, site.rpId);
    return {
      rp: { id: site.rpId, name: 'Roadstead' },
      user: {
        id: userHandleOf(this.#deps.instanceId, user.id).toString('base64url'),
        name: user.name,
        displayName: user.name,
      },
      challenge: challenge.toString('base64url'),
      pubKeyCredParams: ALGORITHMS.map((alg) => ({ type: 'public-key', alg })),
      timeout: TIMEOUT_MS,
      excludeCredentials: held.filter(({ rp_id: rpId }) => rpId === site.rpId).map(describeCredential),
      authenticatorSelection: { residentKey: 'preferred', requireResidentKey: false, userVerification: 'required' },
      attestation: 'none',
    };
  }

  /**
   * @returns with the first factor of the account also its recovery codes: shown this once
   * @throws ProductError BAD_REQUEST (it proves nothing, or the name), CONFLICT (there is this key already), PRECONDITION (too many)
   */
  async register(input: {
    readonly user: Person;
    readonly sessionId: string | undefined;
    readonly name: string;
    readonly response: AttestationResponse;
    readonly site: PasskeySite;
    readonly actor: Actor;
  }): Promise<{ readonly id: number; readonly recoveryCodes: readonly string[] | undefined }> {
    const { user, sessionId, name, response, site, actor } = input;
    assertName(name);
    const { tokenEpoch } = await this.#findOwner(user.id);
    const purpose = { kind: 'registration', userId: user.id, tokenEpoch, sessionId: sessionId ?? '' } as const;
    const data = readClientData(response.response.clientDataJSON);
    const challenge = await this.#challenges.open(data?.challenge, purpose, site.rpId);
    if (challenge === undefined || data?.isEmbedded !== false || !isCredentialId(response.id)) throw provesNothing();
    const credential = await verifyAttestation(response, String(data?.challenge), site);
    if (credential === undefined) throw provesNothing();
    const codes = generateRecoveryCodes(this.#deps.ids);
    const result = await this.#deps.database.execute(addPasskey, {
      ...credential,
      userId: user.id,
      tokenEpoch,
      sessionId,
      recoveryHashes: hashesOfRecoveryCodes(codes),
      rpId: site.rpId,
      name,
      transports: readTransports(response.response.transports),
      challenge,
      maxPerUser: MAX_PER_USER,
      actor,
      now: this.#deps.clock.now(),
    });
    this.#deps.users.forget(user.id);
    if (result.kind !== 'added') throw refuseAddition(result.kind);
    return { id: result.id, recoveryCodes: result.isFirstFactor ? codes : undefined };
  }

  /** @throws ProductError BAD_REQUEST (the name), NOT_FOUND */
  async rename(input: {
    readonly userId: number;
    readonly id: number;
    readonly name: string;
    readonly actor: Actor;
  }): Promise<void> {
    assertName(input.name);
    const { database, clock } = this.#deps;
    if (!(await database.execute(renamePasskey, { ...input, now: clock.now() }))) throw noSuchPasskey();
  }

  /** @throws ProductError DENIED (nothing shows that the owner is there), NOT_FOUND, TOO_MANY_REQUESTS */
  async remove(input: {
    readonly user: Person;
    readonly id: number;
    readonly sessionId: string | undefined;
    readonly proof: Proof | undefined;
    readonly actor: Actor;
  }): Promise<void> {
    await this.#deps.proofs.assertRecent(input);
    const { database, clock, users } = this.#deps;
    const { user, id, actor } = input;
    const removed = await database.execute(removePasskey, { userId: user.id, id, actor, now: clock.now() });
    users.forget(user.id);
    if (!removed) throw noSuchPasskey();
  }

  /** For a sign-in without a name and without a password. It says nothing of any account. */
  async beginSignIn(site: PasskeySite): Promise<CredentialOptions> {
    const challenge = await this.#challenges.seal({ kind: 'sign-in' }, site.rpId);
    return renderRequest(challenge, site, []);
  }

  /** @throws ProductError UNAUTHORIZED (it proves nothing), TOO_MANY_REQUESTS */
  signIn(response: AssertionResponse, site: PasskeySite, actor: Actor): Promise<UserPrincipal> {
    return this.#verifier.signIn(response, site, actor);
  }

  /** For the second step of somebody who has proven the password. @throws ProductError PRECONDITION (no passkey of this host) */
  async beginSecondStep(userId: number, signInToken: string, site: PasskeySite): Promise<CredentialOptions> {
    const held = (await this.#listCredentials(userId)).filter(({ rp_id: rpId }) => rpId === site.rpId);
    if (held.length === 0) {
      throw new ProductError('PRECONDITION', `this account has no passkey for ${site.rpId}: send a code`);
    }
    const challenge = await this.#challenges.seal({ kind: 'second-step', userId, signInToken }, site.rpId);
    return renderRequest(challenge, site, held.map(describeCredential));
  }

  /** @returns whether the passkey is one of the user's, and has signed for this sign-in. @throws ProductError TOO_MANY_REQUESTS */
  verifySecondStep(
    user: UserPrincipal,
    signInToken: string,
    response: AssertionResponse,
    site: PasskeySite,
    actor: Actor,
  ): Promise<boolean> {
    return this.#verifier.verifySecondStep({ user, signInToken, response, site, actor });
  }

  async #findOwner(userId: number): Promise<{ readonly tokenEpoch: number }> {
    const owner = await this.#deps.database.reader
      .selectFrom('users')
      .select(['token_epoch', 'password_hash'])
      .where('id', '=', userId)
      .where('disabled_at', 'is', null)
      .executeTakeFirst();
    if (owner !== undefined && owner.password_hash !== null) return { tokenEpoch: owner.token_epoch };
    throw new ProductError(
      'PRECONDITION',
      'this account signs in elsewhere, where its second factors are: a passkey here would go on when that ends',
    );
  }

  #listCredentials(userId: number) {
    return this.#deps.database.reader
      .selectFrom('passkeys')
      .select(['credential_id', 'transports', 'rp_id'])
      .where('user_id', '=', userId)
      .orderBy('id')
      .execute();
  }
}

function renderRequest(
  challenge: Buffer,
  { rpId }: PasskeySite,
  allowCredentials: readonly object[],
): CredentialOptions {
  return {
    challenge: challenge.toString('base64url'),
    rpId,
    allowCredentials,
    timeout: TIMEOUT_MS,
    userVerification: 'required',
  };
}

function describeCredential(row: { readonly credential_id: string; readonly transports: string }): object {
  return { type: 'public-key', id: row.credential_id, transports: JSON.parse(row.transports) as readonly string[] };
}

function readTransports(transports: readonly string[] = []): readonly string[] {
  return transports.filter((transport) => TRANSPORT.test(transport)).slice(0, MAX_TRANSPORTS);
}

function assertName(name: string): void {
  const isGood = name.length <= MAX_NAME_LENGTH && name.trim() === name && name !== '' && !/\p{C}/u.test(name);
  if (isGood) return;
  const rule = `name: 1 to ${MAX_NAME_LENGTH} characters that can be seen, without blanks around them`;
  throw new ProductError('BAD_REQUEST', rule);
}

function refuseAddition(kind: Exclude<AddPasskeyResult['kind'], 'added'>): ProductError {
  if (kind === 'too-many') return tooMany();
  if (kind === 'taken') return new ProductError('CONFLICT', 'this passkey is known already');
  return provesNothing();
}

function tooMany(): ProductError {
  return new ProductError('PRECONDITION', `you have ${MAX_PER_USER} passkeys already: remove one first`);
}

function noSuchPasskey(): ProductError {
  return new ProductError('NOT_FOUND', 'you have no such passkey');
}

function provesNothing(): ProductError {
  return new ProductError('BAD_REQUEST', 'this is no answer to the challenge that you were given: begin again');
}
