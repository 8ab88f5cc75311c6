import type { FastifyRequest } from 'fastify';
import type { Actor } from '../../kernel/actor.ts';
import type { Permission } from '../../kernel/permission.ts';
import { refusal } from '../../projects/project-access.ts';
import type { Projects } from '../../projects/projects.ts';

export interface SystemRouteDependencies<Instance> {
  /** The instance whose host the request names. */
  readonly instanceOf: (request: FastifyRequest) => Instance & { readonly projects: Pick<Projects, 'permissions'> };
  /** Who asks: anonymous when there are no credentials, or wrong ones. */
  readonly actorOf: (request: FastifyRequest) => Actor;
}

/**
 * Lets in who has the permission in the registry as a whole.
 * @throws ProductError UNAUTHORIZED (anonymous), DENIED
 */
export async function admitToSystem<Instance>(
  request: FastifyRequest,
  { instanceOf, actorOf }: SystemRouteDependencies<Instance>,
  resource: Permission['resource'],
  action: Permission['action'],
): Promise<{ readonly instance: Instance; readonly actor: Actor }> {
  const instance = instanceOf(request);
  const actor = actorOf(request);
  const may = await instance.projects.permissions.can(actor.principal, { resource, action }, 'system');
  if (!may) throw refusal(actor.principal);
  return { instance, actor };
}
