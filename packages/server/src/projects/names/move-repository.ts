import { projectOf } from '@roadstead/oci';
import { assertProjectNameFree, findMovedName } from '../../content/names/name-redirects.ts';
import type { InstanceTransaction } from '../../db/instance/instance-database.ts';
import { journalAuditSink } from '../../journal/journal-audit-sink.ts';
import type { Actor } from '../../kernel/actor.ts';
import { ProductError } from '../../kernel/errors.ts';

export interface MoveRepositoryInput {
  /** Both with their projects. */
  readonly from: string;
  readonly to: string;
  readonly actor: Actor;
  readonly now: number;
}

/**
 * Gives a repository another name, in its own project or in another. The one of before leads here from then on. What it holds stays as
 * it is: manifests, tags with their history, uploads, and what of it is in the trash.
 * @throws ProductError NOT_FOUND (the repository, or the project that it goes to), CONFLICT (the name is taken)
 */
export async function moveRepository(context: InstanceTransaction, input: MoveRepositoryInput): Promise<void> {
  const { tx } = context;
  const { from, to, now } = input;
  await tx.updateTable('uploads').set({ repository: from }).where('repository', '=', from).execute();
  const project = await lockProject(context, projectOf(to));
  const repository = await lockRepository(context, from);
  if (from === to) return;
  await assertFree(context, repository.id, to);
  const place = { project_id: project.id, name: to };
  await tx
    .updateTable('repositories')
    .set({ ...place, updated_at: now })
    .where('id', '=', repository.id)
    .execute();
  if (project.id !== repository.project_id) await dropLabels(context, repository);
  for (const table of ['uploads', 'trashed_manifests'] as const) {
    const kept = { project_id: project.id, repository: to };
    await tx.updateTable(table).set(kept).where('repository', '=', from).execute();
  }
  await tx
    .insertInto('name_redirects')
    .values({ name: from, project_id: null, repository_id: repository.id, created_at: now })
    .execute();
  await record(context, input, [...new Set([repository.project_id, project.id])]);
}

async function lockProject({ tx, capabilities }: InstanceTransaction, name: string) {
  const query = tx.selectFrom('projects').select('id').where('name', '=', name);
  const project = await (capabilities.rowLocks ? query.forKeyShare() : query).executeTakeFirst();
  if (project !== undefined) return project;
  throw new ProductError('NOT_FOUND', `there is no project ${name}: make it first`);
}

async function lockRepository({ tx, capabilities }: InstanceTransaction, name: string) {
  const query = tx.selectFrom('repositories').select(['id', 'project_id']).where('name', '=', name);
  const repository = await (capabilities.rowLocks ? query.forUpdate() : query).executeTakeFirst();
  if (repository !== undefined) return repository;
  throw new ProductError('NOT_FOUND', `there is no repository ${name}`);
}

async function assertFree({ tx }: InstanceTransaction, repositoryId: number, name: string): Promise<void> {
  // Back to a name of its own.
  await tx.deleteFrom('name_redirects').where('name', '=', name).where('repository_id', '=', repositoryId).execute();
  await assertProjectNameFree(tx, projectOf(name));
  const taken = await tx.selectFrom('repositories').select('id').where('name', '=', name).executeTakeFirst();
  if (taken !== undefined) throw new ProductError('CONFLICT', `there is a repository ${name} already`);
  const moved = await findMovedName(tx, name);
  if (moved === undefined) return;
  throw new ProductError('CONFLICT', `${name} is the former name of ${moved}, and leads there still: give it up first`);
}

/** Labels of the project that it leaves stay there. */
async function dropLabels(
  { tx }: InstanceTransaction,
  { id, project_id: projectId }: { readonly id: number; readonly project_id: number },
): Promise<void> {
  const labels = tx.selectFrom('labels').select('id').where('project_id', '=', projectId);
  const manifests = tx.selectFrom('manifests').select('id').where('repository_id', '=', id);
  await tx
    .deleteFrom('artifact_labels')
    .where('label_id', 'in', labels)
    .where('manifest_id', 'in', manifests)
    .execute();
}

/** Both projects are told. */
async function record(
  { tx }: InstanceTransaction,
  { from, to, actor, now }: MoveRepositoryInput,
  projectIds: readonly number[],
): Promise<void> {
  for (const projectId of projectIds) {
    await journalAuditSink.record(tx, {
      at: now,
      actor,
      kind: 'repository.moved',
      resource: to,
      projectId,
      outcome: 'done',
      detail: { before: from, after: to },
    });
  }
}
