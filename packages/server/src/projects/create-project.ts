import type { InstanceTransaction } from '../db/instance/instance-database.ts';
import { journalAuditSink } from '../journal/journal-audit-sink.ts';
import type { Actor } from '../kernel/actor.ts';
import { PROJECT_COLUMNS, type Project, toProject } from './project.ts';

export interface CreateProjectInput {
  readonly name: string;
  readonly isPublic: boolean;
  readonly actor: Actor;
  readonly now: number;
}

/** @returns undefined when there is a project of that name already */
export async function createProject(
  { tx }: InstanceTransaction,
  input: CreateProjectInput,
): Promise<Project | undefined> {
  const { name, isPublic, actor, now } = input;
  const row = await tx
    .insertInto('projects')
    .values({
      name,
      is_public: isPublic ? 1 : 0,
      owner_id: actor.principal.kind === 'user' ? actor.principal.id : 0,
      created_at: now,
      updated_at: now,
    })
    .onConflict((conflict) => conflict.column('name').doNothing())
    .returning(PROJECT_COLUMNS)
    .executeTakeFirst();
  if (row === undefined) return undefined;
  await journalAuditSink.record(tx, {
    at: now,
    actor,
    kind: 'project.created',
    resource: name,
    projectId: row.id,
    outcome: 'done',
    detail: { isPublic },
  });
  return toProject(row);
}
