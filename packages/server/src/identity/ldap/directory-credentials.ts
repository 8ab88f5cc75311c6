import type { RequestOrigin } from '../../kernel/actor.ts';
import type { Clock } from '../../kernel/clock.ts';
import { ProductError } from '../../kernel/errors.ts';
import type { Ids } from '../../kernel/ids.ts';
import { clientNetworkOf } from '../../kernel/ip-address.ts';
import type { Credentials } from '../credentials.ts';
import type { LoginEvents } from '../login-events.ts';
import type { LoginThrottle } from '../login-throttle.ts';
import type { ExternalAccounts } from '../providers/external-accounts.ts';
import type { LdapProvider } from '../providers/login-provider.ts';
import type { LoginProviders } from '../providers/login-providers.ts';
import { principalOfUser, type User, type UserPrincipal } from '../user.ts';
import type { Users } from '../users/users.ts';
import type { Directories } from './directories.ts';
import { identityOf } from './directory-identity.ts';
import type { LdapSignIn } from './ldap-directory.ts';
import { LdapError } from './ldap-error.ts';
import type { FindNameOwner, NameOwner } from './name-owner.ts';
import { RememberedSignIns } from './remembered-sign-ins.ts';

export interface DirectoryCredentialsDependencies {
  /** Passwords of accounts that have one here. */
  readonly local: Credentials;
  readonly providers: Pick<LoginProviders, 'listDirectories'>;
  readonly directories: Pick<Directories, 'get'>;
  readonly accounts: Pick<ExternalAccounts, 'admit'>;
  readonly users: Pick<Users, 'find'>;
  readonly findOwner: FindNameOwner;
  readonly throttle: LoginThrottle;
  readonly events: LoginEvents;
  readonly clock: Clock;
  readonly ids: Pick<Ids, 'hex'>;
}

/** One name and password, and who may know it. */
interface Attempt {
  readonly name: string;
  readonly password: string;
  readonly from: RequestOrigin;
  readonly owner: NameOwner;
  readonly asked: readonly LdapProvider[];
}

interface Admitted {
  readonly principal: UserPrincipal;
  readonly provider: LdapProvider;
}

type SignedIn = Extract<LdapSignIn, { readonly outcome: 'signed-in' }>['user'];

const MAX_USERNAME_LENGTH = 255;

/**
 * Checks user names with passwords, here and in directories. A name of an account with a password is asked about here alone, that of
 * an account of a directory there alone, and one that nobody has yet at each directory in their order, until one of them has it.
 * Where a directory does not answer nobody gets any further: else a later one could take a name that is an earlier one's.
 */
export class DirectoryCredentials implements Credentials {
  readonly #deps: DirectoryCredentialsDependencies;
  readonly #remembered: RememberedSignIns;
  readonly #running = new Map<string, Promise<UserPrincipal | undefined>>();

  constructor(deps: DirectoryCredentialsDependencies) {
    this.#deps = deps;
    this.#remembered = new RememberedSignIns(deps.ids, deps.clock);
  }

  /**
   * As without directories.
   * @throws ProductError TOO_MANY_REQUESTS, and UNAVAILABLE when a directory that may know the name cannot be asked
   */
  async verifyBasic(typed: string, password: string, from: RequestOrigin): Promise<UserPrincipal | undefined> {
    const { local, providers, findOwner } = this.#deps;
    const directories = await providers.listDirectories();
    const name = typed.normalize('NFKC');
    if (directories.length === 0 || !isPossibleName(name)) return local.verifyBasic(typed, password, from);
    const owner = await findOwner(name);
    const isOwn = (provider: LdapProvider) => owner.userId === undefined || owner.providerIds.has(provider.id);
    const asked = owner.hasPassword ? [] : directories.filter(isOwn);
    if (asked.length === 0) return local.verifyBasic(typed, password, from);
    return this.#verify({ name, password, from, owner, asked });
  }

