import type { JournalRow } from '../../db/instance/schema.ts';

type DetailValue = string | number | boolean | null | readonly string[];

/** One entry of the audit log, as it is stored. */
export interface AuditEntry {
  readonly id: number;
  readonly at: number;
  readonly kind: string;
  /** A principal's key: `user:7`, `anonymous`, `system:collector`. */
  readonly actor: string;
  readonly requestId: string;
  readonly address: string;
  readonly userAgent: string;
  readonly projectId: number | null;
  readonly repository: string | null;
  /** What it was done to, in words. */
  readonly resource: string;
  /** `done`, `refused`, or `lost` for entries that could not be written. */
  readonly outcome: string;
  /** What else there is to say. */
  readonly detail: Readonly<Record<string, DetailValue>>;
}

/** A row of the journal as it is read. */
export type SelectedEntry = Omit<JournalRow, 'id'> & { readonly id: number };

export const ENTRY_COLUMNS = [
  'id',
  'at',
  'kind',
  'actor',
  'request_id',
  'address',
  'user_agent',
  'project_id',
  'repository',
  'detail',
] as const;

export function toAuditEntry(row: SelectedEntry): AuditEntry {
  const { resource, outcome = 'done', ...detail } = JSON.parse(row.detail) as Record<string, DetailValue>;
  return {
    id: row.id,
    at: row.at,
    kind: row.kind,
    actor: row.actor,
    requestId: row.request_id,
    address: row.address,
    userAgent: row.user_agent,
    projectId: row.project_id,
    repository: row.repository,
    resource: typeof resource === 'string' ? resource : describeResource(row.repository, detail),
    outcome: String(outcome),
    detail,
  };
}

/** For entries whose writer gives no words of its own. */
function describeResource(repository: string | null, detail: AuditEntry['detail']): string {
  const { tag, digest, username } = detail;
  if (repository === null) return String(username ?? digest ?? '');
  if (typeof tag === 'string') return `${repository}:${tag}`;
  return typeof digest === 'string' ? `${repository}@${digest}` : repository;
}
