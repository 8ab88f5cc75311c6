import type { InstanceDatabase } from '../../db/instance/instance-database.ts';
import type { Actor } from '../../kernel/actor.ts';
import type { Clock } from '../../kernel/clock.ts';
import { ProductError } from '../../kernel/errors.ts';
import type { Ids } from '../../kernel/ids.ts';
import { clientNetworkOf } from '../../kernel/ip-address.ts';
import type { Secrets } from '../../kernel/secrets-envelope.ts';
import { isMailOn } from '../../mail-queue/queue-mail.ts';
import type { AccessSettings } from '../access-settings.ts';
import type { PasswordHasher } from '../password-hasher.ts';
import { assertGoodPassword } from '../password-rule.ts';
import { type Allowance, TokenBuckets } from '../token-buckets.ts';
import type { NewAccount } from '../users/accounts.ts';
import { assertGoodProfile, assertGoodUsername, NO_PROFILE } from '../users/profile.ts';
import type { Users } from '../users/users.ts';
import { hashLinkToken, identifierPlaceOf, isLinkToken } from './account-link.ts';
import { completePasswordLink } from './complete-password-link.ts';
import { inviteUser, sendInvitation, withdrawInvitation } from './invitations.ts';
import { issuePasswordReset } from './issue-password-reset.ts';
import { noteResetRequest } from './note-reset-request.ts';
import { prepareLink } from './prepare-link.ts';

export interface AccountLinksDeps {
  readonly database: InstanceDatabase;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly secrets: Pick<Secrets, 'seal'>;
  readonly hasher: PasswordHasher;
  readonly users: Pick<Users, 'forget'>;
  readonly settings: () => Promise<AccessSettings>;
  /** Where links lead: set by the operator. Undefined: nowhere. */
  readonly linkOrigin: string | undefined;
}

/** Requests from one network, whoever they are about. */
const NETWORK_ALLOWANCE: Allowance = { burst: 20, refillMs: 30_000 };
/** Requests from one network about one name, whether there is such an account or not. */
const NAME_ALLOWANCE: Allowance = { burst: 5, refillMs: 600_000 };
/** Tokens from one network that are none. */
const GUESS_ALLOWANCE: Allowance = { burst: 20, refillMs: 30_000 };
const MAX_IDENTIFIER_CHARACTERS = 255;

/** Links in mails by which people get into their accounts. */
export class AccountLinks {
  readonly #deps: AccountLinksDeps;
  readonly #networks: TokenBuckets;
  readonly #names: TokenBuckets;
  readonly #guesses: TokenBuckets;

  constructor(deps: AccountLinksDeps) {
    this.#deps = deps;
    this.#networks = new TokenBuckets(NETWORK_ALLOWANCE, deps.clock);
    this.#names = new TokenBuckets(NAME_ALLOWANCE, deps.clock);
    this.#guesses = new TokenBuckets(GUESS_ALLOWANCE, deps.clock);
  }

