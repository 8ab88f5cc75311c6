import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Actor } from '../kernel/actor.ts';
import { renderManagementError } from './render-management-error.ts';

export interface ManagementConventionDependencies {
  readonly actorOf: (request: FastifyRequest) => Pick<Actor, 'requestId'>;
}

/**
 * What all operations of the management API share, Harbor's and our own: the error envelope, `X-Request-Id`, and JSON bodies that may be empty, since clients
 * send a JSON content type with every request (Harbor's Terraform provider on DELETE, for one).
 */
export function applyManagementConventions(
  routes: FastifyInstance,
  { actorOf }: ManagementConventionDependencies,
  renderError: (error: unknown, reply: FastifyReply) => FastifyReply = renderManagementError,
): void {
  routes.setErrorHandler((error, _request, reply) => renderError(error, reply));
  routes.addHook('onRequest', async (request, reply) => {
    reply.header('x-request-id', actorOf(request).requestId);
  });
  const parseJson = routes.getDefaultJsonParser('error', 'error');
  routes.removeContentTypeParser('application/json');
  routes.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body: string, done) => {
    if (body === '') done(null, undefined);
    else parseJson(request, body, done);
  });
}
