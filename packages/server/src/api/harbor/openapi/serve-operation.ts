import type { FastifyContextConfig, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import Type from 'typebox';
import { compileValidator, type HttpPart } from './compile-validator.ts';
import { type Operation, successesOf } from './operation.ts';

/** Where the operations of Harbor's API begin. */
export const HARBOR_BASE = '/api/v2.0';

const MAX_BODY_BYTES = 64 * 1024;

type StaticOf<P> = P extends Type.TProperties ? Type.Static<Type.TObject<P>> : unknown;
type BodyOf<O extends Operation> = O['body'] extends Type.TSchema
  ? O['isBodyOptional'] extends true
    ? Type.Static<O['body']> | undefined
    : Type.Static<O['body']>
  : undefined;
type AnswerOfSuccess<S> = S extends { readonly body: infer B extends Type.TSchema }
  ? Promise<Type.Static<B>>
  : Promise<void>;

/** A request as the contract lets it through. */
export type RequestOf<O extends Operation> = FastifyRequest<{
  Params: StaticOf<O['params']>;
  Querystring: StaticOf<O['query']>;
  Headers: StaticOf<O['headers']>;
  Body: BodyOf<O>;
}>;

/** What the contract lets an operation answer. */
export type AnswerOf<O extends Operation> = AnswerOfSuccess<
  O['success'] extends readonly (infer S)[] ? S : O['success']
>;

/**
 * Serves an operation: requests are validated as the contract says, and the answer has its status, body and media type.
 * @param handler what it returns is the body; headers, and a status other than the first one of the contract, are set by itself
 * @param config who else may come here: see `http/route-access.ts`
 */
export function serveOperation<O extends Operation>(
  routes: FastifyInstance,
  operation: O,
  handler: (request: RequestOf<O>, reply: FastifyReply) => AnswerOf<O>,
  config: FastifyContextConfig = {},
): void {
  const { method, path, body, isBodyOptional = false, maxBodyBytes = MAX_BODY_BYTES } = operation;
  const [success] = successesOf(operation);
  routes.route({
    method,
    url: routeOf(path),
    exposeHeadRoute: false,
    config,
    bodyLimit: maxBodyBytes,
    schema: {
      ...(operation.params && { params: Type.Object(operation.params) }),
      ...(operation.query && { querystring: Type.Object(operation.query) }),
      ...(operation.headers && { headers: Type.Object(operation.headers) }),
      ...(body && { body }),
    },
    validatorCompiler: ({ schema, httpPart }) =>
      compileValidator(schema as Type.TSchema, httpPart as HttpPart, isBodyOptional),
    handler: async (request, reply) => {
      const answer = await handler(request as unknown as RequestOf<O>, reply);
      if (reply.sent) return reply;
      if (reply.statusCode === 200) reply.code(success.status);
      if (success.mediaType !== undefined && !reply.hasHeader('content-type')) reply.type(success.mediaType);
      return reply.send(answer);
    },
  });
}

/** A path of the contract as routes are written: `/users/:user_id`. */
export function routeOf(path: string): string {
  return path.replaceAll(/\{(\w+)\}/g, ':$1');
}
