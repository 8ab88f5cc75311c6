import { LRUCache } from 'lru-cache';
import type { EgressGuard } from '../../kernel/egress-guard.ts';
import { ProductError } from '../../kernel/errors.ts';
import { onFirstUse } from '../../kernel/on-first-use.ts';
import { withSearchPassword } from '../providers/ldap-provider-settings.ts';
import type { LdapProvider } from '../providers/login-provider.ts';
import type { LoginProviders } from '../providers/login-providers.ts';
import { checkLdapSettings } from './check-ldap-settings.ts';
import { LdapDirectory } from './ldap-directory.ts';

export interface DirectoriesDependencies {
  readonly providers: Pick<LoginProviders, 'openSecret'>;
  readonly guard: Pick<EgressGuard, 'lookup'>;
}

/** What comes of trying a directory out. */
export interface DirectoryPing {
  readonly url: string;
  /** What works and is a risk, a sentence each. */
  readonly risks: readonly string[];
}

const MAX_KNOWN = 50;

/** The directories of the login providers: one for each provider as it is now, so that its bounds are for all who sign in there. */
export class Directories {
  readonly #deps: DirectoriesDependencies;
  readonly #known = onFirstUse(() => new LRUCache<string, Promise<LdapDirectory>>({ max: MAX_KNOWN }));

  constructor(deps: DirectoriesDependencies) {
    this.#deps = deps;
  }

  async get(provider: LdapProvider): Promise<LdapDirectory> {
    const key = `${provider.id}:${provider.version}`;
    const known = this.#known().get(key);
    if (known !== undefined) return known;
    const opening = this.#open(provider);
    this.#known().set(key, opening);
    try {
      return await opening;
    } catch (error) {
      this.#known().delete(key);
      throw error;
    }
  }

  /** Connects, binds as the account for searches, and reads the base. @throws ProductError UNAVAILABLE, for administrators */
  async ping(provider: LdapProvider): Promise<DirectoryPing> {
    const { success, message } = await (await this.get(provider)).ping();
    if (!success) throw new ProductError('UNAVAILABLE', `the directory ${provider.name} cannot be used: ${message}`);
    const { risks } = await checkLdapSettings(withSearchPassword(provider.settings, ''));
    return { url: provider.settings.url, risks };
  }

  async #open({ id, settings }: LdapProvider): Promise<LdapDirectory> {
    const password = settings.searchDn === '' ? undefined : await this.#deps.providers.openSecret(id);
    return new LdapDirectory(withSearchPassword(settings, password ?? ''), this.#deps.guard);
  }
}
