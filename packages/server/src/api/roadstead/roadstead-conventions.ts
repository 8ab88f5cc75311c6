import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { type ErrorCode, ProductError } from '../../kernel/errors.ts';
import type { RoadsteadRouteDependencies } from './roadstead-dependencies.ts';

/** Bodies are a field or two. */
export const MAX_BODY_BYTES = 16 * 1024;

/** The spelling of Harbor's API, so that a client reads the errors of both alike. */
const CODE: Readonly<Record<ErrorCode, string>> = {
  BAD_REQUEST: 'BAD_REQUEST',
  UNAUTHORIZED: 'UNAUTHORIZED',
  DENIED: 'FORBIDDEN',
  NOT_FOUND: 'NOT_FOUND',
  PROJECT_NOT_FOUND: 'NOT_FOUND',
  CONFLICT: 'CONFLICT',
  PRECONDITION: 'PRECONDITION',
  TOO_LARGE: 'REQUEST_ENTITY_TOO_LARGE',
  VALIDATION: 'UNPROCESSABLE_ENTITY',
  TOO_MANY_REQUESTS: 'TOO_MANY_REQUEST',
  UNAVAILABLE: 'SERVICE_UNAVAILABLE',
  INSUFFICIENT_STORAGE: 'INSUFFICIENT_STORAGE',
};

/** For refusals that Fastify makes before a handler runs. */
const CODE_OF_STATUS: Readonly<Record<number, string>> = {
  413: 'REQUEST_ENTITY_TOO_LARGE',
  415: 'UNSUPPORTED_MEDIA_TYPE',
  422: 'UNPROCESSABLE_ENTITY',
};

/** What all operations share: the error envelope, `X-Request-Id`, and bodies that may be empty where none is needed. */
export function applyRoadsteadConventions(
  routes: FastifyInstance,
  { actorOf }: Pick<RoadsteadRouteDependencies, 'actorOf'>,
): void {
  routes.setErrorHandler((error, _request, reply) => renderError(error, reply));
  routes.addHook('onRequest', async (request: FastifyRequest, reply) => {
    reply.header('x-request-id', actorOf(request).requestId);
  });
  const parseJson = routes.getDefaultJsonParser('error', 'error');
  routes.removeContentTypeParser('application/json');
  routes.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body: string, done) => {
    if (body === '') done(null, undefined);
    else parseJson(request, body, done);
  });
}

/** From 500 on nothing of the error is shown. */
function renderError(error: unknown, reply: FastifyReply): FastifyReply {
  if (error instanceof ProductError) {
    if (error.retryAfterSeconds !== undefined) reply.header('retry-after', String(error.retryAfterSeconds));
    return send(reply, error.status, CODE[error.code], error.message);
  }
  if (isRefusal(error)) {
    const status = error.validation === undefined ? error.statusCode : 422;
    return send(reply, status, CODE_OF_STATUS[status] ?? 'BAD_REQUEST', error.message);
  }
  reply.log.error(error);
  return send(reply, 500, 'UNKNOWN', 'internal server error');
}

function send(reply: FastifyReply, status: number, code: string, message: string): FastifyReply {
  return reply
    .code(status)
    .type('application/json; charset=utf-8')
    .send({ errors: [{ code, message }] });
}

/** An error of Fastify that tells the client what is wrong with the request. */
function isRefusal(error: unknown): error is Error & { statusCode: number; validation?: unknown } {
  if (!(error instanceof Error) || !('statusCode' in error)) return false;
  return typeof error.statusCode === 'number' && error.statusCode >= 400 && error.statusCode < 500;
}
