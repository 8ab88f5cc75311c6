import type { ShownRegistry } from '../../../operations/registries/registries.ts';
import type {
  ReplicationExecution as Run,
  ReplicationTask as Task,
} from '../../../operations/replication/replication.ts';
import type { ReplicationPolicy as Policy } from '../../../operations/replication/replication-policy.ts';
import type { Registry } from '../openapi/shared-models.ts';
import { renderRegistry } from '../registries/render-registry.ts';
import type { ReplicationExecution, ReplicationPolicy, ReplicationTask } from './replication-models.ts';

/** How Harbor shows the registry itself. */
const LOCAL: Registry = { id: 0, name: 'Local', type: 'harbor', status: 'healthy' };

const STATUS = {
  pending: 'InProgress',
  running: 'InProgress',
  success: 'Succeed',
  error: 'Failed',
  stopped: 'Stopped',
};
const TASK_STATUS = { ...STATUS, pending: 'Pending', dead: 'Failed' };
const TRIGGER = { manual: 'manual', schedule: 'scheduled', event: 'event_based' };

export function renderReplicationPolicy(
  policy: Policy,
  registries: ReadonlyMap<number, ShownRegistry>,
): ReplicationPolicy {
  const { settings } = policy;
  const { trigger } = settings;
  const registryOf = (id: number | undefined): Registry => {
    const registry = id === undefined ? undefined : registries.get(id);
    return registry === undefined ? LOCAL : renderRegistry(registry);
  };
  return {
    id: policy.id,
    name: policy.name,
    description: policy.description,
    src_registry: registryOf(policy.srcRegistryId),
    dest_registry: registryOf(policy.destRegistryId),
    dest_namespace: settings.destNamespace,
    dest_namespace_replace_count: settings.replaceCount,
    trigger: {
      type: trigger.kind,
      trigger_settings: { ...(trigger.cron !== undefined && { cron: trigger.cron }) },
    },
    filters: settings.filters.map(({ type, value, decoration }) => ({
      type,
      value,
      ...(decoration !== undefined && { decoration }),
    })),
    replicate_deletion: settings.replicatesDeletion,
    deletion: settings.replicatesDeletion,
    override: settings.overrides,
    enabled: policy.isEnabled,
    speed: settings.speed,
    copy_by_chunk: settings.copiesByChunk,
    single_active_replication: settings.runsAlone,
    creation_time: new Date(policy.createdAt).toISOString(),
    update_time: new Date(policy.updatedAt).toISOString(),
  };
}

export function renderReplicationExecution(run: Run): ReplicationExecution {
  const { jobCounts } = run;
  const counts = { ...jobCounts };
  return {
    id: run.id,
    policy_id: Number(run.subject),
    status: STATUS[run.status],
    status_text: run.message ?? '',
    trigger: TRIGGER[run.trigger],
    start_time: new Date(run.startedAt ?? run.createdAt).toISOString(),
    ...(run.endedAt !== undefined && { end_time: new Date(run.endedAt).toISOString() }),
    total: Object.values(counts).reduce((sum, count) => sum + count, 0),
    succeed: counts.success ?? 0,
    failed: (counts.error ?? 0) + (counts.dead ?? 0),
    in_progress: (counts.pending ?? 0) + (counts.running ?? 0),
    stopped: counts.stopped ?? 0,
  };
}

export function renderReplicationTask(executionId: number, task: Task): ReplicationTask {
  const textOf = (name: string) => String(task.parameters[name] ?? '');
  return {
    id: task.id,
    execution_id: executionId,
    job_id: String(task.id),
    status: TASK_STATUS[task.status],
    operation: textOf('operation'),
    resource_type: textOf('resourceType'),
    src_resource: textOf('source'),
    dst_resource: textOf('destination'),
    start_time: new Date(task.startedAt ?? task.createdAt).toISOString(),
    ...(task.endedAt !== undefined && { end_time: new Date(task.endedAt).toISOString() }),
  };
}
