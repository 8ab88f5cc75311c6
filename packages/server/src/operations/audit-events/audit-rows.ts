import type { AuditEntry } from './audit-entry.ts';
import type { AuditNames } from './audit-names.ts';
import { toCsvLine } from './csv.ts';

/** An entry as it is shown and handed out, with the names that its keys have now. */
export type ShownEntry = ReturnType<typeof showEntry>;

export function showEntry(entry: AuditEntry, names: AuditNames) {
  const { id, at, kind, outcome, actor, projectId, repository, address, userAgent, requestId, detail } = entry;
  return {
    id,
    at: new Date(at).toISOString(),
    kind,
    outcome,
    actor: { key: actor, name: names.nameOf(actor) },
    project: projectId === null ? null : { id: projectId, name: names.projectName(projectId) ?? null },
    repository,
    resource: names.nameOf(entry.resource),
    address,
    userAgent,
    requestId,
    detail,
  };
}

const CSV_COLUMNS = [
  'id',
  'at',
  'kind',
  'outcome',
  'actor',
  'actor_name',
  'project_id',
  'project',
  'repository',
  'resource',
  'address',
  'user_agent',
  'request_id',
  'detail',
];

export function csvHead(): string {
  return toCsvLine(CSV_COLUMNS);
}

export function toCsv(entry: ShownEntry): string {
  const { actor, project } = entry;
  return toCsvLine([
    entry.id,
    entry.at,
    entry.kind,
    entry.outcome,
    actor.key,
    actor.name,
    project?.id ?? '',
    project?.name ?? '',
    entry.repository ?? '',
    entry.resource,
    entry.address,
    entry.userAgent,
    entry.requestId,
    JSON.stringify(entry.detail),
  ]);
}
