import type { InstanceTransaction } from '../db/instance/instance-database.ts';
import { journalAuditSink } from '../journal/journal-audit-sink.ts';
import type { Actor } from '../kernel/actor.ts';
import { type ProjectVisibility, visibilityOf } from './project.ts';

export interface SetProjectVisibilityInput {
  readonly projectId: number;
  readonly visibility: ProjectVisibility;
  readonly actor: Actor;
  readonly now: number;
}

/** @returns whether the project exists */
export async function setProjectVisibility(
  { tx }: InstanceTransaction,
  { projectId, visibility, actor, now }: SetProjectVisibilityInput,
): Promise<boolean> {
  const project = await tx
    .selectFrom('projects')
    .select(['name', 'is_public', 'is_internal'])
    .where('id', '=', projectId)
    .executeTakeFirst();
  if (project === undefined) return false;
  const before = visibilityOf({ isPublic: project.is_public !== 0, isInternal: project.is_internal !== 0 });
  await tx
    .updateTable('projects')
    .set({
      is_public: visibility === 'public' ? 1 : 0,
      is_internal: visibility === 'internal' ? 1 : 0,
      updated_at: now,
    })
    .where('id', '=', projectId)
    .execute();
  await journalAuditSink.record(tx, {
    at: now,
    actor,
    kind: 'project.updated',
    resource: project.name,
    projectId,
    outcome: 'done',
    detail: { isPublic: visibility === 'public', before, after: visibility },
  });
  return true;
}
