import type { Selectable } from 'kysely';
import type { WebhookPolicyRow } from '../../db/instance/webhook-rows.ts';
import { ProductError } from '../../kernel/errors.ts';

/** Of what Harbor tells, by its names. */
export const WEBHOOK_EVENTS = [
  'PUSH_ARTIFACT',
  'PULL_ARTIFACT',
  'DELETE_ARTIFACT',
  'QUOTA_EXCEED',
  'QUOTA_WARNING',
  'SCANNING_FAILED',
  'SCANNING_STOPPED',
  'SCANNING_COMPLETED',
  'REPLICATION',
  'TAG_RETENTION',
] as const;

/** In what forms each type of receiver is told; the first one is the usual one. */
export const WEBHOOK_FORMATS: Readonly<Record<string, readonly string[]>> = {
  http: ['Default', 'CloudEvents'],
  slack: ['Default'],
};

/** Who is told. */
export interface WebhookTarget {
  /** `http` or `slack`. */
  readonly type: string;
  readonly address: string;
  /** Certificates are not checked. */
  readonly isInsecure: boolean;
  readonly format: string;
  readonly hasAuthHeader: boolean;
}

export interface WebhookSettings {
  readonly name: string;
  readonly description: string;
  readonly targets: readonly WebhookTarget[];
  readonly eventTypes: readonly string[];
  readonly isEnabled: boolean;
}

/** Instants are milliseconds UTC. */
export interface WebhookPolicy extends WebhookSettings {
  readonly id: number;
  readonly projectId: number;
  readonly creator: string;
  readonly version: number;
  readonly createdAt: number;
  readonly updatedAt: number;
}

export function toWebhookPolicy(row: Omit<Selectable<WebhookPolicyRow>, 'auth_headers' | 'secret_id'>): WebhookPolicy {
  return {
    id: row.id,
    projectId: row.project_id,
    name: row.name,
    description: row.description,
    targets: JSON.parse(row.targets) as readonly WebhookTarget[],
    eventTypes: JSON.parse(row.event_types) as readonly string[],
    isEnabled: row.is_enabled !== 0,
    creator: row.creator,
    version: row.version,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}

/** Where the headers of a policy lie sealed. */
export function placeOfWebhookHeaders(secretId: string): string {
  return `webhook_policies|${secretId}|auth_headers`;
}

export function noSuchWebhookPolicy(): ProductError {
  return new ProductError('NOT_FOUND', 'the project has no such webhook policy');
}
