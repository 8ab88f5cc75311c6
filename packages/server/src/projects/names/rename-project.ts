import { sql } from 'kysely';
import { assertProjectNameFree } from '../../content/names/name-redirects.ts';
import type { InstanceTransaction } from '../../db/instance/instance-database.ts';
import { journalAuditSink } from '../../journal/journal-audit-sink.ts';
import type { Actor } from '../../kernel/actor.ts';
import { ProductError } from '../../kernel/errors.ts';

export interface RenameProjectInput {
  readonly projectId: number;
  readonly name: string;
  readonly actor: Actor;
  readonly now: number;
}

/**
 * Gives a project, and with it all its repositories, another name. The one of before leads here from then on.
 * @returns whether the project exists
 * @throws ProductError CONFLICT when the name is taken
 */
export async function renameProject(context: InstanceTransaction, input: RenameProjectInput): Promise<boolean> {
  const { tx } = context;
  const { projectId, name, actor, now } = input;
  // Uploads first, as a commit takes its upload before its project.
  await tx.updateTable('uploads').set({ project_id: projectId }).where('project_id', '=', projectId).execute();
  const before = await lockProject(context, projectId);
  if (before === undefined) return false;
  if (before === name) return true;
  // Back to a name of its own.
  await tx.deleteFrom('name_redirects').where('name', '=', name).where('project_id', '=', projectId).execute();
  await takeName(context, input);
  await renameRepositories(context, projectId, before, name);
  await tx
    .insertInto('name_redirects')
    .values({ name: before, project_id: projectId, repository_id: null, created_at: now })
    .execute();
  await journalAuditSink.record(tx, {
    at: now,
    actor,
    kind: 'project.renamed',
    resource: name,
    projectId,
    outcome: 'done',
    detail: { before, after: name },
  });
  return true;
}

/** Pushes hold the rows of their project and their repository: none is under way any more. */
async function lockProject({ tx, capabilities }: InstanceTransaction, projectId: number): Promise<string | undefined> {
  const project = tx.selectFrom('projects').select('name').where('id', '=', projectId);
  const row = await (capabilities.rowLocks ? project.forUpdate() : project).executeTakeFirst();
  if (capabilities.rowLocks) {
    await tx.selectFrom('repositories').select('id').where('project_id', '=', projectId).forUpdate().execute();
  }
  return row?.name;
}

async function takeName({ tx }: InstanceTransaction, { projectId, name, now }: RenameProjectInput): Promise<void> {
  const taken = await tx.selectFrom('projects').select('id').where('name', '=', name).executeTakeFirst();
  if (taken !== undefined) throw new ProductError('CONFLICT', `there is a project named ${name} already`);
  await tx.updateTable('projects').set({ name, updated_at: now }).where('id', '=', projectId).execute();
  await assertProjectNameFree(tx, name);
}

async function renameRepositories(
  { tx }: InstanceTransaction,
  projectId: number,
  before: string,
  name: string,
): Promise<void> {
  const start = before.length + 1;
  await sql`update repositories set name = ${name} || substr(name, ${sql.lit(start)})
             where project_id = ${projectId}`.execute(tx);
  for (const table of ['uploads', 'trashed_manifests'] as const) {
    await sql`update ${sql.table(table)} set repository = ${name} || substr(repository, ${sql.lit(start)})
               where project_id = ${projectId}`.execute(tx);
  }
  // Repositories that were moved away from here are found by the new name, too.
  await sql`
    insert into name_redirects (name, project_id, repository_id, created_at)
    select ${name} || substr(name, ${sql.lit(start)}), null, repository_id, created_at from name_redirects
     where repository_id is not null and substr(name, 1, ${sql.lit(start)}) = ${`${before}/`}
        on conflict do nothing`.execute(tx);
}
