import type { InstanceDatabase } from '../db/instance/instance-database.ts';
import type { Clock } from '../kernel/clock.ts';
import { ImmutableRules } from './immutability/immutable-rules.ts';
import { Quotas } from './quota/quotas.ts';
import { Retentions } from './retention/retentions.ts';

export interface PoliciesDeps {
  readonly database: InstanceDatabase;
  readonly clock: Clock;
}

/** What projects allow, forbid and keep. Who may do what is judged by the callers. */
export interface Policies {
  readonly immutableRules: ImmutableRules;
  readonly quotas: Quotas;
  readonly retentions: Retentions;
}

export function createPolicies(deps: PoliciesDeps): Policies {
  return { immutableRules: new ImmutableRules(deps), quotas: new Quotas(deps), retentions: new Retentions(deps) };
}