  /**
   * Notes that somebody has forgotten a password. Whether there is such an account is looked at afterwards, by a job: nothing that is done
   * here depends on it.
   * @param identifier a user name, or an e-mail address
   * @throws ProductError PRECONDITION where no such mail can be sent, TOO_MANY_REQUESTS
   */
  async requestReset(identifier: string, actor: Actor): Promise<void> {
    const { database, clock, ids, secrets } = this.#deps;
    await this.#assertMailWorks();
    const network = clientNetworkOf(actor.address);
    take(this.#networks, network);
    take(this.#names, `${network} ${identifier.toLowerCase()}`);
    const id = ids.uuid();
    // One that no account can have is written as any other.
    const kept = identifier.slice(0, MAX_IDENTIFIER_CHARACTERS);
    const sealed = await secrets.seal(identifierPlaceOf(id), Buffer.from(kept));
    await database.execute(noteResetRequest, { id, identifier: sealed, origin: actor, now: clock.now() });
  }

  /**
   * Sends somebody a link to choose a password anew, because who looks after accounts wants it.
   * @throws ProductError PRECONDITION when there is nothing to reset, or no way to send it
   */
  async sendReset(userId: number, actor: Actor): Promise<void> {
    const { database, clock } = this.#deps;
    await this.#assertMailWorks();
    const link = await prepareLink(this.#deps);
    const input = { userId, requestId: undefined, link, actor, now: clock.now() };
    if (await database.execute(issuePasswordReset, input)) return;
    const message =
      'no link can be sent: the account is disabled, has no password here, or no e-mail address that an administrator has set, or it was sent several already';
    throw new ProductError('PRECONDITION', message);
  }

  /**
   * Makes an account whose owner chooses the password, by a link that is mailed.
   * @returns the account's id
   * @throws ProductError BAD_REQUEST (name or profile), CONFLICT (the name or the address is taken), PRECONDITION (it cannot be sent)
   */
  async invite(account: Omit<NewAccount, 'password' | 'mustChangePassword'>, actor: Actor): Promise<number> {
    const { database, clock, settings } = this.#deps;
    await this.#assertMailWorks();
    assertGoodUsername(account.name, (await settings()).robotNamePrefix);
    const { email, realName, comment } = { ...NO_PROFILE, ...account };
    assertGoodProfile({ email, realName, comment });
    const id = await database.execute(inviteUser, {
      username: account.name,
      isAdministrator: account.isAdministrator ?? false,
      profile: { email, realName, comment },
      link: await prepareLink(this.#deps),
      actor,
      now: clock.now(),
    });
    if (id !== undefined) return id;
    throw new ProductError('CONFLICT', 'this user name or e-mail address belongs to another account');
  }

  /** Sends the invitation once more, with another link. @throws ProductError NOT_FOUND, PRECONDITION */
  async inviteAgain(userId: number, actor: Actor): Promise<void> {
    const { database, clock } = this.#deps;
    await this.#assertMailWorks();
    const link = await prepareLink(this.#deps);
    await database.execute(sendInvitation, { userId, link, actor, now: clock.now() });
  }

  /** @throws ProductError NOT_FOUND when there is none */
  async withdrawInvitation(userId: number, actor: Actor): Promise<void> {
    const { database, clock } = this.#deps;
    if (await database.execute(withdrawInvitation, { userId, actor, now: clock.now() })) return;
    throw new ProductError('NOT_FOUND', 'there is no invitation: it was used, withdrawn, or is over');
  }

  /**
   * Chooses a password by a link.
   * @throws ProductError DENIED (the link is over, or none), BAD_REQUEST (the rule), TOO_MANY_REQUESTS
   */
  async complete(token: string, password: string, actor: Actor): Promise<void> {
    const { database, clock, hasher, users } = this.#deps;
    const network = clientNetworkOf(actor.address);
    take(this.#guesses, network);
    const tokenHash = hashLinkToken(token);
    const owner = isLinkToken(token) ? await this.#findOwner(tokenHash) : undefined;
    if (owner === undefined) throw linkIsOver();
    this.#guesses.giveBack(network);
    assertGoodPassword(password, owner.username);
    const { username: name, id, is_administrator } = owner;
    const principal = { kind: 'user', id, name, isAdministrator: is_administrator !== 0 } as const;
    const passwordHash = await hasher.hash(password);
    const input = { tokenHash, passwordHash, actor: { ...actor, principal }, now: clock.now() };
    const userId = await database.execute(completePasswordLink, input);
    users.forget(id);
    if (userId === undefined) throw linkIsOver();
  }

  #findOwner(tokenHash: Buffer) {
    const { database, clock } = this.#deps;
    return database.reader
      .selectFrom('account_links')
      .innerJoin('users', 'users.id', 'account_links.user_id')
      .select(['users.id', 'users.username', 'users.is_administrator'])
      .where('token_hash', '=', tokenHash)
      .where('expires_at', '>', clock.now())
      .executeTakeFirst();
  }

  async #assertMailWorks(): Promise<void> {
    const { database, linkOrigin } = this.#deps;
    if (linkOrigin === undefined) {
      const message = 'this registry sends no links: the operator has to set ROADSTEAD_EXTERNAL_URL first';
      throw new ProductError('PRECONDITION', message);
    }
    if (await isMailOn(database.reader)) return;
    throw new ProductError(
      'PRECONDITION',
      'this registry sends no mail: an administrator has to set up a mail server first',
    );
  }
}

function take(buckets: TokenBuckets, key: string): void {
  const waitMs = buckets.waitMs(key);
  if (waitMs > 0) {
    throw new ProductError('TOO_MANY_REQUESTS', 'too many of these from this network: wait before the next one', {
      retryAfterSeconds: Math.max(1, Math.ceil(waitMs / 1_000)),
    });
  }
  buckets.take(key);
}

function linkIsOver(): ProductError {
  return new ProductError('DENIED', 'this link is over, or was used already: ask for another one');
}
