import Type from 'typebox';
import { Anything, DateTime, Flag, Int32, Int64, Integer, model, Text } from '../openapi/schemas.ts';
import { Registry } from '../openapi/shared-models.ts';

export const ReplicationTriggerSettings = model('ReplicationTriggerSettings', { cron: Text });
export type ReplicationTriggerSettings = Type.Static<typeof ReplicationTriggerSettings>;

export const ReplicationTrigger = model('ReplicationTrigger', {
  type: Text,
  trigger_settings: ReplicationTriggerSettings,
});
export type ReplicationTrigger = Type.Static<typeof ReplicationTrigger>;

export const ReplicationFilter = model('ReplicationFilter', {
  type: Text,
  // Harbor's document says object, and means what Go does: a text, or of labels a list of them.
  value: Anything,
  decoration: Text,
});
export type ReplicationFilter = Type.Static<typeof ReplicationFilter>;

export const ReplicationPolicy = model('ReplicationPolicy', {
  id: Int64,
  name: Text,
  description: Text,
  src_registry: Registry,
  dest_registry: Registry,
  dest_namespace: Text,
  dest_namespace_replace_count: Type.Integer({ format: 'int8' }),
  trigger: ReplicationTrigger,
  filters: Type.Array(ReplicationFilter),
  replicate_deletion: Flag,
  deletion: Flag,
  override: Flag,
  enabled: Flag,
  creation_time: DateTime,
  update_time: DateTime,
  speed: Int32,
  copy_by_chunk: Flag,
  single_active_replication: Flag,
});
export type ReplicationPolicy = Type.Static<typeof ReplicationPolicy>;

export const ReplicationExecution = model('ReplicationExecution', {
  id: Integer,
  policy_id: Integer,
  status: Text,
  trigger: Text,
  start_time: DateTime,
  end_time: DateTime,
  status_text: Text,
  total: Integer,
  failed: Integer,
  succeed: Integer,
  in_progress: Integer,
  stopped: Integer,
});
export type ReplicationExecution = Type.Static<typeof ReplicationExecution>;

export const StartReplicationExecution = model('StartReplicationExecution', { policy_id: Int64 });
export type StartReplicationExecution = Type.Static<typeof StartReplicationExecution>;

export const ReplicationTask = model('ReplicationTask', {
  id: Integer,
  execution_id: Integer,
  status: Text,
  job_id: Text,
  operation: Text,
  resource_type: Text,
  src_resource: Text,
  dst_resource: Text,
  start_time: DateTime,
  end_time: DateTime,
});
export type ReplicationTask = Type.Static<typeof ReplicationTask>;
