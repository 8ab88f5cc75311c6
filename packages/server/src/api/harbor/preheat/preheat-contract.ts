import Type from 'typebox';
import { created, ok, operation, pageOf, text } from '../openapi/operation.ts';
import { FILTER, PAGE, PAGE_SIZE, PROJECT_NAME, SORT } from '../openapi/parameters.ts';
import { Integer, Text } from '../openapi/schemas.ts';
import { Execution, Task } from '../openapi/shared-models.ts';
import { Instance, Metadata, PreheatPolicy, ProviderUnderProject } from './preheat-models.ts';

export const listProviders = operation({
  id: 'ListProviders',
  tag: 'preheat',
  method: 'GET',
  path: '/p2p/preheat/providers',
  summary: 'Preheat driver kinds',
  access: 'S preheat-instance:list',
  success: ok(Type.Array(Metadata)),
  errors: [400, 401, 403, 404, 500],
});

export const pingInstances = operation({
  id: 'PingInstances',
  tag: 'preheat',
  method: 'POST',
  path: '/p2p/preheat/instances/ping',
  summary: 'Test provider',
  access: 'S preheat-instance:read',
  body: Instance,
  success: ok(),
  errors: [400, 401, 404, 500],
});

export const listInstances = operation({
  id: 'ListInstances',
  tag: 'preheat',
  method: 'GET',
  path: '/p2p/preheat/instances',
  summary: 'Provider instances',
  access: 'S preheat-instance:list',
  query: { page: PAGE, page_size: PAGE_SIZE, q: FILTER, sort: SORT },
  success: pageOf(Instance),
  errors: [400, 401, 403, 404, 500],
});

export const createInstance = operation({
  id: 'CreateInstance',
  tag: 'preheat',
  method: 'POST',
  path: '/p2p/preheat/instances',
  summary: 'Add provider instance',
  access: 'S preheat-instance:create',
  body: Instance,
  success: created(),
  errors: [400, 401, 403, 404, 409, 500],
});

export const getInstance = operation({
  id: 'GetInstance',
  tag: 'preheat',
  method: 'GET',
  path: '/p2p/preheat/instances/{preheat_instance_name}',
  summary: 'One instance',
  access: 'S preheat-instance:read',
  params: { preheat_instance_name: Text },
  success: ok(Instance),
  errors: [400, 401, 403, 404, 500],
});

export const deleteInstance = operation({
  id: 'DeleteInstance',
  tag: 'preheat',
  method: 'DELETE',
  path: '/p2p/preheat/instances/{preheat_instance_name}',
  summary: 'Delete instance',
  access: 'S preheat-instance:delete',
  params: { preheat_instance_name: Text },
  success: ok(),
  errors: [401, 403, 404, 500],
});

export const updateInstance = operation({
  id: 'UpdateInstance',
  tag: 'preheat',
  method: 'PUT',
  path: '/p2p/preheat/instances/{preheat_instance_name}',
  summary: 'Update instance',
  access: 'S preheat-instance:update',
  params: { preheat_instance_name: Text },
  body: Instance,
  success: ok(),
  errors: [400, 401, 403, 404, 500],
});

export const createPolicy = operation({
  id: 'CreatePolicy',
  tag: 'preheat',
  method: 'POST',
  path: '/projects/{project_name}/preheat/policies',
  summary: 'New preheat policy',
  access: 'P preheat-policy:create',
  params: { project_name: PROJECT_NAME },
  body: PreheatPolicy,
  success: created(),
  errors: [400, 401, 403, 409, 500],
});

export const listPolicies = operation({
  id: 'ListPolicies',
  tag: 'preheat',
  method: 'GET',
  path: '/projects/{project_name}/preheat/policies',
  summary: 'Policies',
  access: 'P preheat-policy:list',
  params: { project_name: PROJECT_NAME },
  query: { page: PAGE, page_size: PAGE_SIZE, q: FILTER, sort: SORT },
  success: pageOf(PreheatPolicy),
  errors: [400, 401, 403, 500],
});

export const getPolicy = operation({
  id: 'GetPolicy',
  tag: 'preheat',
  method: 'GET',
  path: '/projects/{project_name}/preheat/policies/{preheat_policy_name}',
  summary: 'One policy',
  access: 'P preheat-policy:read',
  params: { project_name: PROJECT_NAME, preheat_policy_name: Text },
  success: ok(PreheatPolicy),
  errors: [400, 401, 403, 404, 500],
});

