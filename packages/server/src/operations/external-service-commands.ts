import type { InstanceCommand } from '../db/instance/instance-database.ts';
import { createRemoteRegistry, deleteRemoteRegistry, updateRemoteRegistry } from './registries/registry-commands.ts';
import {
  createReplicationPolicy,
  deleteReplicationPolicy,
  updateReplicationPolicy,
} from './replication/replication-policy-commands.ts';
import {
  createScanner,
  deleteScanner,
  setDefaultScanner,
  setProjectScanner,
  updateScanner,
} from './scanning/scanner-commands.ts';
import { createWebhookPolicy, deleteWebhookPolicy, updateWebhookPolicy } from './webhooks/webhook-commands.ts';

// Inputs differ: whoever calls a command by its function has them checked there.
// biome-ignore lint/suspicious/noExplicitAny: a list of functions of different inputs
type AnyCommand = InstanceCommand<any, unknown>;

/** What changes what an instance knows of services elsewhere. */
export const EXTERNAL_SERVICE_COMMANDS: readonly AnyCommand[] = [
  createRemoteRegistry,
  deleteRemoteRegistry,
  updateRemoteRegistry,
  createReplicationPolicy,
  deleteReplicationPolicy,
  updateReplicationPolicy,
  createScanner,
  deleteScanner,
  setDefaultScanner,
  setProjectScanner,
  updateScanner,
  createWebhookPolicy,
  deleteWebhookPolicy,
  updateWebhookPolicy,
];
