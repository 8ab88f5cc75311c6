import { Readable } from 'node:stream';
import type { FastifyInstance, FastifyReply } from 'fastify';
import Type from 'typebox';
import type { AuditList } from '../../operations/audit-events/audit-list.ts';
import type { AuditFilter, AuditPlace } from '../../operations/audit-events/audit-search.ts';
import { AUDIT_FILTER_FIELDS, AuditFilterQuery, admitToAudit } from './audit-query.ts';
import { DEFAULT_PAGE_SIZE, PageSize } from './query-fields.ts';
import type { RoadsteadRouteDependencies } from './roadstead-dependencies.ts';

const ListQuery = Type.Object({
  ...AUDIT_FILTER_FIELDS,
  limit: Type.Optional(PageSize),
  before: Type.Optional(Type.String({ maxLength: 32, pattern: '^[0-9]{1,15}-[0-9]{1,15}$' })),
});
type ListQuery = Type.Static<typeof ListQuery>;

const PATH = '/audit/entries';

/** The audit log, newest first: in pages, and whole as CSV or as JSON lines. */
export function registerAuditEntryRoutes(routes: FastifyInstance, dependencies: RoadsteadRouteDependencies): void {
  routes.get<{ Querystring: ListQuery }>(PATH, { schema: { querystring: ListQuery } }, async (request) => {
    const { instance, filter } = await admitToAudit(request, dependencies, request.query);
    if (filter === undefined) return { items: [], next: null };
    // Who looks sees what has just happened here.
    await instance.auditEvents.flush();
    const { limit, before } = request.query;
    const place = before === undefined ? undefined : readPlace(before);
    const { items, next } = await instance.auditList.page(filter, Number(limit ?? DEFAULT_PAGE_SIZE), place);
    return { items, next: next === undefined ? null : `${next.at}-${next.id}` };
  });
  registerFile(routes, dependencies, { ending: 'csv', type: 'text/csv; charset=utf-8', render: 'csv' });
  registerFile(routes, dependencies, { ending: 'jsonl', type: 'application/jsonl', render: 'jsonLines' });
}

interface FileForm {
  readonly ending: string;
  readonly type: string;
  readonly render: 'csv' | 'jsonLines';
}

function registerFile(
  routes: FastifyInstance,
  dependencies: RoadsteadRouteDependencies,
  { ending, type, render }: FileForm,
): void {
  const schema = { querystring: AuditFilterQuery };
  routes.get<{ Querystring: AuditFilterQuery }>(`${PATH}.${ending}`, { schema }, async (request, reply) => {
    const { instance, filter } = await admitToAudit(request, dependencies, request.query);
    await instance.auditEvents.flush();
    reply.type(type).header('content-disposition', `attachment; filename="audit.${ending}"`);
    return sendPieces(reply, instance.auditList, render, filter ?? NOTHING);
  });
}

/** No entry is older than its beginning. */
const NOTHING: AuditFilter = { until: 0 };

/** The next piece is read when the client has taken the one before. */
function sendPieces(
  reply: FastifyReply,
  list: Pick<AuditList, 'csv' | 'jsonLines'>,
  render: FileForm['render'],
  filter: AuditFilter,
): FastifyReply {
  reply.header('x-content-type-options', 'nosniff').header('cache-control', 'no-store');
  return reply.send(Readable.from(list[render](filter)));
}

function readPlace(text: string): AuditPlace {
  const [at = '0', id = '0'] = text.split('-');
  return { at: Number(at), id: Number(id) };
}
