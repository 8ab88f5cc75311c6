import type { FastifyRequest } from 'fastify';
import type { Identity } from '../../../identity/identity.ts';
import type { Actor } from '../../../kernel/actor.ts';
import type { Projects } from '../../../projects/projects.ts';

/** What the operations on roles, groups and rights need of an instance. */
export interface AccessInstance {
  readonly projects: Pick<Projects, 'findDetails' | 'permissions' | 'roles' | 'update' | 'explain'>;
  readonly identity: Pick<Identity, 'groups' | 'users'>;
}

export interface AccessRouteDependencies {
  /** The instance whose host the request names. */
  readonly instanceOf: (request: FastifyRequest) => AccessInstance;
  /** Who asks: anonymous when there are no credentials, or wrong ones. */
  readonly actorOf: (request: FastifyRequest) => Actor;
}
