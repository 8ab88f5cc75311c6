import type { InstanceDatabase } from '../db/instance/instance-database.ts';
import type { Clock } from '../kernel/clock.ts';
import type { EgressGuard } from '../kernel/egress-guard.ts';
import { IssuerKeys } from './federation/issuer-keys.ts';
import type { LoginEvents } from './login-events.ts';
import type { LoginThrottle } from './login-throttle.ts';
import type { MachineLogins } from './machine-logins.ts';
import { TokenExplainer } from './workload/token-explainer.ts';
import { WorkloadCredentials } from './workload/workload-credentials.ts';
import { WorkloadRules } from './workload/workload-rules.ts';

export interface WorkloadsDependencies {
  readonly database: InstanceDatabase;
  readonly clock: Clock;
  readonly guard: Pick<EgressGuard, 'fetch'>;
  /** Hosts of issuers that may be reached without TLS. */
  readonly plainHttpHosts?: readonly string[] | undefined;
  readonly throttle: LoginThrottle;
  readonly events: LoginEvents;
  readonly logins: MachineLogins;
}

/** Pipelines and pods that show tokens of their own issuers. */
export function createWorkloads(dependencies: WorkloadsDependencies): {
  readonly workloadRules: WorkloadRules;
  readonly workloads: WorkloadCredentials;
  readonly tokenExplainer: TokenExplainer;
} {
  const { database, clock, guard, plainHttpHosts = [], throttle, events, logins } = dependencies;
  const workloadRules = new WorkloadRules({ database, clock, plainHttpHosts });
  const issuerKeys = new IssuerKeys({ guard, clock, plainHttpHosts });
  const workloads = new WorkloadCredentials({ rules: workloadRules, issuerKeys, throttle, events, logins, clock });
  return { workloadRules, workloads, tokenExplainer: new TokenExplainer({ issuerKeys, clock }) };
}
