import type { Kysely } from 'kysely';
import { queueBlobs } from '../content/collection/queue-blobs.ts';
import type { InstanceTransaction } from '../db/instance/instance-database.ts';
import type { InstanceSchema } from '../db/instance/schema.ts';
import { deleteRobotsOfProject } from '../identity/robots/delete-robot.ts';
import { deleteWorkloadRulesOfProject } from '../identity/workload/delete-workload-rule.ts';
import { journalAuditSink } from '../journal/journal-audit-sink.ts';
import type { Actor } from '../kernel/actor.ts';
import { ProductError } from '../kernel/errors.ts';

export interface DeleteProjectInput {
  readonly projectId: number;
  readonly actor: Actor;
  readonly now: number;
}

/**
 * Deletes a project without content. Blobs that were uploaded and never used by a manifest lose their links, uploads end, and its
 * robots and workload rules go, each with an entry of its own.
 * @returns whether the project exists
 * @throws ProductError PRECONDITION while one of its repositories holds a manifest.
 */
export async function deleteProject(context: InstanceTransaction, input: DeleteProjectInput): Promise<boolean> {
  const { tx } = context;
  const { projectId, actor, now } = input;
  // Uploads first, as a commit takes its upload before its project. Their files go when the uploads are reclaimed.
  await tx.updateTable('uploads').set({ expires_at: now }).where('project_id', '=', projectId).execute();
  const project = await lockProject(context, projectId);
  if (project === undefined) return false;
  await assertEmpty(tx, project.name, projectId);
  await deleteRepositories(context, projectId, now);
  await deleteRobotsOfProject(context, { projectId, actor, now });
  await deleteWorkloadRulesOfProject(context, { projectId, actor, now });
  await tx.deleteFrom('projects').where('id', '=', projectId).execute();
  const kind = 'project.deleted';
  await journalAuditSink.record(tx, { at: now, actor, kind, resource: project.name, projectId, outcome: 'done' });
  return true;
}

/** A push takes a shared lock on its project's or its repository's row by the foreign key, so these keep pushes out. */
async function lockProject({ tx, capabilities }: InstanceTransaction, projectId: number) {
  const project = tx.selectFrom('projects').select('name').where('id', '=', projectId);
  if (!capabilities.rowLocks) return project.executeTakeFirst();
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

async function deleteRepositories(context: InstanceTransaction, projectId: number, now: number): Promise<void> {
  const { tx } = context;
  const repositories = tx.selectFrom('repositories').select('id').where('project_id', '=', projectId);
  const links = await tx
    .deleteFrom('repository_blobs')
    .where('repository_id', 'in', repositories)
    .returning('blob_id')
    .execute();
  await queueBlobs(context, { blobIds: links.map((link) => link.blob_id), reviewAfter: now });
  await tx.deleteFrom('tag_history').where('repository_id', 'in', repositories).execute();
  await tx.deleteFrom('repositories').where('project_id', '=', projectId).execute();
}
