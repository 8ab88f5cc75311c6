import type { Selectable } from 'kysely';
import type { ReplicationPolicyRow } from '../../db/instance/remote-rows.ts';
import { ProductError } from '../../kernel/errors.ts';

export type ReplicationTriggerKind = 'manual' | 'scheduled' | 'event_based';

/** What is copied: of names and tags a pattern, of labels names, of resources a kind. */
export interface ReplicationFilter {
  readonly type: 'name' | 'tag' | 'label' | 'resource';
  readonly value: string | readonly string[];
  /** Absent: `matches`. */
  readonly decoration?: 'matches' | 'excludes' | undefined;
}

/** What is kept of a policy as one document. */
export interface ReplicationSettings {
  /** Empty: the namespace of the source. */
  readonly destNamespace: string;
  /** How many parts of the source's name the namespace takes the place of; -1: all but the last. */
  readonly replaceCount: number;
  /** `cron` of a schedule: six fields, UTC. */
  readonly trigger: { readonly kind: ReplicationTriggerKind; readonly cron?: string | undefined };
  readonly filters: readonly ReplicationFilter[];
  readonly replicatesDeletion: boolean;
  readonly overrides: boolean;
  /** Kilobytes a second of each copy; 0 or -1: no limit. */
  readonly speed: number;
  readonly copiesByChunk: boolean;
  /** A run is skipped while another one is under way. */
  readonly runsAlone: boolean;
}

export interface WantedReplicationPolicy {
  readonly name: string;
  readonly description: string;
  /** Undefined: this registry. */
  readonly srcRegistryId: number | undefined;
  readonly destRegistryId: number | undefined;
  readonly isEnabled: boolean;
  readonly settings: ReplicationSettings;
}

/** Instants are milliseconds UTC. */
export interface ReplicationPolicy extends WantedReplicationPolicy {
  readonly id: number;
  readonly createdAt: number;
  readonly updatedAt: number;
}

export function toReplicationPolicy(row: Selectable<ReplicationPolicyRow>): ReplicationPolicy {
  return {
    id: row.id,
    name: row.name,
    description: row.description,
    srcRegistryId: row.src_registry_id ?? undefined,
    destRegistryId: row.dest_registry_id ?? undefined,
    isEnabled: row.is_enabled !== 0,
    settings: JSON.parse(row.settings) as ReplicationSettings,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}

export function noSuchReplicationPolicy(id: number): ProductError {
  return new ProductError('NOT_FOUND', `replication policy ${id} not found`);
}
