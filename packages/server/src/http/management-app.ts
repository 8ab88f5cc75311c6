import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest, LogController } from 'fastify';
import type { Logger } from 'pino';
import { compileRequestSchema } from './compile-request-schema.ts';
import { describeSchemaErrors } from './describe-schema-errors.ts';
import type { Exchange } from './exchange.ts';

type RawHandler = (request: IncomingMessage, response: ServerResponse) => void;

/** Fastify behind the one listener: it gets the requests that are handed to it, and never listens itself. */
export interface ManagementApp {
  readonly fastify: FastifyInstance;
  /** Hands a request over. */
  answer(exchange: Exchange): void;
  exchangeOf(request: FastifyRequest): Exchange;
}

const MAX_BODY_BYTES = 1024 * 1024;

export function createManagementApp(server: Server, logger: Logger): ManagementApp {
  let handler: RawHandler | undefined;
  const exchanges = new WeakMap<IncomingMessage, Exchange>();
  const fastify = Fastify({
    serverFactory: (handle) => {
      handler = handle;
      return server;
    },
    // Only for what goes wrong in a handler: the listener writes the line of each request.
    loggerInstance: logger,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: MAX_BODY_BYTES,
    // As Harbor does: its clients write `/quotas/` and `/metadatas` where the contract has it the other way.
    routerOptions: { ignoreTrailingSlash: true },
    schemaErrorFormatter: describeSchemaErrors,
    exposeHeadRoutes: false,
    return503OnClosing: false,
    // The listener's own, so that Fastify does not add a second answer to a malformed request.
    clientErrorHandler: () => undefined,
    frameworkErrors: (_error, _request, reply) => sendUnreadable(reply as unknown as FastifyReply),
  });
  fastify.setValidatorCompiler(compileRequestSchema);
  const exchangeOf = (request: FastifyRequest): Exchange => {
    const exchange = exchanges.get(request.raw);
    if (exchange === undefined) throw new Error('this request was not handed over by the listener');
    return exchange;
  };
  fastify.addHook('onRoute', (route) => {
    const { handler } = route;
    route.handler = function (request, reply) {
      return exchangeOf(request as FastifyRequest).life.run(async () => handler.call(this, request, reply));
    };
  });
  // What came to its end while something else was waited for (an instance, a body) is not begun any more.
  const stopWhenOver = async (request: FastifyRequest, reply: FastifyReply) => {
    if (exchangeOf(request).life.isOver) reply.hijack();
  };
  fastify.addHook('onRequest', stopWhenOver);
  fastify.addHook('preHandler', stopWhenOver);
  fastify.addHook('onRequest', async (request) => {
    const exchange = exchangeOf(request);
    exchange.operation = `${request.method} ${request.routeOptions.url ?? 'unknown'}`;
    exchange.wantBody();
  });
  fastify.setNotFoundHandler((request, reply) => {
    const { path } = exchangeOf(request);
    // Clients tell by it an operation that is not there from a thing that is not.
    const message = path.startsWith('/api/')
      ? 'no such operation'
      : `there is nothing at ${request.method} ${path.slice(0, 200)}`;
    return reply.code(404).send({ errors: [{ code: 'NOT_FOUND', message }] });
  });
  return {
    fastify: fastify as unknown as FastifyInstance,
    exchangeOf,
    answer: (exchange) => {
      exchanges.set(exchange.request, exchange);
      cutSlowBody(exchange);
      handler?.(exchange.request, exchange.response);
    },
  };
}

/** Bodies here are small: one that takes longer is cut, together with its connection. */
const BODY_TIMEOUT_MS = 15_000;

function cutSlowBody({ request, response }: Exchange): void {
  const timer = setTimeout(() => {
    if (!request.complete) request.destroy();
  }, BODY_TIMEOUT_MS);
  request.once('end', () => clearTimeout(timer));
  // An answer that came first leaves the rest of the body, and its time, to the timer.
  response.once('close', () => {
    if (request.complete) clearTimeout(timer);
  });
}

function sendUnreadable(reply: FastifyReply): void {
  const message = 'the path or its encoding cannot be read';
  void reply.code(400).send({ errors: [{ code: 'BAD_REQUEST', message }] });
}
