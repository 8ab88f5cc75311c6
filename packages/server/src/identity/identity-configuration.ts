import type { InstanceDatabase } from '../db/instance/instance-database.ts';
import type { Actor } from '../kernel/actor.ts';
import type { Clock } from '../kernel/clock.ts';
import { type AccessSettings, type AccessSettingsReader, changeAccessSettings } from './access-settings.ts';
import { OpenIdConnect } from './open-id-connect/open-id-connect.ts';
import type { LoginProviders } from './providers/login-providers.ts';
import type { Users } from './users/users.ts';

/** What an instance's administrators decide about signing in. */
export interface IdentityConfiguration {
  readonly accessSettings: AccessSettingsReader;
  /**
   * Values are checked by the caller.
   * @returns the settings as they are now
   * @throws ProductError CONFLICT when names of users begin with the new prefix of robots.
   */
  changeAccessSettings(change: Partial<AccessSettings>, actor: Actor): Promise<AccessSettings>;
  /** OVH's object for single sign-on. */
  readonly openIdConnect: OpenIdConnect;
}

export interface IdentityConfigurationDependencies {
  readonly database: InstanceDatabase;
  readonly clock: Clock;
  readonly accessSettings: AccessSettingsReader;
  readonly loginProviders: LoginProviders;
  readonly users: Users;
  readonly onGroupsChange: () => void;
}

export function createIdentityConfiguration(dependencies: IdentityConfigurationDependencies): IdentityConfiguration {
  const { database, clock, accessSettings, loginProviders, users, onGroupsChange } = dependencies;
  return {
    accessSettings,
    async changeAccessSettings(change, actor) {
      const changed = await database.execute(changeAccessSettings, { change, actor, now: clock.now() });
      accessSettings.forget();
      return changed;
    },
    openIdConnect: new OpenIdConnect({ database, clock, loginProviders, users, onGroupsChange }),
  };
}
