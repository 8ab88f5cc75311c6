import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Actor } from '../../../kernel/actor.ts';
import type { ExternalServices } from '../../../operations/external-services.ts';
import {
  type WebhookPolicy as Policy,
  WEBHOOK_EVENTS,
  WEBHOOK_FORMATS,
} from '../../../operations/webhooks/webhook-policy.ts';
import { HIDDEN_HEADER } from '../../../operations/webhooks/webhooks.ts';
import { getProjectWith } from '../../../projects/project-access.ts';
import type { Projects } from '../../../projects/projects.ts';
import { keyOfProject, type ProjectRequest } from '../openapi/project-request.ts';
import { registerOperations } from '../openapi/register-operations.ts';
import { HARBOR_BASE, serveOperation } from '../openapi/serve-operation.ts';
import { sendPageHeaders } from '../page-headers.ts';
import { readPage } from '../page-query.ts';
import { readListQuery } from '../read-list-query.ts';
import { readRunQuery } from '../read-run-query.ts';
import { renderExecution, renderTask } from '../render-execution.ts';
import * as contract from './webhooks-contract.ts';
import type { WebhookPolicy } from './webhooks-models.ts';

interface WebhookInstance {
  readonly projects: Pick<Projects, 'permissions' | 'findDetails'>;
  readonly externalServices: Pick<ExternalServices, 'webhooks'>;
}

export interface WebhookRouteDependencies {
  /** The instance whose host the request names. */
  readonly instanceOf: (request: FastifyRequest) => WebhookInstance;
  /** Who asks: anonymous when there are no credentials, or wrong ones. */
  readonly actorOf: (request: FastifyRequest) => Actor;
}

const COLUMNS = {
  id: { column: 'id', type: 'integer' },
  name: { column: 'name', type: 'text' },
  description: { column: 'description', type: 'text' },
  enabled: { column: 'is_enabled', type: 'flag' },
  creator: { column: 'creator', type: 'text' },
  creation_time: { column: 'created_at', type: 'instant' },
  update_time: { column: 'updated_at', type: 'instant' },
} as const;

/** Harbor's operations on whom projects tell of what happens in them. */
export function registerWebhookRoutes(app: FastifyInstance, dependencies: WebhookRouteDependencies): void {
  registerOperations(app, dependencies, (routes) => {
    registerPolicies(routes, dependencies);
    registerSinglePolicy(routes, dependencies);
    registerExecutions(routes, dependencies);
    registerOverview(routes, dependencies);
  });
}

function registerPolicies(routes: FastifyInstance, dependencies: WebhookRouteDependencies): void {
  serveOperation(routes, contract.listWebhookPoliciesOfProject, async (request, reply) => {
    const { webhooks, projectId } = await admit(request, dependencies, 'list');
    const query = readListQuery(request.query, COLUMNS);
    const { policies, total } = await webhooks.list(projectId, query);
    sendPageHeaders(request, reply, query, total);
    return policies.map(renderPolicy);
  });
  serveOperation(routes, contract.createWebhookPolicyOfProject, async (request, reply) => {
    const { webhooks, projectId, actor } = await admit(request, dependencies, 'create');
    const id = await webhooks.create(projectId, request.body, nameOf(actor), actor);
    reply.header('location', `${HARBOR_BASE}/projects/${projectId}/webhook/policies/${id}`);
  });
}

function registerSinglePolicy(routes: FastifyInstance, dependencies: WebhookRouteDependencies): void {
  serveOperation(routes, contract.getWebhookPolicyOfProject, async (request) => {
    const { webhooks, projectId } = await admit(request, dependencies, 'read');
    return renderPolicy(await webhooks.get(projectId, request.params.webhook_policy_id));
  });
  serveOperation(routes, contract.updateWebhookPolicyOfProject, async (request) => {
    const { webhooks, projectId, actor } = await admit(request, dependencies, 'update');
    await webhooks.update(projectId, request.params.webhook_policy_id, request.body, actor);
  });
  serveOperation(routes, contract.deleteWebhookPolicyOfProject, async (request) => {
    const { webhooks, projectId, actor } = await admit(request, dependencies, 'delete');
    await webhooks.delete(projectId, request.params.webhook_policy_id, actor);
  });
}

