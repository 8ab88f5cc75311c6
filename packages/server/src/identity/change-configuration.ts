import type { InstanceTransaction } from '../db/instance/instance-database.ts';
import type { Actor } from '../kernel/actor.ts';
import { type AccessSettings, changeAccessSettings } from './access-settings.ts';
import { applyProviderChange, type ProviderChange } from './providers/provider-change.ts';

export interface ChangeConfigurationInput {
  /** Undefined: they stay as they are. */
  readonly access: Partial<AccessSettings> | undefined;
  readonly providers: readonly ProviderChange[];
  readonly actor: Actor;
  readonly now: number;
}

/**
 * Settings of access and login providers that somebody changed at once: all of it, or nothing.
 * @throws ProductError NOT_FOUND, CONFLICT
 */
export async function changeConfiguration(
  context: InstanceTransaction,
  { access, providers, actor, now }: ChangeConfigurationInput,
): Promise<void> {
  if (access !== undefined) await changeAccessSettings(context, { change: access, actor, now });
  for (const change of providers) await applyProviderChange(context, change);
}
