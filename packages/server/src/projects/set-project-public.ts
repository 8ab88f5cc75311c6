import type { Kysely } from 'kysely';
import type { InstanceSchema } from '../db/instance/schema.ts';
import type { Actor } from '../kernel/actor.ts';
import type { AuditSink } from '../kernel/audit-sink.ts';

export interface SetProjectPublicInput {
  readonly projectId: number;
  readonly isPublic: boolean;
  readonly actor: Actor;
  readonly now: number;
  readonly audit: AuditSink<Kysely<InstanceSchema>>;
}

/** @returns whether the project exists */
export async function setProjectPublic(tx: Kysely<InstanceSchema>, input: SetProjectPublicInput): Promise<boolean> {
  const { projectId, isPublic, actor, now, audit } = input;
  const row = await tx
    .updateTable('projects')
    .set({ is_public: isPublic ? 1 : 0, updated_at: now })
    .where('id', '=', projectId)
    .returning('name')
    .executeTakeFirst();
  if (row === undefined) return false;
  await audit.record(tx, {
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
