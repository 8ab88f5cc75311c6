import type { InstanceCommand, InstancePushGate } from '../db/instance/instance-database.ts';
import { immutabilityGate } from './immutability/immutability-gate.ts';
import {
  createImmutableRule,
  deleteImmutableRule,
  updateImmutableRule,
} from './immutability/immutable-rule-commands.ts';
import { setStorageLimit } from './quota/quota-commands.ts';
import { quotaGate } from './quota/quota-gate.ts';
import { createRetention, deleteRetention, updateRetention } from './retention/retention-commands.ts';

// Inputs differ: whoever calls a command by its function has them checked there.
// biome-ignore lint/suspicious/noExplicitAny: a list of functions of different inputs
type AnyCommand = InstanceCommand<any, unknown>;

/** What projects forbid, asked by every write of content. */
export const POLICY_GATES: readonly InstancePushGate[] = [immutabilityGate, quotaGate];

/** The writes of policies. */
export const POLICY_COMMANDS: readonly AnyCommand[] = [
  createImmutableRule,
  createRetention,
  deleteImmutableRule,
  deleteRetention,
  setStorageLimit,
  updateImmutableRule,
  updateRetention,
];
