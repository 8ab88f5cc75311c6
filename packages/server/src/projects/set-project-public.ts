import type { InstanceTransaction } from '../db/instance/instance-database.ts';
import { journalAuditSink } from '../journal/journal-audit-sink.ts';
import type { Actor } from '../kernel/actor.ts';

export interface SetProjectPublicInput {
  readonly projectId: number;
  readonly isPublic: boolean;
  readonly actor: Actor;
  readonly now: number;
}

/** @returns whether the project exists */
export async function setProjectPublic({ tx }: InstanceTransaction, input: SetProjectPublicInput): Promise<boolean> {
  const { projectId, isPublic, actor, now } = input;
  const row = await tx
    .updateTable('projects')
    .set({ is_public: isPublic ? 1 : 0, updated_at: now })
    .where('id', '=', projectId)
    .returning('name')
    .executeTakeFirst();
  if (row === undefined) return false;
  await journalAuditSink.record(tx, {
    at: now,
    actor,
    kind: 'project.updated',
    resource: row.name,
    projectId,
    outcome: 'done',
    detail: { isPublic },
  });
  return true;
}
