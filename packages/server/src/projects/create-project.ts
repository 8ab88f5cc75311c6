import type { Kysely } from 'kysely';
import { assertProjectNameFree } from '../content/names/name-redirects.ts';
import type { InstanceTransaction } from '../db/instance/instance-database.ts';
import type { InstanceSchema } from '../db/instance/schema.ts';
import { journalAuditSink } from '../journal/journal-audit-sink.ts';
import type { Actor } from '../kernel/actor.ts';
import { userIdOf } from '../kernel/principal.ts';
import type { WantedCveAllowlist } from './cve-allowlist/cve-allowlist.ts';
import { writeProjectCveAllowlist } from './cve-allowlist/project-cve-allowlists.ts';
import type { Metadata } from './metadata/metadata-keys.ts';
import { writeMetadata } from './metadata/write-metadata.ts';
import { PROJECT_COLUMNS, type Project, toProject } from './project.ts';
import { applyQuota } from './quota-defaults.ts';

export interface CreateProjectInput {
  readonly name: string;
  readonly isPublic: boolean;
  readonly isInternal: boolean;
  readonly metadata?: Metadata | undefined;
  readonly cveAllowlist?: WantedCveAllowlist | undefined;
  /** Bytes; -1: as many as it likes; undefined: what new projects may hold. */
  readonly storageBytes?: number | undefined;
  readonly actor: Actor;
  readonly now: number;
}

/**
 * @returns undefined when there is a project of that name already
 * @throws ProductError CONFLICT when it is the former name of another
 */
export async function createProject(
  { tx }: InstanceTransaction,
  input: CreateProjectInput,
): Promise<Project | undefined> {
  const { name, isPublic, isInternal, metadata = {}, cveAllowlist, actor, now } = input;
  const ownerId = userIdOf(actor.principal);
  const row = await tx
    .insertInto('projects')
    .values({
      name,
      is_public: isPublic ? 1 : 0,
      is_internal: isInternal ? 1 : 0,
      owner_id: ownerId ?? 0,
      created_at: now,
      updated_at: now,
    })
    .onConflict((conflict) => conflict.column('name').doNothing())
    .returning(PROJECT_COLUMNS)
    .executeTakeFirst();
  if (row === undefined) return undefined;
  await assertProjectNameFree(tx, name);
  if (ownerId !== undefined) await addProjectAdmin(tx, row.id, ownerId, now);
  await applyQuota(tx, { projectId: row.id, storageBytes: input.storageBytes, now });
  await writeMetadata(tx, row.id, metadata);
  const listed = cveAllowlist && (await writeProjectCveAllowlist(tx, row.id, cveAllowlist, now));
  await journalAuditSink.record(tx, {
    at: now,
    actor,
    kind: 'project.created',
    resource: name,
    projectId: row.id,
    outcome: 'done',
    detail: {
      isPublic,
      ...(isInternal && { isInternal }),
      ...listed,
      ...(Object.keys(metadata).length > 0 && { metadata: JSON.stringify(metadata) }),
    },
  });
  return toProject(row);
}

/** Who makes a project looks after it, unless the account has gone since it was asked. */
async function addProjectAdmin(
  tx: Kysely<InstanceSchema>,
  projectId: number,
  userId: number,
  now: number,
): Promise<void> {
  await tx
    .insertInto('project_members')
    .columns(['project_id', 'user_id', 'role', 'repositories', 'created_at', 'updated_at'])
    .expression((row) =>
      row
        .selectFrom('users')
        .select(({ eb, val }) => [
          eb.cast<number>(val(projectId), 'bigint').as('project_id'),
          'users.id',
          eb.cast<string>(val('projectAdmin'), 'text').as('role'),
          eb.cast<string>(val(''), 'text').as('repositories'),
          eb.cast<number>(val(now), 'bigint').as('created_at'),
          eb.cast<number>(val(now), 'bigint').as('updated_at'),
        ])
        .where('users.id', '=', userId),
    )
    .execute();
}
