import type { InstanceTransaction } from '../../db/instance/instance-database.ts';
import { type AccessSettings, changeAccessSettings } from '../../identity/access-settings.ts';
import { applyProviderChange, type ProviderChange } from '../../identity/providers/provider-change.ts';
import type { Actor } from '../../kernel/actor.ts';
import { setQuotaDefaults } from '../../policies/quota/quota-commands.ts';
import type { QuotaDefaults } from '../../projects/quota-defaults.ts';
import { type AuditSettings, setAuditSettings } from '../audit-events/audit-settings.ts';
import { removeForwarding, setForwarding } from '../audit-events/forwarding/forwarding-rows.ts';
import type { ForwardingTarget } from '../audit-events/forwarding/forwarding-target.ts';
import { changeInstanceSettings, type InstanceSettings } from '../system/instance-settings.ts';

/** What is not there stays as it is. */
export interface AuditChange {
  readonly settings?: AuditSettings;
  /** One that is sent no secret; null: nothing is forwarded. */
  readonly target?: ForwardingTarget | null;
}

export interface ChangeConfigurationInput {
  /** Undefined, as the others: they stay as they are. */
  readonly access: Partial<AccessSettings> | undefined;
  readonly instance: Partial<InstanceSettings> | undefined;
  readonly quota: QuotaDefaults | undefined;
  readonly audit: AuditChange | undefined;
  readonly providers: readonly ProviderChange[];
  readonly actor: Actor;
  readonly now: number;
}

/**
 * Settings and login providers that somebody changed at once: all of it, or nothing.
 * @throws ProductError NOT_FOUND, CONFLICT
 */
export async function changeConfiguration(
  context: InstanceTransaction,
  { access, instance, quota, audit, providers, actor, now }: ChangeConfigurationInput,
): Promise<void> {
  if (access !== undefined) await changeAccessSettings(context, { change: access, actor, now });
  if (instance !== undefined) await changeInstanceSettings(context, { change: instance, actor, now });
  if (quota !== undefined) await setQuotaDefaults(context, { defaults: quota, actor, now });
  if (audit !== undefined) await changeAudit(context, audit, { actor, now });
  for (const change of providers) await applyProviderChange(context, change);
}

async function changeAudit(
  context: InstanceTransaction,
  { settings, target }: AuditChange,
  by: { readonly actor: Actor; readonly now: number },
): Promise<void> {
  if (settings !== undefined) await setAuditSettings(context, { settings, ...by });
  if (target === null) await removeForwarding(context, by);
  else if (target !== undefined) await setForwarding(context, { isEnabled: true, target, secret: null, ...by });
}
