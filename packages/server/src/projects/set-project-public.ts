import type { Kysely } from 'kysely';
import type { InstanceSchema } from '../db/instance/schema.ts';
import { appendJournal } from '../journal/journal.ts';
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
  const kind = 'project.updated';
  const detail = { name: row.name, isPublic };
  await appendJournal(tx, { at: now, actor, kind, projectId, detail });
  await audit.record(tx, {
    at: now,
    actor,
    kind,
    resource: row.name,
    projectId,
    outcome: 'done',
    detail: { isPublic },
  });
  return true;
}