export const updatePolicy = operation({
  id: 'UpdatePolicy',
  tag: 'preheat',
  method: 'PUT',
  path: '/projects/{project_name}/preheat/policies/{preheat_policy_name}',
  summary: 'Update',
  access: 'P preheat-policy:update',
  params: { project_name: PROJECT_NAME, preheat_policy_name: Text },
  body: PreheatPolicy,
  success: ok(),
  errors: [400, 401, 403, 404, 409, 500],
});

export const manualPreheat = operation({
  id: 'ManualPreheat',
  tag: 'preheat',
  method: 'POST',
  path: '/projects/{project_name}/preheat/policies/{preheat_policy_name}',
  summary: 'Run policy now',
  access: 'P preheat-policy:read',
  params: { project_name: PROJECT_NAME, preheat_policy_name: Text },
  body: PreheatPolicy,
  success: created(),
  errors: [400, 401, 403, 404, 500],
});

export const deletePolicy = operation({
  id: 'DeletePolicy',
  tag: 'preheat',
  method: 'DELETE',
  path: '/projects/{project_name}/preheat/policies/{preheat_policy_name}',
  summary: 'Delete',
  access: 'P preheat-policy:delete',
  params: { project_name: PROJECT_NAME, preheat_policy_name: Text },
  success: ok(),
  errors: [400, 401, 403, 404, 500],
});

export const listExecutions = operation({
  id: 'ListExecutions',
  tag: 'preheat',
  method: 'GET',
  path: '/projects/{project_name}/preheat/policies/{preheat_policy_name}/executions',
  summary: 'Executions',
  access: 'P preheat-policy:list',
  params: { project_name: PROJECT_NAME, preheat_policy_name: Text },
  query: { page: PAGE, page_size: PAGE_SIZE, q: FILTER, sort: SORT },
  success: pageOf(Execution),
  errors: [400, 401, 403, 404, 500],
});

export const getExecution = operation({
  id: 'GetExecution',
  tag: 'preheat',
  method: 'GET',
  path: '/projects/{project_name}/preheat/policies/{preheat_policy_name}/executions/{execution_id}',
  summary: 'One execution',
  access: 'P preheat-policy:read',
  params: { project_name: PROJECT_NAME, preheat_policy_name: Text, execution_id: Integer },
  success: ok(Execution),
  errors: [400, 401, 403, 404, 500],
});

export const stopExecution = operation({
  id: 'StopExecution',
  tag: 'preheat',
  method: 'PATCH',
  path: '/projects/{project_name}/preheat/policies/{preheat_policy_name}/executions/{execution_id}',
  summary: 'Stop (body status)',
  access: 'P preheat-policy:update',
  params: { project_name: PROJECT_NAME, preheat_policy_name: Text, execution_id: Integer },
  body: Execution,
  success: ok(),
  errors: [400, 401, 403, 404, 500],
});

export const listTasks = operation({
  id: 'ListTasks',
  tag: 'preheat',
  method: 'GET',
  path: '/projects/{project_name}/preheat/policies/{preheat_policy_name}/executions/{execution_id}/tasks',
  summary: 'Tasks',
  access: 'P preheat-policy:list',
  params: { project_name: PROJECT_NAME, preheat_policy_name: Text, execution_id: Integer },
  query: { page: PAGE, page_size: PAGE_SIZE, q: FILTER, sort: SORT },
  success: pageOf(Task),
  errors: [400, 401, 403, 404, 500],
});

export const getPreheatLog = operation({
  id: 'GetPreheatLog',
  tag: 'preheat',
  method: 'GET',
  path: '/projects/{project_name}/preheat/policies/{preheat_policy_name}/executions/{execution_id}/tasks/{task_id}/logs',
  summary: 'Task log text',
  access: 'P preheat-policy:read',
  params: { project_name: PROJECT_NAME, preheat_policy_name: Text, execution_id: Integer, task_id: Integer },
  success: text(),
  errors: [400, 401, 403, 404, 500],
});

export const listProvidersUnderProject = operation({
  id: 'ListProvidersUnderProject',
  tag: 'preheat',
  method: 'GET',
  path: '/projects/{project_name}/preheat/providers',
  summary: 'Providers usable by project',
  access: 'P preheat-policy:list',
  params: { project_name: PROJECT_NAME },
  success: ok(Type.Array(ProviderUnderProject)),
  errors: [400, 401, 403, 404, 500],
});
