import type { InstanceTransaction } from '../db/instance/instance-database.ts';
import { journalAuditSink } from '../journal/journal-audit-sink.ts';
import type { Actor } from '../kernel/actor.ts';
import type { WantedCveAllowlist } from './cve-allowlist/cve-allowlist.ts';
import { writeProjectCveAllowlist } from './cve-allowlist/project-cve-allowlists.ts';
import { type MetadataChange, writeMetadata } from './metadata/write-metadata.ts';
import { type ProjectVisibility, visibilityOf } from './project.ts';

export interface UpdateProjectInput {
  readonly projectId: number;
  /** undefined: it stays */
  readonly visibility?: ProjectVisibility | undefined;
  readonly metadata?: MetadataChange | undefined;
  readonly cveAllowlist?: WantedCveAllowlist | undefined;
  readonly actor: Actor;
  readonly now: number;
}

/** Values are checked by the caller. @returns whether the project exists */
export async function updateProject(
  { tx, capabilities }: InstanceTransaction,
  { projectId, visibility, metadata = {}, cveAllowlist, actor, now }: UpdateProjectInput,
): Promise<boolean> {
  const query = tx.selectFrom('projects').select(['name', 'is_public', 'is_internal']).where('id', '=', projectId);
  const project = await (capabilities.rowLocks ? query.forNoKeyUpdate() : query).executeTakeFirst();
  if (project === undefined) return false;
  const was = visibilityOf({ isPublic: project.is_public !== 0, isInternal: project.is_internal !== 0 });
  const is = visibility ?? was;
  const flags = { is_public: is === 'public' ? 1 : 0, is_internal: is === 'internal' ? 1 : 0 };
  await tx
    .updateTable('projects')
    .set({ ...flags, updated_at: now })
    .where('id', '=', projectId)
    .execute();
  const before = await writeMetadata(tx, projectId, metadata);
  const listed = cveAllowlist && (await writeProjectCveAllowlist(tx, projectId, cveAllowlist, now));
  const hasMetadata = Object.keys(metadata).length > 0;
  const kind = 'project.updated';
  const detail = {
    ...(visibility !== undefined && { isPublic: is === 'public', before: was, after: is }),
    ...(hasMetadata && { metadataBefore: JSON.stringify(before), metadata: JSON.stringify(metadata) }),
    ...listed,
  };
  await journalAuditSink.record(tx, {
    ...{ at: now, actor, kind, resource: project.name, projectId, outcome: 'done' as const, detail },
  });
  return true;
}
