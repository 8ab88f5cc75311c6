import type { InstanceDatabase } from '../db/instance/instance-database.ts';
import type { Clock } from '../kernel/clock.ts';
import type { EgressGuard } from '../kernel/egress-guard.ts';
import type { Ids } from '../kernel/ids.ts';
import type { Secrets } from '../kernel/secrets-envelope.ts';
import { AccessSettingsReader } from './access-settings.ts';
import { type AccessTokens, createAccessTokens } from './access-tokens/access-tokens.ts';
import { AccountLinks } from './account-links/account-links.ts';
import { type AllCredentials, createAllCredentials } from './all-credentials.ts';
import { createProviderLogins, type ProviderLogins } from './create-provider-logins.ts';
import { createWorkloads } from './create-workloads.ts';
import { createCredentials } from './credentials.ts';
import { DeviceLogins } from './device-logins/device-logins.ts';
import { createGroups, type Groups } from './groups/groups.ts';
import { createIdentityConfiguration, type IdentityConfiguration } from './identity-configuration.ts';
import { DirectoryCredentials } from './ldap/directory-credentials.ts';
import { createFindNameOwner } from './ldap/name-owner.ts';
import { type LoginEvents, UNHEARD_LOGIN_EVENTS } from './login-events.ts';
import { createLoginThrottle } from './login-throttle.ts';
import { MachineLogins } from './machine-logins.ts';
import { MachineSubjects } from './machine-subjects.ts';
import { createPasswordHasher, type PasswordHasher } from './password-hasher.ts';
import { createRefreshTokens, type RefreshTokens } from './refresh-tokens.ts';
import { createRegistryTokens, type RegistryTokens } from './registry-tokens.ts';
import { createRobotCredentials } from './robots/robot-credentials.ts';
import { createRobots, type Robots } from './robots/robots.ts';
import { SecondFactorRule } from './second-factors/second-factor-rule.ts';
import { createSecondFactors, type SecondFactors } from './second-factors/second-factors.ts';
import { createSessions, type Sessions } from './sessions/sessions.ts';
import { createSigningKeys, type SigningKeys } from './signing-keys.ts';
import { UseNotes } from './use-notes.ts';
import { type Accounts, createAccounts } from './users/accounts.ts';
import { CliSecrets } from './users/cli-secrets.ts';
import { createUsers, type Users } from './users/users.ts';
import type { TokenExplainer } from './workload/token-explainer.ts';
import type { WorkloadRules } from './workload/workload-rules.ts';

/** Who may sign in to one instance, and the tokens that say so. */
export interface Identity extends ProviderLogins, IdentityConfiguration {
  readonly users: Users;
  readonly accounts: Accounts;
  readonly accountLinks: AccountLinks;
  readonly sessions: Sessions;
  readonly robots: Robots;
  readonly workloadRules: WorkloadRules;
  readonly tokenExplainer: TokenExplainer;
  readonly accessTokens: AccessTokens;
  readonly credentials: AllCredentials;
  readonly secondFactors: SecondFactors;
  readonly secondFactorRule: SecondFactorRule;
  readonly deviceLogins: DeviceLogins;
  readonly groups: Groups;
  readonly cliSecrets: CliSecrets;
  readonly tokens: RegistryTokens;
  readonly refreshTokens: RefreshTokens;
  readonly signingKeys: SigningKeys;
  /** Ends the password threads that are its own. The database is the caller's. */
  close(): Promise<void>;
}

