import type { InstanceDatabase } from '../db/instance/instance-database.ts';
import type { Clock } from '../kernel/clock.ts';
import type { EgressGuard } from '../kernel/egress-guard.ts';
import type { Ids } from '../kernel/ids.ts';
import type { Secrets } from '../kernel/secrets-envelope.ts';
import type { AccessSettings } from './access-settings.ts';
import { IssuerKeys } from './federation/issuer-keys.ts';
import { Directories, type DirectoryPing } from './ldap/directories.ts';
import { DirectoryPeople } from './ldap/directory-people.ts';
import type { LoginEvents } from './login-events.ts';
import type { LoginThrottle } from './login-throttle.ts';
import type { MachineLogins } from './machine-logins.ts';
import { IdTokens } from './oidc/id-tokens.ts';
import { OidcClients } from './oidc/oidc-clients.ts';
import { OidcSignIns } from './oidc/oidc-sign-ins.ts';
import { type ProviderPing, pingIssuer, pingProvider } from './oidc/ping-provider.ts';
import { ProviderGrants } from './oidc/provider-grants.ts';
import { SignInsUnderWay } from './oidc/sign-ins-under-way.ts';
import { ExternalAccounts } from './providers/external-accounts.ts';
import { LoginProviders } from './providers/login-providers.ts';
import { LOOPBACK_HOSTS } from './providers/oidc-settings.ts';
import { OwnIdentities } from './providers/own-identities.ts';
import type { Sessions } from './sessions/sessions.ts';
import type { Users } from './users/users.ts';

/** Signing in elsewhere than here. */
export interface ProviderLogins {
  readonly loginProviders: LoginProviders;
  readonly externalAccounts: ExternalAccounts;
  readonly ownIdentities: OwnIdentities;
  readonly oidcSignIns: OidcSignIns;
  readonly idTokens: IdTokens;
  readonly providerGrants: ProviderGrants;
  /** What a login provider says of itself now. @throws ProductError NOT_FOUND, UNAVAILABLE */
  pingLoginProvider(id: string): Promise<ProviderPing | DirectoryPing>;
  /** Whether there is an OpenID Connect provider of that issuer. @throws ProductError VALIDATION, UNAVAILABLE */
  pingIssuer(issuer: string): Promise<void>;
  readonly directories: Directories;
  readonly directoryPeople: DirectoryPeople;
}

export interface ProviderLoginsDependencies {
  readonly database: InstanceDatabase;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly secrets: Secrets;
  readonly guard: Pick<EgressGuard, 'fetch' | 'lookup'>;
  readonly users: Users;
  readonly sessions: Sessions;
  readonly settings: () => Promise<AccessSettings>;
  readonly throttle: LoginThrottle;
  readonly events: LoginEvents;
  readonly logins: MachineLogins;
  readonly onGroupsChange: () => void;
  /** How old what a provider has said may be. */
  readonly refreshMs: number | undefined;
}

export function createProviderLogins(dependencies: ProviderLoginsDependencies): ProviderLogins {
  const { database, clock, ids, secrets, guard, users, sessions, settings } = dependencies;
  const { throttle, events, logins, onGroupsChange } = dependencies;
  const loginProviders = new LoginProviders({ database, clock, ids, secrets, users, onGroupsChange });
  const clients = new OidcClients({ providers: loginProviders, guard, clock });
  const directories = new Directories({ providers: loginProviders, guard });
  const ownIdentities = new OwnIdentities(database, clock);
  const externalAccounts = new ExternalAccounts({ database, clock, users, settings, onGroupsChange });
  const providerGrants = new ProviderGrants({
    ...{ database, clock, secrets, clients, providers: loginProviders, accounts: externalAccounts, users },
    ...{ onGroupsChange, refreshMs: dependencies.refreshMs },
  });
  const keys = new IssuerKeys({ guard, plainHttpHosts: LOOPBACK_HOSTS, clock });
  return {
    loginProviders,
    externalAccounts,
    ownIdentities,
    oidcSignIns: new OidcSignIns({
      ...{ clients, providers: loginProviders, accounts: externalAccounts, ownIdentities, users, sessions, settings },
      ...{ underWay: new SignInsUnderWay(database, clock), grants: providerGrants, throttle, events, ids },
    }),
    idTokens: new IdTokens({ database, clock, providers: loginProviders, keys, users, logins }),
    providerGrants,
    directories,
    directoryPeople: new DirectoryPeople({ providers: loginProviders, directories, accounts: externalAccounts, guard }),
    async pingLoginProvider(id) {
      const provider = await loginProviders.get(id);
      return provider.kind === 'ldap' ? directories.ping(provider) : pingProvider(clients, provider);
    },
    pingIssuer: (issuer) => pingIssuer(clients, issuer),
  };
}
