import Type from 'typebox';
import { created, ok, operation, pageOf, text } from '../openapi/operation.ts';
import { FILTER, IS_RESOURCE_NAME, PAGE, PAGE_SIZE, PROJECT_NAME_OR_ID, SORT } from '../openapi/parameters.ts';
import { Int64, Integer, optional, Text } from '../openapi/schemas.ts';
import { Execution, Task } from '../openapi/shared-models.ts';
import { SupportedWebhookEventTypes, WebhookJob, WebhookLastTrigger, WebhookPolicy } from './webhooks-models.ts';

export const listWebhookPoliciesOfProject = operation({
  id: 'ListWebhookPoliciesOfProject',
  tag: 'webhook',
  method: 'GET',
  path: '/projects/{project_name_or_id}/webhook/policies',
  summary: 'Lists whom the project tells of what happens in it.',
  access: 'P notification-policy:list',
  params: { project_name_or_id: PROJECT_NAME_OR_ID },
  query: { sort: SORT, q: FILTER, page: PAGE, page_size: PAGE_SIZE },
  headers: { 'x-is-resource-name': IS_RESOURCE_NAME },
  success: pageOf(WebhookPolicy),
  errors: [400, 401, 403, 500],
});

export const createWebhookPolicyOfProject = operation({
  id: 'CreateWebhookPolicyOfProject',
  tag: 'webhook',
  method: 'POST',
  path: '/projects/{project_name_or_id}/webhook/policies',
  summary: 'Makes a policy that says whom the project tells of what happens in it; nothing is sent yet.',
  access: 'P notification-policy:create',
  params: { project_name_or_id: PROJECT_NAME_OR_ID },
  headers: { 'x-is-resource-name': IS_RESOURCE_NAME },
  body: WebhookPolicy,
  success: created(),
  errors: [400, 401, 403, 500],
});

export const getWebhookPolicyOfProject = operation({
  id: 'GetWebhookPolicyOfProject',
  tag: 'webhook',
  method: 'GET',
  path: '/projects/{project_name_or_id}/webhook/policies/{webhook_policy_id}',
  summary: 'Tells of one webhook policy; the headers of its targets are hidden.',
  access: 'P notification-policy:read',
  params: { project_name_or_id: PROJECT_NAME_OR_ID, webhook_policy_id: Int64 },
  headers: { 'x-is-resource-name': IS_RESOURCE_NAME },
  success: ok(WebhookPolicy),
  errors: [400, 401, 403, 404, 500],
});

export const updateWebhookPolicyOfProject = operation({
  id: 'UpdateWebhookPolicyOfProject',
  tag: 'webhook',
  method: 'PUT',
  path: '/projects/{project_name_or_id}/webhook/policies/{webhook_policy_id}',
  summary: 'Changes a webhook policy as a whole; a hidden header stays for the same address.',
  access: 'P notification-policy:update',
  params: { project_name_or_id: PROJECT_NAME_OR_ID, webhook_policy_id: Int64 },
  headers: { 'x-is-resource-name': IS_RESOURCE_NAME },
  body: WebhookPolicy,
  success: ok(),
  errors: [400, 401, 403, 404, 500],
});

export const deleteWebhookPolicyOfProject = operation({
  id: 'DeleteWebhookPolicyOfProject',
  tag: 'webhook',
  method: 'DELETE',
  path: '/projects/{project_name_or_id}/webhook/policies/{webhook_policy_id}',
  summary: 'Deletes a webhook policy.',
  access: 'P notification-policy:delete',
  params: { project_name_or_id: PROJECT_NAME_OR_ID, webhook_policy_id: Int64 },
  headers: { 'x-is-resource-name': IS_RESOURCE_NAME },
  success: ok(),
  errors: [400, 401, 403, 404, 500],
});

