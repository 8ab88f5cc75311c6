import { systemActor } from '../kernel/actor.ts';
import type { AdministerNetworkRules } from './admin-network-rules.ts';
import { withAdministeredInstance } from './with-administered-instance.ts';

/** Opens the instance beside a server that may be running, and reads or replaces its rules there. */
export const setInstanceNetworkRules: AdministerNetworkRules = (config, instanceId, rules) =>
  withAdministeredInstance(config, instanceId, async ({ networkRules }) => {
    if (rules === undefined) return networkRules.find();
    return networkRules.set(rules, { actor: systemActor('admin network-rules'), isForced: true });
  });
