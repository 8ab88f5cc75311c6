import { created, ok, operation, pageOf, text } from '../openapi/operation.ts';
import { Flag, Int64, optional, record, Text } from '../openapi/schemas.ts';
import { RetentionExecution, RetentionExecutionTask, RetentionMetadata, RetentionPolicy } from './retentions-models.ts';

export const getRentenitionMetadata = operation({
  id: 'getRentenitionMetadata',
  tag: 'Retention',
  method: 'GET',
  path: '/retentions/metadatas',
  summary: 'Tells of what the rules of a retention policy can be made.',
  access: 'A',
  success: ok(RetentionMetadata),
  errors: [],
});

export const createRetention = operation({
  id: 'createRetention',
  tag: 'Retention',
  method: 'POST',
  path: '/retentions',
  summary: 'Makes the retention policy of a project, of which it has one.',
  access: 'P tag-retention:create',
  body: RetentionPolicy,
  success: created(),
  errors: [400, 401, 403, 500],
});

export const getRetention = operation({
  id: 'getRetention',
  tag: 'Retention',
  method: 'GET',
  path: '/retentions/{id}',
  summary: 'Tells which artifacts the policy keeps.',
  access: 'P tag-retention:read',
  params: { id: Int64 },
  success: ok(RetentionPolicy),
  errors: [401, 403, 500],
});

export const updateRetention = operation({
  id: 'updateRetention',
  tag: 'Retention',
  method: 'PUT',
  path: '/retentions/{id}',
  summary: 'Puts another retention policy in the place of this one.',
  access: 'P tag-retention:update',
  params: { id: Int64 },
  body: RetentionPolicy,
  success: ok(),
  errors: [401, 403, 500],
});

export const deleteRetention = operation({
  id: 'deleteRetention',
  tag: 'Retention',
  method: 'DELETE',
  path: '/retentions/{id}',
  summary: 'Deletes a retention policy: everything is kept.',
  access: 'P tag-retention:delete',
  params: { id: Int64 },
  success: ok(),
  errors: [401, 403, 500],
});

export const triggerRetentionExecution = operation({
  id: 'triggerRetentionExecution',
  tag: 'Retention',
  method: 'POST',
  path: '/retentions/{id}/executions',
  summary: 'Asks for a run of the policy, which answers 412 as long as tag retention is not there.',
  access: 'P tag-retention:update',
  params: { id: Int64 },
  body: record({ dry_run: Flag }),
  success: [ok(), created()],
  errors: [401, 403, 500],
});

export const listRetentionExecutions = operation({
  id: 'listRetentionExecutions',
  tag: 'Retention',
  method: 'GET',
  path: '/retentions/{id}/executions',
  summary: 'Lists the runs of the policy, the newest first.',
  access: 'P tag-retention:list',
  params: { id: Int64 },
  query: { page: optional(Int64), page_size: optional(Int64) },
  success: pageOf(RetentionExecution),
  errors: [401, 403, 500],
});

export const operateRetentionExecution = operation({
  id: 'operateRetentionExecution',
  tag: 'Retention',
  method: 'PATCH',
  path: '/retentions/{id}/executions/{eid}',
  summary: 'Stops a run of the policy.',
  access: 'P tag-retention:update',
  params: { id: Int64, eid: Int64 },
  body: record({ action: Text }),
  success: ok(),
  errors: [401, 403, 500],
});

export const listRetentionTasks = operation({
  id: 'listRetentionTasks',
  tag: 'Retention',
  method: 'GET',
  path: '/retentions/{id}/executions/{eid}/tasks',
  summary: 'Lists what a run did, repository by repository.',
  access: 'P tag-retention:list',
  params: { id: Int64, eid: Int64 },
  query: { page: optional(Int64), page_size: optional(Int64) },
  success: pageOf(RetentionExecutionTask),
  errors: [401, 403, 500],
});

export const getRetentionTaskLog = operation({
  id: 'getRetentionTaskLog',
  tag: 'Retention',
  method: 'GET',
  path: '/retentions/{id}/executions/{eid}/tasks/{tid}',
  summary: 'Tells what a run wrote down of one repository.',
  access: 'P tag-retention:read',
  params: { id: Int64, eid: Int64, tid: Int64 },
  success: text(),
  errors: [401, 403, 500],
});
