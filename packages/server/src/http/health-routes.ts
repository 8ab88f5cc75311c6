import type { FastifyInstance } from 'fastify';

export interface HealthRouteDeps {
  readonly isDraining: () => boolean;
  /** Throws what is wrong. */
  readonly checkHealth: () => Promise<void>;
}

const CHECK_TIMEOUT_MS = 5_000;

/** `/healthz` says that the process lives; `/readyz` that it can read and write, and wants requests. */
export function registerHealthRoutes(app: FastifyInstance, { isDraining, checkHealth }: HealthRouteDeps): void {
  // Many balancers ask by HEAD.
  const options = { exposeHeadRoute: true };
  app.get('/healthz', options, async () => ({ status: 'ok' }));
  app.get('/readyz', options, async (_request, reply) => {
    if (isDraining()) return reply.code(503).send({ status: 'stopping' });
    try {
      await withTimeout(checkHealth(), CHECK_TIMEOUT_MS);
      return { status: 'ready' };
    } catch (error) {
      // The cause is the operator's: anybody may ask here.
      app.log.error({ err: error }, 'not ready');
      return reply.code(503).send({ status: 'not ready', reason: 'database or blob storage: see the log' });
    }
  });
}

async function withTimeout(work: Promise<void>, milliseconds: number): Promise<void> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error(`no answer within ${milliseconds} ms`)), milliseconds);
  try {
    await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