  async #verify(attempt: Attempt): Promise<UserPrincipal | undefined> {
    const { name, password, from, asked } = attempt;
    const key = this.#remembered.keyOf(clientNetworkOf(from.address), name, password);
    await this.#assertOpen(attempt, this.#remembered.findRight(key) !== undefined);
    const known = await this.#recall(key, asked);
    if (known !== undefined) return known;
    const state = asked.map(({ id, version }) => `${id}:${version}`).join(' ');
    if (this.#remembered.isWrong(key, state)) {
      this.#deps.events.refused({ origin: from, account: await this.#accountOf(attempt.owner) });
      return undefined;
    }
    // Equal tries at the same time (a build starting fifty jobs) are one question.
    const shared = `${key} ${from.address} ${state}`;
    const running = this.#running.get(shared) ?? this.#ask(attempt, key, state);
    this.#running.set(shared, running);
    try {
      return await running;
    } finally {
      this.#running.delete(shared);
    }
  }

  /** Spellings that mean one person share one count. @throws ProductError TOO_MANY_REQUESTS */
  async #assertOpen({ name, from, owner }: Attempt, isHeld: boolean): Promise<void> {
    const { throttle, events } = this.#deps;
    const account = name.toLowerCase();
    if (throttle.isOpen(account, from.address)) return;
    try {
      throttle.recall(account, from.address, isHeld);
    } catch (error) {
      events.refused({ origin: from, account: await this.#accountOf(owner) });
      throw error;
    }
  }

  /** What is remembered holds as long as the account and the provider are as they were. */
  async #recall(key: string, asked: readonly LdapProvider[]): Promise<UserPrincipal | undefined> {
    const found = this.#remembered.findRight(key);
    if (found === undefined) return undefined;
    const { userId, tokenEpoch, providerId, providerVersion } = found;
    const isSame = asked.some(({ id, version }) => id === providerId && version === providerVersion);
    const user = isSame ? await this.#deps.users.find(userId) : undefined;
    if (user?.tokenEpoch === tokenEpoch) return proven(user);
    this.#remembered.forget(key);
    return undefined;
  }

  async #ask(attempt: Attempt, key: string, state: string): Promise<UserPrincipal | undefined> {
    const { throttle, events, clock } = this.#deps;
    const { name, from } = attempt;
    const askedAt = clock.now();
    const tries = throttle.begin(name.toLowerCase(), from.address);
    let admitted: Admitted | undefined;
    try {
      admitted = await this.#askInOrder(attempt);
    } catch (error) {
      tries.cancel();
      throw error;
    }
    if (admitted === undefined) {
      this.#remembered.note(key, state, undefined, askedAt);
      return undefined;
    }
    const { principal, provider } = admitted;
    tries.succeed();
    const signIn = { userId: principal.id, tokenEpoch: principal.tokenEpoch };
    const by = { providerId: provider.id, providerVersion: provider.version };
    this.#remembered.note(key, state, { ...signIn, ...by }, askedAt);
    events.succeeded({ origin: from, account: principal, provider: provider.id });
    return principal;
  }

  /** @throws ProductError UNAVAILABLE */
  async #askInOrder(attempt: Attempt): Promise<Admitted | undefined> {
    const { events } = this.#deps;
    const { name, password, from, owner, asked } = attempt;
    for (const provider of asked) {
      const answer = await this.#askOne(provider, name, password).catch(async (error: unknown) => {
        const reason = error instanceof LdapError ? error.kind : 'failed';
        events.failed({ origin: from, account: await this.#accountOf(owner), provider: provider.id, reason });
        throw error instanceof LdapError ? cannotBeAsked(error) : error;
      });
      if (answer.outcome === 'no-such-user') continue;
      const found = answer.outcome === 'signed-in' ? await this.#admit(provider, answer.user, from) : answer.outcome;
      if (typeof found !== 'string') return { principal: found, provider };
      events.failed({ origin: from, account: await this.#accountOf(owner), provider: provider.id, reason: found });
      return undefined;
    }
    events.failed({ origin: from, account: await this.#accountOf(owner), reason: 'no-such-user' });
    return undefined;
  }

  async #askOne(provider: LdapProvider, name: string, password: string): Promise<LdapSignIn> {
    return (await this.#deps.directories.get(provider)).authenticate(name, password);
  }

  /** @returns the account as it is now, or why there is none to sign in to @throws ProductError UNAVAILABLE */
  async #admit(provider: LdapProvider, user: SignedIn, from: RequestOrigin): Promise<UserPrincipal | string> {
    const { accounts, users } = this.#deps;
    const input = { identity: identityOf(provider, user), username: user.username.normalize('NFKC'), from };
    const admission = await accounts.admit(input).catch((error: unknown) => {
      // The directory was changed or deleted meanwhile, or the same person signs in under two names at once.
      const isPassing = error instanceof ProductError && ['PRECONDITION', 'NOT_FOUND', 'CONFLICT'].includes(error.code);
      throw isPassing ? cannotBeAsked(error) : error;
    });
    if (admission.kind === 'disabled') return 'disabled';
    if (admission.kind === 'name-wanted') return admission.isTaken ? 'name-taken' : 'no-name-for-an-account';
    const found = await users.find(admission.userId);
    return found === undefined ? 'disabled' : proven(found);
  }

  async #accountOf({ userId }: NameOwner): Promise<UserPrincipal | undefined> {
    const user = userId === undefined ? undefined : await this.#deps.users.find(userId);
    return user === undefined ? undefined : principalOfUser(user);
  }
}

function proven(user: User): UserPrincipal {
  return { ...principalOfUser(user), isProvenByDirectory: true };
}

/** The same for whoever asks, whether or not there is such a name. */
function cannotBeAsked(cause: unknown): ProductError {
  return new ProductError('UNAVAILABLE', 'the directory that people sign in at does not answer: try again later', {
    cause,
  });
}

/** Databases hold no NUL, and nobody's name is longer. */
function isPossibleName(name: string): boolean {
  return name !== '' && name.length <= MAX_USERNAME_LENGTH && !name.includes('\0') && name.isWellFormed();
}
