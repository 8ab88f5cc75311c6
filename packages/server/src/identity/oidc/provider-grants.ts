import { LRUCache } from 'lru-cache';
import type { InstanceDatabase } from '../../db/instance/instance-database.ts';
import type { ProviderGrantRow } from '../../db/instance/provider-rows.ts';
import type { Actor, RequestOrigin } from '../../kernel/actor.ts';
import type { Clock } from '../../kernel/clock.ts';
import { onFirstUse } from '../../kernel/on-first-use.ts';
import { type Principal, userIdOf } from '../../kernel/principal.ts';
import type { Secrets } from '../../kernel/secrets-envelope.ts';
import type { ProvenIdentity } from '../providers/admit-identity.ts';
import type { ExternalAccounts } from '../providers/external-accounts.ts';
import type { LoginProvider, OidcProvider } from '../providers/login-provider.ts';
import type { LoginProviders } from '../providers/login-providers.ts';
import type { Users } from '../users/users.ts';
import type { OidcClients } from './oidc-clients.ts';
import {
  claimProviderGrant,
  endProviderGrant,
  forgetProviderGrant,
  keepProviderGrant,
} from './provider-grant-commands.ts';
import { readOidcClaims } from './read-oidc-claims.ts';
import { isGrantOver, refreshIdentity } from './refresh-identity.ts';

export interface ProviderGrantsDependencies {
  readonly database: InstanceDatabase;
  readonly clock: Clock;
  readonly secrets: Pick<Secrets, 'seal' | 'open'>;
  readonly clients: Pick<OidcClients, 'get'>;
  readonly providers: Pick<LoginProviders, 'find'>;
  readonly accounts: Pick<ExternalAccounts, 'admit'>;
  readonly users: Pick<Users, 'find' | 'forget'>;
  readonly onGroupsChange: () => void;
  /** How old what a provider has said may be. Default: five minutes. */
  readonly refreshMs?: number | undefined;
}

const DEFAULT_REFRESH_MS = 5 * 60_000;
/** A provider that does not answer is asked again so much later; what it has said last counts until then. */
const RETRY_MS = 30_000;
/** Who signs in in another process is found by then. */
const NO_GRANT_MS = 60_000;
/** A request waits no longer for a provider; the answer counts from when it comes. */
const MAX_WAIT_MS = 3_000;

/**
 * The refresh tokens that providers give when they are asked for `offline_access`, by which they say later, without a browser, what
 * somebody's groups are by then: so who leaves a group there loses here what it gave (OpenID Connect Core 1.0 § 12).
 */
export class ProviderGrants {
  readonly #deps: ProviderGrantsDependencies;
  readonly #refreshMs: number;
  /** When a user's grant has to be looked at again. */
  readonly #due = onFirstUse(() => new LRUCache<number, number>({ max: 10_000 }));
  readonly #running = new Map<number, Promise<void>>();

  constructor(deps: ProviderGrantsDependencies) {
    this.#deps = deps;
    this.#refreshMs = deps.refreshMs ?? DEFAULT_REFRESH_MS;
  }

  /** After a sign-in. Without `offline_access` a refresh token ends with the provider's session, and is not kept. */
  async keep(
    userId: number,
    identity: Pick<ProvenIdentity, 'providerId' | 'issuer' | 'subject'>,
    refreshToken: string | undefined,
  ): Promise<void> {
    const { database, clock, providers } = this.#deps;
    const provider = await providers.find(identity.providerId);
    if (refreshToken === undefined || !isWanted(provider)) {
      await database.execute(forgetProviderGrant, { userId });
    } else {
      const { providerId, issuer, subject } = identity;
      const sealed = await this.#seal(userId, refreshToken);
      const input = { userId, providerId, issuer, subject, refreshToken: sealed, checkedAt: clock.now() };
      await database.execute(keepProviderGrant, input);
    }
    this.#due().delete(userId);
  }

