import { quoteForMessage } from '@roadstead/oci';
import type { FastifyRequest } from 'fastify';
import type { Actor } from '../../kernel/actor.ts';
import { ProductError } from '../../kernel/errors.ts';
import type { Principal } from '../../kernel/principal.ts';
import { canOperate } from '../../operations/can-operate.ts';
import type { ProjectAction } from '../../projects/permissions.ts';
import type { ProjectDetails } from '../../projects/project.ts';
import type { RoadsteadInstance, RoadsteadRouteDependencies } from './roadstead-dependencies.ts';

/** A request by somebody who may look after the instance as a whole. */
export interface OperatorRequest {
  readonly instance: RoadsteadInstance;
  readonly actor: Actor;
}

/** @throws ProductError UNAUTHORIZED (anonymous), DENIED: the same whether or not there is what is asked for. */
export function admitOperator(
  request: FastifyRequest,
  { instanceOf, actorOf }: RoadsteadRouteDependencies,
): OperatorRequest {
  const actor = actorOf(request);
  if (!canOperate(actor.principal)) throw refusal(actor.principal);
  return { instance: instanceOf(request), actor };
}

/** A request by somebody who may do what it asks in the project. */
export interface ProjectRequest extends OperatorRequest {
  readonly project: ProjectDetails;
}

/**
 * A missing project and a foreign one get the same refusal (invariant 13); only who sees every project is told that there
 * is none.
 * @param text `:project`: digits are an id unless the header `X-Is-Resource-Name` says that they are a name
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
  const { permissions } = instance.projects;
  const isName = String(request.headers['x-is-resource-name']).toLowerCase() === 'true';
  const project = await instance.projects.findDetails(/^\d{1,15}$/.test(text) && !isName ? Number(text) : text);
  if (project !== undefined && permissions.canOnProject(actor.principal, action, project)) {
    return { instance, actor, project };
  }
  if (project === undefined && permissions.canSeeEveryProject(actor.principal)) {
    throw new ProductError('PROJECT_NOT_FOUND', `there is no project ${quoteForMessage(text)}`);
  }
  throw refusal(actor.principal);
}

function refusal(principal: Principal): ProductError {
  return principal.kind === 'anonymous'
    ? new ProductError('UNAUTHORIZED', 'unauthorized: sign in first')
    : new ProductError('DENIED', 'forbidden: you have no right to do this');
}