export const listExecutionsOfWebhookPolicy = operation({
  id: 'ListExecutionsOfWebhookPolicy',
  tag: 'webhook',
  method: 'GET',
  path: '/projects/{project_name_or_id}/webhook/policies/{webhook_policy_id}/executions',
  summary: 'Lists what was told by the policy.',
  access: 'P notification-policy:read',
  params: { project_name_or_id: PROJECT_NAME_OR_ID, webhook_policy_id: Int64 },
  query: { page: PAGE, page_size: PAGE_SIZE, q: FILTER, sort: SORT },
  headers: { 'x-is-resource-name': IS_RESOURCE_NAME },
  success: pageOf(Execution),
  errors: [400, 401, 403, 404, 500],
});

export const listTasksOfWebhookExecution = operation({
  id: 'ListTasksOfWebhookExecution',
  tag: 'webhook',
  method: 'GET',
  path: '/projects/{project_name_or_id}/webhook/policies/{webhook_policy_id}/executions/{execution_id}/tasks',
  summary: 'Lists the deliveries of one event.',
  access: 'P notification-policy:read',
  params: { project_name_or_id: PROJECT_NAME_OR_ID, webhook_policy_id: Int64, execution_id: Integer },
  query: { page: PAGE, page_size: PAGE_SIZE, q: FILTER, sort: SORT },
  headers: { 'x-is-resource-name': IS_RESOURCE_NAME },
  success: pageOf(Task),
  errors: [400, 401, 403, 404, 500],
});

export const getLogsOfWebhookTask = operation({
  id: 'GetLogsOfWebhookTask',
  tag: 'webhook',
  method: 'GET',
  path: '/projects/{project_name_or_id}/webhook/policies/{webhook_policy_id}/executions/{execution_id}/tasks/{task_id}/log',
  summary: 'Tells what a delivery wrote down.',
  access: 'P notification-policy:read',
  params: { project_name_or_id: PROJECT_NAME_OR_ID, webhook_policy_id: Int64, execution_id: Integer, task_id: Integer },
  headers: { 'x-is-resource-name': IS_RESOURCE_NAME },
  success: text(),
  errors: [400, 401, 403, 404, 500],
});

export const lastTrigger = operation({
  id: 'LastTrigger',
  tag: 'webhook',
  method: 'GET',
  path: '/projects/{project_name_or_id}/webhook/lasttrigger',
  summary: 'Tells when each policy last told of each event.',
  access: 'P notification-policy:read',
  params: { project_name_or_id: PROJECT_NAME_OR_ID },
  headers: { 'x-is-resource-name': IS_RESOURCE_NAME },
  success: ok(Type.Array(WebhookLastTrigger)),
  errors: [400, 401, 403, 500],
});

export const listWebhookJobs = operation({
  id: 'ListWebhookJobs',
  tag: 'webhookjob',
  method: 'GET',
  path: '/projects/{project_name_or_id}/webhook/jobs',
  summary: 'Lists the deliveries of a policy, as older clients ask for them.',
  access: 'P notification-policy:list',
  params: { project_name_or_id: PROJECT_NAME_OR_ID },
  query: {
    q: FILTER,
    sort: SORT,
    page: PAGE,
    page_size: PAGE_SIZE,
    policy_id: Int64,
    status: optional(Type.Array(Text)),
  },
  headers: { 'x-is-resource-name': IS_RESOURCE_NAME },
  success: pageOf(WebhookJob),
  errors: [400, 401, 403, 500],
});

export const getSupportedEventTypes = operation({
  id: 'GetSupportedEventTypes',
  tag: 'webhook',
  method: 'GET',
  path: '/projects/{project_name_or_id}/webhook/events',
  summary: 'Lists of what can be told, and in what forms.',
  access: 'P notification-policy:read',
  params: { project_name_or_id: PROJECT_NAME_OR_ID },
  headers: { 'x-is-resource-name': IS_RESOURCE_NAME },
  success: ok(SupportedWebhookEventTypes),
  errors: [401, 403, 500],
});
