import type { Kysely } from 'kysely';
import type { InstanceSchema } from '../db/instance/schema.ts';
import type { Actor } from '../kernel/actor.ts';
import type { AuditSink } from '../kernel/audit-sink.ts';
import { ProductError } from '../kernel/errors.ts';

export interface DeleteProjectInput {
  readonly projectId: number;
  /** Whether rows must be locked against pushes that run at the same time (`DatabaseCapabilities.rowLocks`). */
  readonly rowLocks: boolean;
  readonly actor: Actor;
  readonly now: number;
  readonly audit: AuditSink<Kysely<InstanceSchema>>;
}

/**
 * Deletes a project without content. Blobs that were uploaded and never used by a manifest lose their links, and uploads end.
 * @returns whether the project exists
 * @throws ProductError PRECONDITION while one of its repositories holds a manifest.
 */
export async function deleteProject(tx: Kysely<InstanceSchema>, input: DeleteProjectInput): Promise<boolean> {
  const { projectId, actor, now, audit } = input;
  // Uploads first, as a commit takes its upload before its project. Their files go when the uploads are reclaimed.
  await tx.updateTable('uploads').set({ expires_at: now }).where('project_id', '=', projectId).execute();
  const project = await lockProject(tx, input);
  if (project === undefined) return false;
  await assertEmpty(tx, project.name, projectId);
  await deleteRepositories(tx, projectId);
  await tx.deleteFrom('projects').where('id', '=', projectId).execute();
  const kind = 'project.deleted';
  await audit.record(tx, { at: now, actor, kind, resource: project.name, projectId, outcome: 'done' });
  return true;
}

/** A push takes a shared lock on its project's or its repository's row by the foreign key, so these keep pushes out. */
async function lockProject(tx: Kysely<InstanceSchema>, { projectId, rowLocks }: DeleteProjectInput) {
  const project = tx.selectFrom('projects').select('name').where('id', '=', projectId);
  if (!rowLocks) return project.executeTakeFirst();
  const locked = await project.forUpdate().executeTakeFirst();
  await tx.selectFrom('repositories').select('id').where('project_id', '=', projectId).forUpdate().execute();
  return locked;
}

async function assertEmpty(tx: Kysely<InstanceSchema>, name: string, projectId: number): Promise<void> {
  const occupied = await tx
    .selectFrom('repositories')
    .select('name')
    .where('project_id', '=', projectId)
    .where((row) =>
      row.exists(
        row.selectFrom('manifests').select('manifests.id').whereRef('manifests.repository_id', '=', 'repositories.id'),
      ),
    )
    .limit(1)
    .executeTakeFirst();
  if (occupied === undefined) return;
  throw new ProductError(
    'PRECONDITION',
    `the project ${name} holds artifacts, for one in ${occupied.name}: delete them first`,
  );
}

async function deleteRepositories(tx: Kysely<InstanceSchema>, projectId: number): Promise<void> {
  const repositories = tx.selectFrom('repositories').select('id').where('project_id', '=', projectId);
  await tx.deleteFrom('repository_blobs').where('repository_id', 'in', repositories).execute();
  await tx.deleteFrom('tag_history').where('repository_id', 'in', repositories).execute();
  await tx.deleteFrom('repositories').where('project_id', '=', projectId).execute();
}
