import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Actor } from '../../../kernel/actor.ts';
import { FIRST_LOG_TYPES, HARBOR_EVENT_TYPES, toAuditEvent } from '../../../operations/audit-events/audit-event.ts';
import type { AuditList } from '../../../operations/audit-events/audit-list.ts';
import type { AuditPageQuery } from '../../../operations/audit-events/audit-pages.ts';
import type { ShownEntry } from '../../../operations/audit-events/audit-rows.ts';
import { canReadAudit } from '../../../operations/audit-events/can-read-audit.ts';
import { assertSignedIn, getProjectWith, refusal } from '../../../projects/project-access.ts';
import type { Projects } from '../../../projects/projects.ts';
import { registerOperations } from '../openapi/register-operations.ts';
import { serveOperation } from '../openapi/serve-operation.ts';
import type { AuditLog, AuditLogExt } from '../openapi/shared-models.ts';
import { sendPageHeaders } from '../page-headers.ts';
import { getLogExts, getLogs } from '../projects/projects-contract.ts';
import { readListQuery, type ShownColumn } from '../read-list-query.ts';
import { readSort } from '../read-sort.ts';
import * as contract from './audit-logs-contract.ts';

export interface AuditLogRouteDependencies {
  /** The instance whose host the request names. */
  readonly instanceOf: (request: FastifyRequest) => {
    readonly projects: Projects;
    readonly auditList: Pick<AuditList, 'numberedPage'>;
  };
  /** Who asks: anonymous when there are no credentials, or wrong ones. */
  readonly actorOf: (request: FastifyRequest) => Actor;
}

type ListRequest = FastifyRequest<{ Querystring: Parameters<typeof readListQuery>[0] }>;

const LIST = { resource: 'log', action: 'list' } as const;

const COLUMNS: Readonly<Record<string, ShownColumn>> = {
  id: { column: 'id', type: 'integer' },
  op_time: { column: 'at', type: 'instant' },
  operation: { column: 'operation', type: 'text' },
  resource_type: { column: 'resource_type', type: 'text' },
  resource: { column: 'resource', type: 'text' },
  username: { column: 'username', type: 'text' },
};

/** Harbor's two views of the audit log: the first knows content, projects and robots, the second everything. */
export function registerAuditLogOperations(app: FastifyInstance, dependencies: AuditLogRouteDependencies): void {
  registerOperations(app, dependencies, (routes) => {
    serveOperation(routes, contract.listAuditLogs, async (request, reply) => {
      const scope = await readableBy(request, dependencies);
      return (await sendPage(request, reply, dependencies, { scope, resourceTypes: FIRST_LOG_TYPES })).map(renderFirst);
    });
    serveOperation(routes, contract.listAuditLogExts, async (request, reply) => {
      const scope = await readableBy(request, dependencies);
      return (await sendPage(request, reply, dependencies, { scope })).map(render);
    });
    serveOperation(routes, contract.listAuditLogEventTypes, async (request) => {
      const { principal } = dependencies.actorOf(request);
      const { permissions } = dependencies.instanceOf(request).projects;
      if (!(await canReadAudit(permissions, principal, undefined))) throw refusal(principal);
      return HARBOR_EVENT_TYPES.map((type) => ({ event_type: type }));
    });
    registerOfProject(routes, dependencies);
  });
}

function registerOfProject(routes: FastifyInstance, dependencies: AuditLogRouteDependencies): void {
  const scopeOf = async (request: FastifyRequest<{ Params: { readonly project_name: string } }>) => {
    const { projects } = dependencies.instanceOf(request);
    const { principal } = dependencies.actorOf(request);
    return { projectId: (await getProjectWith(projects, principal, LIST, request.params.project_name)).id };
  };
  serveOperation(routes, getLogs, async (request, reply) => {
    const scope = await scopeOf(request);
    return (await sendPage(request, reply, dependencies, { scope, resourceTypes: FIRST_LOG_TYPES })).map(renderFirst);
  });
  serveOperation(routes, getLogExts, async (request, reply) => {
    const scope = await scopeOf(request);
    return (await sendPage(request, reply, dependencies, { scope })).map(render);
  });
}

/** @throws ProductError UNAUTHORIZED */
async function readableBy(
  request: FastifyRequest,
  { instanceOf, actorOf }: AuditLogRouteDependencies,
): Promise<AuditPageQuery['scope']> {
  const { permissions } = instanceOf(request).projects;
  const { principal } = actorOf(request);
  assertSignedIn(principal);
  if (await canReadAudit(permissions, principal, undefined)) return 'everything';
  return { projects: await permissions.visibilityOf(principal, LIST) };
}

/** Sorted by time or by id only: other orders would have to read the whole log for a page. */
async function sendPage(
  request: ListRequest,
  reply: FastifyReply,
  { instanceOf }: AuditLogRouteDependencies,
  which: Pick<AuditPageQuery, 'scope' | 'resourceTypes'>,
): Promise<readonly ShownEntry[]> {
  const { sort, ...asked } = request.query;
  const query = readListQuery(asked, COLUMNS);
  const order = (readSort(sort, ['op_time', 'id']) ?? []).map(({ key, descending }) => ({
    column: key === 'id' ? 'id' : 'at',
    descending,
  }));
  const { items, total } = await instanceOf(request).auditList.numberedPage({ ...query, order, ...which });
  sendPageHeaders(request, reply, query, total);
  return items;
}

function renderFirst({ id, at, kind, actor, resource }: ShownEntry): AuditLog {
  const { operation, resourceType } = toAuditEvent(kind);
  return { id, username: actor.name, resource, resource_type: resourceType, operation, op_time: at };
}

function render(entry: ShownEntry): AuditLogExt {
  const { operation, resourceType } = toAuditEvent(entry.kind);
  return {
    ...renderFirst(entry),
    operation_description: `${operation} ${resourceType} ${entry.resource}`.trim(),
    operation_result: entry.outcome === 'done',
  };
}