function registerExecutions(routes: FastifyInstance, dependencies: WebhookRouteDependencies): void {
  serveOperation(routes, contract.listExecutionsOfWebhookPolicy, async (request, reply) => {
    const { webhooks, projectId } = await admit(request, dependencies, 'read');
    const query = readRunQuery(request.query);
    const { executions, total } = await webhooks.listExecutions(projectId, request.params.webhook_policy_id, query);
    sendPageHeaders(request, reply, query, total);
    return executions.map(renderExecution);
  });
  serveOperation(routes, contract.listTasksOfWebhookExecution, async (request, reply) => {
    const { webhooks, projectId } = await admit(request, dependencies, 'read');
    const { webhook_policy_id: id, execution_id: executionId } = request.params;
    const at = readRunQuery(request.query);
    const { tasks, total } = await webhooks.listTasks(projectId, id, executionId, at);
    sendPageHeaders(request, reply, at, total);
    return tasks.map((task) => renderTask(executionId, task));
  });
  serveOperation(routes, contract.getLogsOfWebhookTask, async (request) => {
    const { webhooks, projectId } = await admit(request, dependencies, 'read');
    const { webhook_policy_id: id, execution_id: executionId, task_id: taskId } = request.params;
    return webhooks.readTaskLog(projectId, id, executionId, taskId);
  });
  serveOperation(routes, contract.listWebhookJobs, async (request, reply) => {
    const { webhooks, projectId } = await admit(request, dependencies, 'list');
    const at = readPage(request.query);
    const query = readRunQuery(request.query);
    const { executions, total } = await webhooks.listExecutions(projectId, request.query.policy_id, query);
    sendPageHeaders(request, reply, at, total);
    return executions.map((run) => ({
      id: run.id,
      policy_id: request.query.policy_id,
      status: renderExecution(run).status ?? '',
      creation_time: new Date(run.createdAt).toISOString(),
      update_time: new Date(run.endedAt ?? run.startedAt ?? run.createdAt).toISOString(),
    }));
  });
}

function registerOverview(routes: FastifyInstance, dependencies: WebhookRouteDependencies): void {
  serveOperation(routes, contract.lastTrigger, async (request) => {
    const { webhooks, projectId } = await admit(request, dependencies, 'read');
    const policies = await webhooks.listAll(projectId);
    return policies.flatMap(({ name, eventTypes, isEnabled, createdAt }) =>
      eventTypes.map((event) => ({
        policy_name: name,
        event_type: event,
        enabled: isEnabled,
        creation_time: new Date(createdAt).toISOString(),
      })),
    );
  });
  serveOperation(routes, contract.getSupportedEventTypes, async (request) => {
    await admit(request, dependencies, 'read');
    return {
      event_type: [...WEBHOOK_EVENTS],
      notify_type: Object.keys(WEBHOOK_FORMATS),
      payload_formats: Object.entries(WEBHOOK_FORMATS).map(([notify_type, formats]) => ({
        notify_type,
        formats: [...formats],
      })),
    };
  });
}

/** @throws ProductError UNAUTHORIZED (anonymous), DENIED, PROJECT_NOT_FOUND */
async function admit(
  request: ProjectRequest,
  { instanceOf, actorOf }: WebhookRouteDependencies,
  action: 'list' | 'create' | 'read' | 'update' | 'delete',
) {
  const { projects, externalServices } = instanceOf(request);
  const actor = actorOf(request);
  const permission = { resource: 'notification-policy', action };
  const project = await getProjectWith(projects, actor.principal, permission, keyOfProject(request));
  return { webhooks: externalServices.webhooks, projectId: project.id, actor };
}

function nameOf({ principal }: Actor): string {
  return 'name' in principal ? principal.name : '';
}

function renderPolicy(policy: Policy): WebhookPolicy {
  return {
    id: policy.id,
    name: policy.name,
    description: policy.description,
    project_id: policy.projectId,
    targets: policy.targets.map(({ type, address, isInsecure, format, hasAuthHeader }) => ({
      type,
      address,
      auth_header: hasAuthHeader ? HIDDEN_HEADER : '',
      skip_cert_verify: isInsecure,
      ...(format !== '' && { payload_format: format }),
    })),
    event_types: [...policy.eventTypes],
    creator: policy.creator,
    creation_time: new Date(policy.createdAt).toISOString(),
    update_time: new Date(policy.updatedAt).toISOString(),
    enabled: policy.isEnabled,
  };
}
