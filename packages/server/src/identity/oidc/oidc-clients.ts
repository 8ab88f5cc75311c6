import { LRUCache } from 'lru-cache';
import type { Configuration } from 'openid-client';
import type { Clock } from '../../kernel/clock.ts';
import type { EgressGuard } from '../../kernel/egress-guard.ts';
import { ProductError } from '../../kernel/errors.ts';
import { onFirstUse } from '../../kernel/on-first-use.ts';
import type { OidcProvider } from '../providers/login-provider.ts';
import type { LoginProviders } from '../providers/login-providers.ts';
import { createGuardedFetch } from './guarded-fetch.ts';

export interface OidcClientsDependencies {
  readonly providers: Pick<LoginProviders, 'openSecret'>;
  readonly guard: Pick<EgressGuard, 'fetch'>;
  readonly clock: Clock;
}

interface KnownClient {
  readonly configuration: Configuration;
  readonly readAt: number;
}

/** For how long what a provider says of itself is believed without asking again. */
const DISCOVERY_MS = 10 * 60_000;
const TIMEOUT_SECONDS = 10;

/** The providers as the library knows them. */
export class OidcClients {
  readonly #deps: OidcClientsDependencies;
  readonly #known = onFirstUse(() => new LRUCache<string, KnownClient>({ max: 50 }));

  constructor(deps: OidcClientsDependencies) {
    this.#deps = deps;
  }

  /** @throws ProductError UNAVAILABLE when the provider cannot be asked, or says that it is another one */
  async get(provider: OidcProvider): Promise<Configuration> {
    const key = `${provider.id}:${provider.version}`;
    const now = this.#deps.clock.now();
    const known = this.#known().get(key);
    if (known !== undefined && now - known.readAt < DISCOVERY_MS) return known.configuration;
    const configuration = await this.discover(provider);
    this.#known().set(key, { configuration, readAt: now });
    return configuration;
  }

  /**
   * Asks the provider anew. The document has to be of the very issuer that was configured (Discovery 1.0 § 4.3), and what an ID
   * token says counts only under a signature by the provider's keys.
   * @throws ProductError UNAVAILABLE
   */
  async discover({ id, name, settings }: Pick<OidcProvider, 'id' | 'name' | 'settings'>): Promise<Configuration> {
    // Whoever has no provider pays nothing for it.
    const oidc = await import('openid-client');
    const { issuer, clientId } = settings;
    const secret = await this.#deps.providers.openSecret(id);
    const isPlain = new URL(issuer).protocol === 'http:';
    try {
      return await oidc.discovery(new URL(issuer), clientId, secret, secret === undefined ? oidc.None() : undefined, {
        [oidc.customFetch]: createGuardedFetch(this.#deps.guard),
        execute: [oidc.enableNonRepudiationChecks, ...(isPlain ? [oidc.allowInsecureRequests] : [])],
        timeout: TIMEOUT_SECONDS,
      });
    } catch (cause) {
      throw new ProductError(
        'UNAVAILABLE',
        `the login provider ${name} cannot be asked for its settings: check that ${issuer} is its issuer, that it is up, and that the operator allows connections to it`,
        { cause },
      );
    }
  }
}
