import type { FastifyRequest } from 'fastify';
import Type from 'typebox';
import { ProductError } from '../../kernel/errors.ts';
import type { AuditFilter } from '../../operations/audit-events/audit-search.ts';
import { canReadAudit } from '../../operations/audit-events/can-read-audit.ts';
import { parseProjectKey, refusal } from '../../projects/project-access.ts';
import { Text } from './query-fields.ts';
import type { RoadsteadInstance, RoadsteadRouteDependencies } from './roadstead-dependencies.ts';

/** Which entries, as a query says it. */
export const AUDIT_FILTER_FIELDS = {
  since: Type.Optional(Text(40)),
  until: Type.Optional(Text(40)),
  actor: Type.Optional(Text(600)),
  kind: Type.Optional(Text(100)),
  project: Type.Optional(Text(255)),
  repository: Type.Optional(Text(255)),
  address: Type.Optional(Text(100)),
  q: Type.Optional(Text(255)),
};

export const AuditFilterQuery = Type.Object(AUDIT_FILTER_FIELDS);
export type AuditFilterQuery = Type.Static<typeof AuditFilterQuery>;

export interface AuditRequest {
  readonly instance: RoadsteadInstance;
  /** Undefined when nothing can match. */
  readonly filter: AuditFilter | undefined;
}

/**
 * A request to read the audit log by somebody who may.
 * @throws ProductError UNAUTHORIZED (anonymous), DENIED: the same whether or not there is such a project; PROJECT_NOT_FOUND, VALIDATION
 */
export async function admitToAudit(
  request: FastifyRequest,
  { instanceOf, actorOf }: RoadsteadRouteDependencies,
  query: AuditFilterQuery,
): Promise<AuditRequest> {
  const instance = instanceOf(request);
  const { principal } = actorOf(request);
  const key =
    query.project === undefined ? undefined : parseProjectKey(query.project, request.headers['x-is-resource-name']);
  const project = key === undefined ? undefined : await instance.projects.findDetails(key);
  if (!(await canReadAudit(instance.projects.permissions, principal, project))) throw refusal(principal);
  // The entries of a project outlive it, and its id with them.
  const projectId = project?.id ?? (typeof key === 'number' ? key : undefined);
  if (key !== undefined && projectId === undefined) {
    throw new ProductError('PROJECT_NOT_FOUND', `there is no project ${JSON.stringify(key)}`);
  }
  const actor = query.actor === undefined ? undefined : await instance.auditList.findActor(query.actor);
  if (query.actor !== undefined && actor === undefined) return { instance, filter: undefined };
  const { kind, repository, address, q: text } = query;
  const [since, until] = [readInstant('since', query.since), readInstant('until', query.until)];
  return { instance, filter: { since, until, actor, kind, projectId, repository, address, text } };
}

const INSTANT = /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:\d\d))?$/;

/** A day is its beginning, UTC. @throws ProductError VALIDATION */
function readInstant(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const instantMs = INSTANT.test(text) ? Date.parse(text) : Number.NaN;
  if (!Number.isNaN(instantMs)) return instantMs;
  throw new ProductError('VALIDATION', `${name} must be an instant such as 2030-01-31T08:00:00Z, or a day`);
}
