import type { InstanceTransaction } from '../../db/instance/instance-database.ts';
import { appendJournal } from '../../journal/journal.ts';
import type { Actor } from '../../kernel/actor.ts';

export interface DeleteGroupInput {
  readonly id: number;
  readonly actor: Actor;
  readonly now: number;
}

/** Its memberships in projects go with it. @returns whether there was such a group */
export async function deleteGroup({ tx }: InstanceTransaction, { id, actor, now }: DeleteGroupInput): Promise<boolean> {
  const group = await tx.selectFrom('user_groups').select(['name', 'kind']).where('id', '=', id).executeTakeFirst();
  if (group === undefined) return false;
  const projects = await tx
    .selectFrom('project_members')
    .innerJoin('projects', 'projects.id', 'project_members.project_id')
    .select('projects.name')
    .distinct()
    .where('group_id', '=', id)
    .orderBy('projects.name')
    .execute();
  await tx.deleteFrom('user_groups').where('id', '=', id).execute();
  const before = projects.map(({ name }) => name);
  const detail = { resource: group.name, outcome: 'done', groupId: id, kind: group.kind, memberOf: before };
  await appendJournal(tx, { at: now, actor, kind: 'group.deleted', detail });
  return true;
}
