import { timingSafeEqual } from 'node:crypto';
import type { InstanceDatabase } from '../../db/instance/instance-database.ts';
import type { PasskeyRow } from '../../db/instance/passkey-rows.ts';
import type { Actor } from '../../kernel/actor.ts';
import type { Clock } from '../../kernel/clock.ts';
import { ProductError } from '../../kernel/errors.ts';
import type { LoginEvents } from '../login-events.ts';
import type { LoginThrottle } from '../login-throttle.ts';
import { noteRefusedCode } from '../second-factors/note-refused-code.ts';
import { codeTriesOf } from '../second-factors/second-factor-codes.ts';
import { principalOfUser, type UserPrincipal } from '../user.ts';
import { type SelectedUser, toUser } from '../users/user-columns.ts';
import type { ChallengePurpose, PasskeyChallenges } from './passkey-challenges.ts';
import { usePasskey } from './passkey-commands.ts';
import { type AssertionResponse, isCredentialId, readClientData } from './passkey-response.ts';
import type { PasskeySite } from './passkey-site.ts';
import { userHandleOf } from './user-handle.ts';
import { verifyAssertion } from './webauthn.ts';

/** Under which tries count with keys that nobody has; no account has such a name. */
const STRANGERS = '\0passkeys of nobody';

export interface PasskeyVerifierDependencies {
  readonly database: InstanceDatabase;
  readonly clock: Clock;
  readonly throttle: LoginThrottle;
  readonly events: LoginEvents;
  readonly challenges: PasskeyChallenges;
  readonly instanceId: string;
}

type KnownPasskey = Pick<PasskeyRow, 'credential_id' | 'public_key' | 'is_backup_eligible'> & {
  readonly id: number;
  readonly owner: UserPrincipal;
};

interface Attempt {
  readonly passkey: KnownPasskey;
  readonly purpose: ChallengePurpose;
  readonly response: AssertionResponse;
  readonly site: PasskeySite;
}

/** Takes signatures of passkeys, each once. */
export class PasskeyVerifier {
  readonly #deps: PasskeyVerifierDependencies;

  constructor(dependencies: PasskeyVerifierDependencies) {
    this.#deps = dependencies;
  }

  /** @throws ProductError UNAUTHORIZED (it proves nothing), TOO_MANY_REQUESTS */
  async signIn(response: AssertionResponse, site: PasskeySite, origin: Actor): Promise<UserPrincipal> {
    const { events } = this.#deps;
    const passkey = await this.#find(response.id, site);
    const account = passkey?.owner;
    const isRight = await this.#try(account, origin, async () => {
      // § 7.2 step 6: without a name, the authenticator has to say whose key it is.
      if (passkey === undefined || !this.#isOf(passkey.owner.id, response.response.userHandle)) return false;
      return this.#verify({ passkey, purpose: { kind: 'sign-in' }, response, site }, origin);
    });
    if (isRight && account !== undefined) {
      events.succeeded({ origin, account });
      return account;
    }
    events.failed({ origin, account });
    throw new ProductError('UNAUTHORIZED', 'this passkey does not sign in here');
  }

  /** @returns whether the passkey is one of the user's, and has signed for this sign-in. @throws ProductError TOO_MANY_REQUESTS */
  verifySecondStep(input: {
    readonly user: UserPrincipal;
    readonly signInToken: string;
    readonly response: AssertionResponse;
    readonly site: PasskeySite;
    readonly actor: Actor;
  }): Promise<boolean> {
    const { user, signInToken, response, site, actor } = input;
    const { userHandle } = response.response;
    return this.#try(user, actor, async () => {
      const passkey = await this.#find(response.id, site);
      if (passkey?.owner.id !== user.id) return this.#refuse(user, 'unknown', actor);
      if (typeof userHandle === 'string' && userHandle !== '' && !this.#isOf(user.id, userHandle)) return false;
      const purpose = { kind: 'second-step', userId: user.id, signInToken } as const;
      return this.#verify({ passkey, purpose, response, site }, actor);
    });
  }

  /** Tries count as those of codes do. */
  async #try(account: UserPrincipal | undefined, origin: Actor, verify: () => Promise<boolean>): Promise<boolean> {
    const { throttle, events } = this.#deps;
    let attempt: ReturnType<LoginThrottle['begin']>;
    try {
      attempt = throttle.begin(account === undefined ? STRANGERS : codeTriesOf(account.id), origin.address);
    } catch (error) {
      if (error instanceof ProductError) events.refused({ origin, account });
      throw error;
    }
    try {
      const isRight = await verify();
      if (isRight) attempt.succeed();
      return isRight;
    } catch (error) {
      attempt.cancel();
      throw error;
    }
  }

  async #verify({ passkey, purpose, response, site }: Attempt, actor: Actor): Promise<boolean> {
    const { challenges, database, clock } = this.#deps;
    const { owner } = passkey;
    const data = readClientData(response.response.clientDataJSON);
    const challenge = await challenges.open(data?.challenge, purpose, site.rpId);
    // A page of this registry that stands in a frame of another one asks for no passkey.
    if (challenge === undefined || data?.isEmbedded !== false) return this.#refuse(owner, 'challenge', actor);
    const assertion = await verifyAssertion(response, String(data?.challenge), passkey, site);
    if (assertion === undefined) return this.#refuse(owner, 'signature', actor);
    const input = { id: passkey.id, userId: owner.id, challenge, ...assertion, now: clock.now() };
    const outcome = await database.execute(usePasskey, input);
    if (outcome === 'used') return true;
    return this.#refuse(owner, outcome === 'behind' ? 'counter' : 'challenge', actor);
  }

  async #refuse(owner: UserPrincipal, reason: string, origin: Actor): Promise<false> {
    const { database, clock } = this.#deps;
    const actor = origin.principal.kind === 'anonymous' ? { ...origin, principal: owner } : origin;
    const input = { userId: owner.id, factor: 'passkey', reason, actor, now: clock.now() };
    await database.execute(noteRefusedCode, input);
    return false;
  }

  /** Of an account that may sign in here, by a key that was made for this host. */
  async #find(credentialId: string, { rpId }: PasskeySite): Promise<KnownPasskey | undefined> {
    if (!isCredentialId(credentialId)) return undefined;
    const row = await this.#deps.database.reader
      .selectFrom('passkeys')
      .innerJoin('users', 'users.id', 'passkeys.user_id')
      .select(['passkeys.id as passkey_id', 'credential_id', 'public_key', 'is_backup_eligible'])
      .select(['users.id', 'username', 'is_administrator', 'token_epoch', 'must_change_password', 'has_second_factor'])
      .where('credential_id', '=', credentialId)
      .where('rp_id', '=', rpId)
      .where('disabled_at', 'is', null)
      // One that signs in elsewhere now does so, and nowhere else.
      .where('password_hash', 'is not', null)
      .executeTakeFirst();
    if (row === undefined) return undefined;
    const { passkey_id: id, credential_id, public_key, is_backup_eligible } = row;
    return {
      id,
      credential_id,
      public_key,
      is_backup_eligible,
      owner: principalOfUser(toUser({ ...(row as Omit<SelectedUser, 'signs_in_elsewhere'>), signs_in_elsewhere: 0 })),
    };
  }

  #isOf(userId: number, userHandle: string | null | undefined): boolean {
    const wanted = userHandleOf(this.#deps.instanceId, userId);
    const shown = Buffer.from(userHandle ?? '', 'base64url');
    return shown.length === wanted.length && timingSafeEqual(shown, wanted);
  }
}
