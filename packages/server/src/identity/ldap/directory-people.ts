import type { RequestOrigin } from '../../kernel/actor.ts';
import type { EgressGuard } from '../../kernel/egress-guard.ts';
import { ProductError } from '../../kernel/errors.ts';
import type { ExternalAccounts } from '../providers/external-accounts.ts';
import { readLdapSettings, withSearchPassword } from '../providers/ldap-provider-settings.ts';
import { audienceOf, type LdapProvider } from '../providers/login-provider.ts';
import type { LoginProviders } from '../providers/login-providers.ts';
import type { Directories } from './directories.ts';
import { personOf } from './directory-identity.ts';
import { type DirectoryGroup, type DirectoryUser, isSameUsername } from './directory-user.ts';
import { LdapDirectory } from './ldap-directory.ts';
import { LdapError } from './ldap-error.ts';

export interface DirectoryPeopleDependencies {
  readonly providers: Pick<LoginProviders, 'list' | 'openSecret'>;
  readonly directories: Pick<Directories, 'get'>;
  readonly accounts: Pick<ExternalAccounts, 'admit'>;
  readonly guard: Pick<EgressGuard, 'lookup'>;
}

/** Settings that somebody tries out, over those that there are. */
export interface DirectoryTrial {
  readonly settings: Readonly<Record<string, unknown>>;
  /** Undefined: the one that there is, as long as it is for the same server. */
  readonly searchPassword: string | undefined;
}

export interface FailedImport {
  readonly uid: string;
  readonly error: string;
}

/** People and groups of the first directory in the list of login providers, for who looks after the registry. */
export class DirectoryPeople {
  readonly #deps: DirectoryPeopleDependencies;

  constructor(deps: DirectoryPeopleDependencies) {
    this.#deps = deps;
  }

  /** @param trial undefined: what is set up */
  async ping(trial: DirectoryTrial | undefined): Promise<{ readonly success: boolean; readonly message: string }> {
    const provider = await this.#find();
    if (trial === undefined) {
      if (provider === undefined) return { success: false, message: 'no directory is set up' };
      return (await this.#deps.directories.get(provider)).ping();
    }
    try {
      return await (await this.#open(trial, provider)).ping();
    } catch (error) {
      if (error instanceof ProductError && error.code === 'VALIDATION')
        return { success: false, message: error.message };
      throw error;
    }
  }

  /** @throws ProductError PRECONDITION (no directory is set up), UNAVAILABLE */
  async searchUsers(text: string): Promise<readonly DirectoryUser[]> {
    return this.#ask((directory) => directory.searchUsers(text));
  }

  /** @throws ProductError as `searchUsers` */
  async searchGroups(query: { readonly name: string } | { readonly dn: string }): Promise<readonly DirectoryGroup[]> {
    return this.#ask((directory) => directory.searchGroups(query));
  }

  /**
   * Makes accounts for people of the directory before they sign in. Who has one keeps it as it is.
   * @returns those for whom there is none
   * @throws ProductError as `searchUsers`
   */
  async importUsers(names: readonly string[], from: RequestOrigin): Promise<readonly FailedImport[]> {
    const found = await this.#ask((directory) => directory.findUsers(names));
    const provider = await this.#get();
    const failed: FailedImport[] = [];
    for (const uid of new Set(names)) {
      const person = found.find(({ username }) => isSameUsername(username, uid));
      const error = person === undefined ? 'unknown_user' : await this.#import(provider, person, from);
      if (error !== undefined) failed.push({ uid, error });
    }
    return failed;
  }

  async #import(provider: LdapProvider, person: DirectoryUser, from: RequestOrigin): Promise<string | undefined> {
    const identity = { ...personOf(provider, person), groups: undefined, isAdministrator: undefined };
    const admission = await this.#deps.accounts.admit({ identity, username: person.username.normalize('NFKC'), from });
    if (admission.kind !== 'name-wanted') return undefined;
    return admission.isTaken ? 'duplicate_user' : 'invalid_username';
  }

  async #open(
    { settings, searchPassword }: DirectoryTrial,
    provider: LdapProvider | undefined,
  ): Promise<LdapDirectory> {
    const wanted = await readLdapSettings({ ...provider?.settings, ...settings });
    const isSame = provider !== undefined && audienceOf(provider) === audienceOf({ kind: 'ldap', settings: wanted });
    const kept = isSame ? await this.#deps.providers.openSecret(provider.id) : undefined;
    const password = wanted.searchDn === '' ? '' : (searchPassword ?? kept ?? '');
    return new LdapDirectory(withSearchPassword(wanted, password), this.#deps.guard);
  }

  async #ask<Result>(question: (directory: LdapDirectory) => Promise<Result>): Promise<Result> {
    const directory = await this.#deps.directories.get(await this.#get());
    try {
      return await question(directory);
    } catch (error) {
      if (!(error instanceof LdapError)) throw error;
      throw new ProductError('UNAVAILABLE', 'the directory cannot be asked: POST /api/v2.0/ldap/ping says why', {
        cause: error,
      });
    }
  }

  async #get(): Promise<LdapProvider> {
    const provider = await this.#find();
    if (provider !== undefined) return provider;
    throw new ProductError('PRECONDITION', 'no directory is set up: add a login provider of the kind ldap');
  }

  async #find(): Promise<LdapProvider | undefined> {
    return (await this.#deps.providers.list()).find((provider) => provider.kind === 'ldap');
  }
}
