import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import Type from 'typebox';
import { admitOperator } from './access.ts';
import { DEFAULT_PAGE_SIZE, Id, PageNumber, PageSize, Text } from './query-fields.ts';
import { renderExecution, renderJob } from './render-execution.ts';
import type { RoadsteadRouteDependencies } from './roadstead-dependencies.ts';

const STATUSES = ['pending', 'running', 'success', 'error', 'stopped'] as const;

const ListQuery = Type.Object({
  kind: Type.Optional(Text(255)),
  status: Type.Optional(Type.Enum(STATUSES)),
  page: Type.Optional(PageNumber),
  page_size: Type.Optional(PageSize),
});
type ListQuery = Type.Static<typeof ListQuery>;

const IdParams = Type.Object({ id: Id });
type IdParams = Type.Static<typeof IdParams>;

/** What the instance was asked to do, with its jobs and what they say. */
export function registerExecutionRoutes(routes: FastifyInstance, dependencies: RoadsteadRouteDependencies): void {
  routes.get<{ Querystring: ListQuery }>(
    '/executions',
    { schema: { querystring: ListQuery } },
    async (request, reply) => {
      const { instance } = await admitOperator(request, dependencies, 'readJobs');
      const { kind, status } = request.query;
      const page = Number(request.query.page ?? 1);
      const pageSize = Number(request.query.page_size ?? DEFAULT_PAGE_SIZE);
      const { items, total } = await instance.operations.executions.list({ kind, status, page, pageSize });
      sendPageHeaders(request, reply, { page, pageSize, total });
      return items.map(renderExecution);
    },
  );
  const schema = { params: IdParams };
  routes.get<{ Params: IdParams }>('/executions/:id', { schema }, async (request) => {
    const { instance } = await admitOperator(request, dependencies, 'readJobs');
    const { execution, jobs } = await instance.operations.executions.get(Number(request.params.id));
    return { ...renderExecution(execution), jobs: jobs.map(renderJob) };
  });
  routes.post<{ Params: IdParams }>('/executions/:id/stop', { schema }, async (request, reply) => {
    const { instance, actor } = await admitOperator(request, dependencies, 'stopJobs');
    await instance.operations.executions.stop(Number(request.params.id), actor);
    return reply.code(202).send();
  });
  routes.get<{ Params: IdParams }>('/jobs/:id/log', { schema }, async (request, reply) => {
    const { instance } = await admitOperator(request, dependencies, 'readJobs');
    const text = await instance.operations.executions.readLog(Number(request.params.id));
    return reply.type('text/plain; charset=utf-8').header('x-content-type-options', 'nosniff').send(text);
  });
  routes.post<{ Params: IdParams }>('/jobs/:id/retry', { schema }, async (request, reply) => {
    const { instance, actor } = await admitOperator(request, dependencies, 'retryJobs');
    await instance.operations.executions.retryJob(Number(request.params.id), actor);
    return reply.code(202).send();
  });
}

/** `X-Total-Count`, and a `Link` to the next page with the other parameters kept. */
function sendPageHeaders(
  request: FastifyRequest,
  reply: FastifyReply,
  { page, pageSize, total }: { readonly page: number; readonly pageSize: number; readonly total: number },
): void {
  reply.header('x-total-count', String(total));
  if (page * pageSize >= total) return;
  const [path = '', text = ''] = request.url.split('?', 2);
  const query = new URLSearchParams(text);
  query.set('page', String(page + 1));
  query.set('page_size', String(pageSize));
  reply.header('link', `<${path}?${query}>; rel="next"`);
}
