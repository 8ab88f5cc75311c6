import type { IdentityDependencies } from './identity.ts';
import { Directories, type DirectoryPing } from './ldap/directories.ts';
import { DirectoryPeople } from './ldap/directory-people.ts';
import type { LoginEvents } from './login-events.ts';
import type { LoginThrottle } from './login-throttle.ts';
import { OidcClients } from './oidc/oidc-clients.ts';
import { OidcSignIns, type OidcSignInsDependencies } from './oidc/oidc-sign-ins.ts';
import { type ProviderPing, pingProvider } from './oidc/ping-provider.ts';
import { SignInsUnderWay } from './oidc/sign-ins-under-way.ts';
import { ExternalAccounts, type ExternalAccountsDependencies } from './providers/external-accounts.ts';
import { LoginProviders } from './providers/login-providers.ts';
import type { Users } from './users/users.ts';

/** How people sign in elsewhere. */
export interface ProviderSignIns {
  readonly loginProviders: LoginProviders;
  readonly externalAccounts: ExternalAccounts;
  readonly oidcSignIns: OidcSignIns;
  readonly directories: Directories;
  readonly directoryPeople: DirectoryPeople;
  /** What a login provider says of itself now. @throws ProductError NOT_FOUND, UNAVAILABLE */
  pingLoginProvider(id: string): Promise<ProviderPing | DirectoryPing>;
}

export interface ProviderSignInsDependencies
  extends Pick<IdentityDependencies, 'database' | 'clock' | 'ids' | 'secrets' | 'guard'>,
    Pick<ExternalAccountsDependencies, 'onGroupsChange'>,
    Pick<OidcSignInsDependencies, 'settings' | 'sessions'> {
  readonly users: Users;
  readonly throttle: LoginThrottle;
  readonly events: LoginEvents;
}

export function createProviderSignIns(dependencies: ProviderSignInsDependencies): ProviderSignIns {
  const { database, clock, ids, secrets, guard, users, settings, sessions, throttle, events, onGroupsChange } =
    dependencies;
  const loginProviders = new LoginProviders({ database, clock, ids, secrets, users, onGroupsChange });
  const clients = new OidcClients({ providers: loginProviders, guard, clock });
  const directories = new Directories({ providers: loginProviders, guard });
  const externalAccounts = new ExternalAccounts({ database, clock, users, settings, onGroupsChange });
  return {
    loginProviders,
    externalAccounts,
    directories,
    directoryPeople: new DirectoryPeople({ providers: loginProviders, directories, accounts: externalAccounts, guard }),
    oidcSignIns: new OidcSignIns({
      ...{ clients, providers: loginProviders, accounts: externalAccounts, users, sessions, settings },
      ...{ underWay: new SignInsUnderWay(database, clock), throttle, events, ids },
    }),
    async pingLoginProvider(id) {
      const provider = await loginProviders.get(id);
      return provider.kind === 'ldap' ? directories.ping(provider) : pingProvider(clients, provider);
    },
  };
}
