import type { FastifyRequest } from 'fastify';
import type { Actor } from '../../kernel/actor.ts';
import type { Permission } from '../../kernel/permission.ts';
import { refusal } from '../../projects/project-access.ts';
import type { Projects } from '../../projects/projects.ts';

export interface SystemRouteDependencies<Instance> {
  /** The instance whose host the request names. */
  readonly instanceOf: (request: FastifyRequest) => Instance;
  /** Who asks: anonymous when there are no credentials, or wrong ones. */
  readonly actorOf: (request: FastifyRequest) => Actor;
}

/** Lets in who may do this in the instance as a whole. @throws ProductError UNAUTHORIZED (anonymous), DENIED */
export async function admitToSystem<Instance extends { readonly projects: Pick<Projects, 'permissions'> }>(
  request: FastifyRequest,
  { instanceOf, actorOf }: SystemRouteDependencies<Instance>,
  permission: Permission,
): Promise<{ readonly instance: Instance; readonly actor: Actor }> {
  const instance = instanceOf(request);
  const actor = actorOf(request);
  if (await instance.projects.permissions.can(actor.principal, permission, 'system')) return { instance, actor };
  throw refusal(actor.principal);
}
