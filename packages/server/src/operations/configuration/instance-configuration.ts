import type { WantedNotes } from '../../content/pulls/record-pulls.ts';
import type { InstanceDatabase } from '../../db/instance/instance-database.ts';
import type { AccessSettings } from '../../identity/access-settings.ts';
import type { Identity } from '../../identity/identity.ts';
import type { AskedProvider } from '../../identity/providers/login-providers.ts';
import type { Actor } from '../../kernel/actor.ts';
import type { Clock } from '../../kernel/clock.ts';
import type { QuotaDefaults } from '../../projects/quota-defaults.ts';
import type { AuditEvents } from '../audit-events/audit-events.ts';
import type { AuditSettings } from '../audit-events/audit-settings.ts';
import type { AuditForwarding } from '../audit-events/forwarding/audit-forwarding.ts';
import type { ForwardingTarget } from '../audit-events/forwarding/forwarding-target.ts';
import { type InstanceSettings, InstanceSettingsReader } from '../system/instance-settings.ts';
import { type AuditChange, changeConfiguration } from './change-configuration.ts';

/** Values of settings are checked by the caller. */
export interface ConfigurationChange {
  /** Undefined, as the others: they stay as they are. */
  readonly access: Partial<AccessSettings> | undefined;
  readonly instance: Partial<InstanceSettings> | undefined;
  readonly quota: QuotaDefaults | undefined;
  readonly audit: AuditChange | undefined;
  readonly providers: readonly AskedProvider[];
}

export interface InstanceConfigurationDependencies {
  readonly database: InstanceDatabase;
  readonly clock: Clock;
  readonly identity: Pick<Identity, 'accessSettings' | 'loginProviders'>;
  readonly auditEvents: Pick<AuditEvents, 'settings' | 'reloadSettings'>;
  /** Where the audit log is forwarded to by now. */
  readonly forwarding: () => Pick<AuditForwarding, 'status' | 'changed'>;
}

/** What administrators decide of an instance, wherever it is kept. */
export class InstanceConfiguration {
  readonly settings: InstanceSettingsReader;
  readonly #deps: InstanceConfigurationDependencies;

  constructor(deps: InstanceConfigurationDependencies) {
    this.#deps = deps;
    this.settings = new InstanceSettingsReader(deps.database, deps.clock);
  }

  /** What is noted of pulls. */
  async findWantedNotes(): Promise<WantedNotes> {
    const { notesPullTimes: times, countsPulls: counts } = await this.settings.get();
    return { times, counts };
  }

  /** What is recorded of pulls, and where the log is forwarded to. */
  async auditSettings(): Promise<AuditSettings & { readonly target: ForwardingTarget | undefined }> {
    const { auditEvents, forwarding } = this.#deps;
    const status = await forwarding().status();
    return { ...(await auditEvents.settings()), target: status?.isEnabled === true ? status.target : undefined };
  }

  /**
   * Changes all of it at once, or nothing.
   * @throws ProductError VALIDATION, NOT_FOUND, CONFLICT
   */
  async change({ providers: asked, ...settings }: ConfigurationChange, actor: Actor): Promise<void> {
    const { database, clock, identity, auditEvents, forwarding } = this.#deps;
    const { accessSettings, loginProviders } = identity;
    const providers = await loginProviders.prepare(asked, actor);
    await database.execute(changeConfiguration, { ...settings, providers, actor, now: clock.now() });
    accessSettings.forget();
    this.settings.forget();
    loginProviders.forget();
    if (settings.audit?.settings !== undefined) await auditEvents.reloadSettings();
    if (settings.audit?.target !== undefined) await forwarding().changed();
  }
}
