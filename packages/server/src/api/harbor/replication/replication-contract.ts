import { created, ok, operation, pageOf, text } from '../openapi/operation.ts';
import { FILTER, PAGE, PAGE_SIZE, SORT } from '../openapi/parameters.ts';
import { Int64, Integer, optional, Text } from '../openapi/schemas.ts';
import {
  ReplicationExecution,
  ReplicationPolicy,
  ReplicationTask,
  StartReplicationExecution,
} from './replication-models.ts';

export const listReplicationPolicies = operation({
  id: 'listReplicationPolicies',
  tag: 'replication',
  method: 'GET',
  path: '/replication/policies',
  summary: 'Lists the policies by which content is copied between registries.',
  access: 'S replication-policy:list',
  query: { q: FILTER, sort: SORT, page: PAGE, page_size: PAGE_SIZE, name: optional(Text) },
  success: pageOf(ReplicationPolicy),
  errors: [401, 403, 500],
});

export const createReplicationPolicy = operation({
  id: 'createReplicationPolicy',
  tag: 'replication',
  method: 'POST',
  path: '/replication/policies',
  summary: 'Adds a policy by which content is copied to or from a registry elsewhere.',
  access: 'S replication-policy:create',
  body: ReplicationPolicy,
  success: created(),
  errors: [400, 401, 403, 409, 500],
});

export const getReplicationPolicy = operation({
  id: 'getReplicationPolicy',
  tag: 'replication',
  method: 'GET',
  path: '/replication/policies/{id}',
  summary: 'Shows a policy.',
  access: 'S replication-policy:read',
  params: { id: Int64 },
  success: ok(ReplicationPolicy),
  errors: [401, 403, 500],
});

export const deleteReplicationPolicy = operation({
  id: 'deleteReplicationPolicy',
  tag: 'replication',
  method: 'DELETE',
  path: '/replication/policies/{id}',
  summary: 'Deletes a policy that is not running.',
  access: 'S replication-policy:delete',
  params: { id: Int64 },
  success: ok(),
  errors: [401, 403, 404, 412, 500],
});

export const updateReplicationPolicy = operation({
  id: 'updateReplicationPolicy',
  tag: 'replication',
  method: 'PUT',
  path: '/replication/policies/{id}',
  summary: 'Replaces a policy.',
  access: 'S replication-policy:update',
  params: { id: Int64 },
  body: ReplicationPolicy,
  success: ok(),
  errors: [400, 401, 403, 404, 409, 500],
});

export const listReplicationExecutions = operation({
  id: 'listReplicationExecutions',
  tag: 'replication',
  method: 'GET',
  path: '/replication/executions',
  summary: 'Lists the runs of policies, newest first.',
  access: 'S replication:list',
  query: {
    sort: SORT,
    page: PAGE,
    page_size: PAGE_SIZE,
    policy_id: optional(Integer),
    status: optional(Text),
    trigger: optional(Text),
  },
  success: pageOf(ReplicationExecution),
  errors: [401, 403, 500],
});

export const startReplication = operation({
  id: 'startReplication',
  tag: 'replication',
  method: 'POST',
  path: '/replication/executions',
  summary: 'Runs a policy.',
  access: 'S replication:create',
  body: StartReplicationExecution,
  success: created(),
  errors: [400, 401, 403, 500],
});

export const getReplicationExecution = operation({
  id: 'getReplicationExecution',
  tag: 'replication',
  method: 'GET',
  path: '/replication/executions/{id}',
  summary: 'Shows a run.',
  access: 'S replication:read',
  params: { id: Int64 },
  success: ok(ReplicationExecution),
  errors: [401, 403, 404, 500],
});

export const stopReplication = operation({
  id: 'stopReplication',
  tag: 'replication',
  method: 'PUT',
  path: '/replication/executions/{id}',
  summary: 'Stops a run.',
  access: 'S replication:create',
  params: { id: Int64 },
  success: ok(),
  errors: [401, 403, 404, 500],
});

export const listReplicationTasks = operation({
  id: 'listReplicationTasks',
  tag: 'replication',
  method: 'GET',
  path: '/replication/executions/{id}/tasks',
  summary: 'Lists the copies of a run.',
  access: 'S replication:list',
  params: { id: Int64 },
  query: { sort: SORT, page: PAGE, page_size: PAGE_SIZE, status: optional(Text), resource_type: optional(Text) },
  success: pageOf(ReplicationTask),
  errors: [401, 403, 500],
});

export const getReplicationLog = operation({
  id: 'getReplicationLog',
  tag: 'replication',
  method: 'GET',
  path: '/replication/executions/{id}/tasks/{task_id}/log',
  summary: 'Shows what a copy has logged.',
  access: 'S replication:read',
  params: { id: Int64, task_id: Int64 },
  success: text(),
  errors: [401, 403, 404, 500],
});
