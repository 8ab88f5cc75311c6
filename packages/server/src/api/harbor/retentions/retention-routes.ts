import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Actor } from '../../../kernel/actor.ts';
import { ProductError } from '../../../kernel/errors.ts';
import type { Policies } from '../../../policies/policies.ts';
import { noSuchRetention } from '../../../policies/retention/no-such-retention.ts';
import type { RetentionPolicy as Policy } from '../../../policies/retention/retention-policy.ts';
import { assertSignedIn, getProjectWith, refusal } from '../../../projects/project-access.ts';
import type { Projects } from '../../../projects/projects.ts';
import { registerOperations } from '../openapi/register-operations.ts';
import { HARBOR_BASE, serveOperation } from '../openapi/serve-operation.ts';
import { sendPageHeaders } from '../page-headers.ts';
import { readPage } from '../page-query.ts';
import {
  RETENTION_METADATA,
  renderRetention,
  renderRetentionExecution,
  renderRetentionTask,
} from './render-retention.ts';
import * as contract from './retentions-contract.ts';

interface RetentionInstance {
  readonly projects: Pick<Projects, 'permissions' | 'findDetails'>;
  readonly policies: Pick<Policies, 'retentions'>;
}

export interface RetentionRouteDependencies {
  /** The instance whose host the request names. */
  readonly instanceOf: (request: FastifyRequest) => RetentionInstance;
  /** Who asks: anonymous when there are no credentials, or wrong ones. */
  readonly actorOf: (request: FastifyRequest) => Actor;
}

const STOP = 'stop';

/** Harbor's operations on policies of what projects keep. */
export function registerRetentionRoutes(app: FastifyInstance, dependencies: RetentionRouteDependencies): void {
  registerOperations(app, dependencies, (routes) => {
    registerPolicies(routes, dependencies);
    registerExecutions(routes, dependencies);
  });
}

function registerPolicies(routes: FastifyInstance, dependencies: RetentionRouteDependencies): void {
  serveOperation(routes, contract.getRentenitionMetadata, async (request) => {
    assertSignedIn(dependencies.actorOf(request).principal);
    return RETENTION_METADATA;
  });
  serveOperation(routes, contract.createRetention, async (request, reply) => {
    const { projects, policies } = dependencies.instanceOf(request);
    const actor = dependencies.actorOf(request);
    const { ref } = request.body.scope ?? {};
    assertSignedIn(actor.principal);
    if (ref === undefined) throw new ProductError('BAD_REQUEST', 'scope: {"level": "project", "ref": id} is missing');
    const permission = { resource: 'tag-retention', action: 'create' };
    const project = await getProjectWith(projects, actor.principal, permission, ref);
    const id = await policies.retentions.create(project.id, request.body, actor);
    reply.header('location', `${HARBOR_BASE}/retentions/${id}`);
  });
  serveOperation(routes, contract.getRetention, async (request) => {
    const { policy } = await admit(request, request.params.id, dependencies, 'read');
    return renderRetention(policy);
  });
  serveOperation(routes, contract.updateRetention, async (request) => {
    const { policy, retentions, actor } = await admit(request, request.params.id, dependencies, 'update');
    await retentions.update(policy, request.body, actor);
  });
  serveOperation(routes, contract.deleteRetention, async (request) => {
    const { policy, retentions, actor } = await admit(request, request.params.id, dependencies, 'delete');
    await retentions.delete(policy, actor);
  });
}

function registerExecutions(routes: FastifyInstance, dependencies: RetentionRouteDependencies): void {
  serveOperation(routes, contract.triggerRetentionExecution, async (request) => {
    const { policy, retentions } = await admit(request, request.params.id, dependencies, 'update');
    retentions.run(policy);
  });
  serveOperation(routes, contract.listRetentionExecutions, async (request, reply) => {
    const { policy, retentions } = await admit(request, request.params.id, dependencies, 'list');
    const at = readPage(request.query);
    const { executions, total } = await retentions.listExecutions(policy, at);
    sendPageHeaders(request, reply, at, total);
    return executions.map((execution) => renderRetentionExecution(policy.id, execution));
  });
  serveOperation(routes, contract.operateRetentionExecution, async (request) => {
    const { policy, retentions } = await admit(request, request.params.id, dependencies, 'update');
    if (request.body.action !== STOP) throw new ProductError('BAD_REQUEST', `the action is "${STOP}"`);
    await retentions.stopExecution(policy, request.params.eid);
  });
  serveOperation(routes, contract.listRetentionTasks, async (request, reply) => {
    const { policy, retentions } = await admit(request, request.params.id, dependencies, 'list');
    const at = readPage(request.query);
    const { eid } = request.params;
    const { tasks, total } = await retentions.listTasks(policy, eid, at);
    sendPageHeaders(request, reply, at, total);
    return tasks.map((task) => renderRetentionTask(eid, task));
  });
  serveOperation(routes, contract.getRetentionTaskLog, async (request) => {
    const { policy, retentions } = await admit(request, request.params.id, dependencies, 'read');
    return retentions.readTaskLog(policy, request.params.eid, request.params.tid);
  });
}

interface Admitted {
  readonly policy: Policy;
  readonly retentions: Policies['retentions'];
  readonly actor: Actor;
}

/**
 * The policy, when who asks may do this in its project. A missing one and one of a foreign project are refused alike (invariant 13).
 * @throws ProductError UNAUTHORIZED (anonymous), DENIED, NOT_FOUND (for who sees every project)
 */
async function admit(
  request: FastifyRequest,
  id: number,
  { instanceOf, actorOf }: RetentionRouteDependencies,
  action: 'read' | 'update' | 'delete' | 'list',
): Promise<Admitted> {
  const { projects, policies } = instanceOf(request);
  const actor = actorOf(request);
  const { retentions } = policies;
  const policy = await retentions.find(id);
  if (policy === undefined) {
    if (await projects.permissions.canSeeEveryProject(actor.principal)) throw noSuchRetention(id);
    throw refusal(actor.principal);
  }
  await getProjectWith(projects, actor.principal, { resource: 'tag-retention', action }, policy.projectId);
  return { policy, retentions, actor };
}
