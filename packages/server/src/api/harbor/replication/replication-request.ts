import { ProductError } from '../../../kernel/errors.ts';
import type {
  ReplicationFilter as Filter,
  ReplicationTriggerKind,
  WantedReplicationPolicy,
} from '../../../operations/replication/replication-policy.ts';
import type { ReplicationFilter, ReplicationPolicy } from './replication-models.ts';

/** A policy as a client wants it. What it is allowed to be, the policy's own rules say. */
export function readReplicationPolicy(body: ReplicationPolicy): WantedReplicationPolicy {
  const cron = body.trigger?.trigger_settings?.cron;
  return {
    name: body.name ?? '',
    description: body.description ?? '',
    // 0 is this registry.
    srcRegistryId: body.src_registry?.id || undefined,
    destRegistryId: body.dest_registry?.id || undefined,
    isEnabled: body.enabled ?? false,
    settings: {
      destNamespace: body.dest_namespace ?? '',
      replaceCount: body.dest_namespace_replace_count ?? -1,
      trigger: {
        kind: (body.trigger?.type || 'manual') as ReplicationTriggerKind,
        ...(cron ? { cron } : {}),
      },
      filters: (body.filters ?? []).map(readFilter),
      replicatesDeletion: body.replicate_deletion ?? body.deletion ?? false,
      overrides: body.override ?? false,
      speed: body.speed ?? 0,
      copiesByChunk: body.copy_by_chunk ?? false,
      runsAlone: body.single_active_replication ?? false,
    },
  };
}

function readFilter({ type = '', value, decoration }: ReplicationFilter): Filter {
  if (typeof value !== 'string' && !Array.isArray(value)) {
    throw new ProductError('BAD_REQUEST', 'the value of a filter is a text, or of labels a list of names');
  }
  return {
    type: type as Filter['type'],
    value: value as Filter['value'],
    ...(decoration ? { decoration: decoration as NonNullable<Filter['decoration']> } : {}),
  };
}
