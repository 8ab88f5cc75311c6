import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Identity } from '../../../identity/identity.ts';
import type { Actor } from '../../../kernel/actor.ts';
import { ProductError } from '../../../kernel/errors.ts';
import { canOperate } from '../../../operations/can-operate.ts';
import { refusal } from '../../../projects/project-access.ts';
import type { Projects } from '../../../projects/projects.ts';
import { registerOperations } from '../openapi/register-operations.ts';
import { serveOperation } from '../openapi/serve-operation.ts';
import { pingOIDC } from './system-oidc-contract.ts';

export interface SystemOidcRouteDependencies {
  /** The instance whose host the request names. */
  readonly instanceOf: (request: FastifyRequest) => {
    readonly identity: Pick<Identity, 'pingIssuer'>;
    readonly projects: Pick<Projects, 'permissions'>;
  };
  /** Who asks: anonymous when there are no credentials, or wrong ones. */
  readonly actorOf: (request: FastifyRequest) => Actor;
}

/** Whether there is an OpenID Connect provider at an address, before it is set up. */
export function registerSystemOidcRoutes(app: FastifyInstance, dependencies: SystemOidcRouteDependencies): void {
  registerOperations(app, dependencies, (routes) => {
    serveOperation(routes, pingOIDC, async (request) => {
      const { principal } = dependencies.actorOf(request);
      const { identity, projects } = dependencies.instanceOf(request);
      if (!(await canOperate(projects.permissions, principal, 'changeSettings'))) throw refusal(principal);
      const { url = '', verify_cert: verifies = true } = request.body;
      if (!verifies)
        throw new ProductError('BAD_REQUEST', 'verify_cert: certificates of providers are always verified');
      try {
        await identity.pingIssuer(url);
      } catch (error) {
        // Harbor's status for a provider that does not answer.
        if (error instanceof ProductError) throw new ProductError('BAD_REQUEST', error.message);
        throw error;
      }
    });
  });
}
