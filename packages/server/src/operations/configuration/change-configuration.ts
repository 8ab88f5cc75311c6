import type { InstanceTransaction } from '../../db/instance/instance-database.ts';
import { type AccessSettings, changeAccessSettings } from '../../identity/access-settings.ts';
import { applyProviderChange, type ProviderChange } from '../../identity/providers/provider-change.ts';
import type { Actor } from '../../kernel/actor.ts';
import { setQuotaDefaults } from '../../policies/quota/quota-commands.ts';
import type { QuotaDefaults } from '../../projects/quota-defaults.ts';
import { changeInstanceSettings, type InstanceSettings } from '../system/instance-settings.ts';

export interface ChangeConfigurationInput {
  /** Undefined, as the others: they stay as they are. */
  readonly access: Partial<AccessSettings> | undefined;
  readonly instance: Partial<InstanceSettings> | undefined;
  readonly quota: QuotaDefaults | undefined;
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
  { access, instance, quota, providers, actor, now }: ChangeConfigurationInput,
): Promise<void> {
  if (access !== undefined) await changeAccessSettings(context, { change: access, actor, now });
  if (instance !== undefined) await changeInstanceSettings(context, { change: instance, actor, now });
  if (quota !== undefined) await setQuotaDefaults(context, { defaults: quota, actor, now });
  for (const change of providers) await applyProviderChange(context, change);
}