export interface IdentityDependencies {
  readonly database: InstanceDatabase;
  readonly clock: Clock;
  readonly ids: Ids;
  /** The instance's own: its signing keys rest sealed. */
  readonly secrets: Secrets;
  readonly instanceId: string;
  /** The way to login providers. */
  readonly guard: Pick<EgressGuard, 'fetch' | 'lookup'>;
  /** Shared by the instances of a process and closed by its owner; without it the identity has one of its own. */
  readonly passwordHasher?: PasswordHasher | undefined;
  /** Threads of its own hasher. Default 1. */
  readonly passwordWorkers?: number | undefined;
  /** Told of sign-ins. Default: nobody is. */
  readonly loginEvents?: LoginEvents | undefined;
  /** Where links in mails lead: an origin that the operator has set. Undefined: nowhere. */
  readonly linkOrigin?: string | undefined;
  /** Hosts of issuers of workload tokens that may be reached without TLS: what of `egressAllow` is a whole name. Default: none. */
  readonly plainHttpHosts?: readonly string[] | undefined;
  /** How long registry tokens live. Default: 30 minutes. */
  readonly tokenTtlSeconds?: number | undefined;
  /** How old what a login provider said of somebody may be. Default: five minutes. */
  readonly providerRefreshMs?: number | undefined;
}

export function createIdentity(dependencies: IdentityDependencies): Identity {
  const { database, clock, ids, secrets, instanceId, guard, linkOrigin } = dependencies;
  const { passwordHasher, passwordWorkers, loginEvents: events = UNHEARD_LOGIN_EVENTS } = dependencies;
  const hasher = passwordHasher ?? createPasswordHasher({ ids, workers: passwordWorkers });
  const users = createUsers({ database, clock, hasher });
  const signingKeys = createSigningKeys({ database, clock, ids, secrets });
  const accessSettings = new AccessSettingsReader(database, clock);
  const settings = () => accessSettings.get();
  const throttle = createLoginThrottle(clock);
  const notes = new UseNotes(database, clock);
  const logins = new MachineLogins(events, clock);
  const robots = createRobots({ database, clock, ids, hasher, settings });
  const { workloadRules, workloads, tokenExplainer } = createWorkloads({ ...dependencies, throttle, events, logins });
  const accessTokens = createAccessTokens({ database, clock, ids, notes, logins });
  const passwords = createCredentials({ users, hasher, throttle, events, clock, ids });
  const sessions = createSessions({ database, clock, ids, settings });
  const groups = createGroups({ database, clock });
  const onGroupsChange = () => groups.changed();
  const providerLogins = createProviderLogins({
    ...{ database, clock, ids, secrets, guard, users, sessions, settings },
    ...{ throttle, events, logins, onGroupsChange, refreshMs: dependencies.providerRefreshMs },
  });
  return {
    ...createIdentityConfiguration({
      ...{ database, clock, accessSettings, loginProviders: providerLogins.loginProviders, users, onGroupsChange },
    }),
    users,
    accounts: createAccounts({ database, clock, hasher, users, credentials: passwords, sessions, settings }),
    accountLinks: new AccountLinks({ database, clock, ids, secrets, hasher, users, settings, linkOrigin }),
    sessions,
    robots,
    workloadRules,
    tokenExplainer,
    accessTokens,
    deviceLogins: new DeviceLogins({ database, clock, ids, throttle }),
    secondFactorRule: new SecondFactorRule({ database, clock, settings }),
    secondFactors: createSecondFactors({
      ...{ database, clock, ids, secrets, throttle, events, users, passwords, instanceId },
    }),
    groups,
    ...providerLogins,
    cliSecrets: new CliSecrets({ database, clock, ids, hasher, users }),
    signingKeys,
    credentials: createAllCredentials({
      passwords: new DirectoryCredentials({
        ...{ local: passwords, providers: providerLogins.loginProviders, directories: providerLogins.directories },
        ...{ accounts: providerLogins.externalAccounts, users, findOwner: createFindNameOwner(database) },
        ...{ throttle, events, clock, ids },
      }),
      users,
      robots: createRobotCredentials({ database, settings, hasher, throttle, events, notes, logins, clock, ids }),
      accessTokens,
      workloads,
    }),
    tokens: createRegistryTokens({
      ...{ signingKeys, users, clock, ids, instanceId, settings, defaultTtlSeconds: dependencies.tokenTtlSeconds },
      machines: new MachineSubjects({ robots, accessTokens, workloadRules, now: () => clock.now() }),
    }),
    refreshTokens: createRefreshTokens({ database, clock, ids }),
    async close() {
      await notes.settle();
      if (passwordHasher === undefined) await hasher.close();
    },
  };
}
