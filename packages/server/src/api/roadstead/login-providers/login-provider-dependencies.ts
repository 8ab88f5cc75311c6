import type { FastifyRequest } from 'fastify';
import type { Identity } from '../../../identity/identity.ts';
import type { Actor } from '../../../kernel/actor.ts';
import type { Projects } from '../../../projects/projects.ts';

/** What the operations on login providers need of an instance. */
export interface LoginProviderInstance {
  readonly identity: Pick<Identity, 'loginProviders' | 'pingLoginProvider'>;
  readonly projects: Pick<Projects, 'permissions'>;
}

export interface LoginProviderRouteDependencies {
  /** The instance whose host the request names. */
  readonly instanceOf: (request: FastifyRequest) => LoginProviderInstance;
  /** Who asks: anonymous when there are no credentials, or wrong ones. */
  readonly actorOf: (request: FastifyRequest) => Actor;
}