  /**
   * Has the provider of somebody's account asked again when what it has said is too old.
   * @returns whether somebody is another one now than the principal says, whose credentials are to be looked at once more
   */
  async follow(principal: Principal, from: RequestOrigin): Promise<boolean> {
    const userId = userIdOf(principal);
    if (userId === undefined || this.#deps.clock.now() < (this.#due().get(userId) ?? 0)) return false;
    const before = (await this.#deps.users.find(userId))?.tokenEpoch;
    let running = this.#running.get(userId);
    if (running === undefined) {
      running = this.#ask(userId, from).finally(() => this.#running.delete(userId));
      this.#running.set(userId, running);
    }
    await within(running, MAX_WAIT_MS);
    return (await this.#deps.users.find(userId))?.tokenEpoch !== before;
  }

  async #ask(userId: number, from: RequestOrigin): Promise<void> {
    const { database, clock, providers } = this.#deps;
    const now = clock.now();
    const row = await this.#read(userId);
    if (row === undefined) return void this.#due().set(userId, now + NO_GRANT_MS);
    const isFresh = now - row.checked_at < this.#refreshMs;
    this.#due().set(userId, (isFresh ? row.checked_at : now) + this.#refreshMs);
    if (isFresh) return;
    if (!(await database.execute(claimProviderGrant, { userId, checkedAt: row.checked_at, now }))) return;
    const provider = await providers.find(row.provider_id);
    if (!isWanted(provider) || provider.settings.issuer !== row.issuer) {
      await database.execute(forgetProviderGrant, { userId });
      return;
    }
    try {
      await this.#refresh(row, provider, from);
    } catch (error) {
      if (isGrantOver(error)) await this.#end(userId, provider, from);
      else this.#due().set(userId, now + Math.min(RETRY_MS, this.#refreshMs));
    }
  }

  async #refresh(row: ProviderGrantRow, provider: OidcProvider, from: RequestOrigin): Promise<void> {
    const { user_id: userId, issuer, subject } = row;
    const { clients, secrets, accounts, database, clock } = this.#deps;
    const token = (await secrets.open(placeOfGrant(userId), row.refresh_token)).toString('utf8');
    const { claims, refreshToken } = await refreshIdentity(await clients.get(provider), provider.settings, {
      refreshToken: token,
      subject,
    });
    // First of all: the provider may take no other any more.
    const sealed = refreshToken === undefined ? row.refresh_token : await this.#seal(userId, refreshToken);
    const kept = { userId, providerId: provider.id, issuer, subject, refreshToken: sealed, checkedAt: clock.now() };
    await database.execute(keepProviderGrant, kept);
    const { groups, isAdministrator, profile } = readOidcClaims(claims, provider.settings);
    const proven = { providerId: provider.id, providerVersion: provider.version, issuer, subject };
    const identity = { ...proven, groups, isAdministrator, profile };
    await accounts.admit({ identity, username: undefined, from });
  }

  async #end(userId: number, provider: OidcProvider, from: RequestOrigin): Promise<void> {
    const { database, clock, users, onGroupsChange } = this.#deps;
    const { requestId, address, userAgent } = from;
    const principal = { kind: 'system', name: `login-provider:${provider.id}` } as const;
    const actor: Actor = { principal, requestId, address, userAgent };
    const saysAdministrators = provider.settings.adminGroup !== null;
    await database.execute(endProviderGrant, {
      ...{ userId, providerId: provider.id, saysAdministrators, actor, now: clock.now() },
    });
    users.forget(userId);
    onGroupsChange();
  }

  #read(userId: number): Promise<ProviderGrantRow | undefined> {
    const { reader } = this.#deps.database;
    return reader.selectFrom('provider_grants').selectAll().where('user_id', '=', userId).executeTakeFirst();
  }

  #seal(userId: number, refreshToken: string): Promise<Uint8Array> {
    return this.#deps.secrets.seal(placeOfGrant(userId), Buffer.from(refreshToken));
  }
}

/** Where the sealed token lies (`table|row|column`). */
function placeOfGrant(userId: number): string {
  return `provider_grants|${userId}|refresh_token`;
}

function isWanted(provider: LoginProvider | undefined): provider is OidcProvider {
  return provider?.kind === 'oidc' && provider.settings.scopes.includes('offline_access');
}

/** Until it has ended, or for so long. */
async function within(work: Promise<void>, ms: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const end = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([work, end]).finally(() => clearTimeout(timer));
}
