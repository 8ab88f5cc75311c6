import type { FastifyRequest } from 'fastify';
import type { Actor } from '../../kernel/actor.ts';
import { canOperate, type OperatorPermission } from '../../operations/can-operate.ts';
import type { ProjectAction } from '../../projects/permissions.ts';
import type { ProjectDetails } from '../../projects/project.ts';
import { getProjectFor, parseProjectKey, refusal } from '../../projects/project-access.ts';
import type { RoadsteadInstance, RoadsteadRouteDependencies } from './roadstead-dependencies.ts';

/** A request by somebody who may look after the instance as a whole. */
export interface OperatorRequest {
  readonly instance: RoadsteadInstance;
  readonly actor: Actor;
}

/** @throws ProductError UNAUTHORIZED (anonymous), DENIED: the same whether or not there is what is asked for. */
export async function admitOperator(
  request: FastifyRequest,
  { instanceOf, actorOf }: RoadsteadRouteDependencies,
  permission: OperatorPermission,
): Promise<OperatorRequest> {
  const actor = actorOf(request);
  const instance = instanceOf(request);
  if (!(await canOperate(instance.projects.permissions, actor.principal, permission))) throw refusal(actor.principal);
  return { instance, actor };
}

/** A request by somebody who may do what it asks in the project. */
export interface ProjectRequest extends OperatorRequest {
  readonly project: ProjectDetails;
}

/**
 * @param text `:project`
 * @throws ProductError UNAUTHORIZED (anonymous), DENIED, PROJECT_NOT_FOUND
 */
export async function admitToProject(
  request: FastifyRequest,
  { instanceOf, actorOf }: RoadsteadRouteDependencies,
  text: string,
  action: ProjectAction,
): Promise<ProjectRequest> {
  const instance = instanceOf(request);
  const actor = actorOf(request);
  const key = parseProjectKey(text, request.headers['x-is-resource-name']);
  return { instance, actor, project: await getProjectFor(instance.projects, actor.principal, action, key) };
}
