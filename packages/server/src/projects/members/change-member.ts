import type { InstanceTransaction } from '../../db/instance/instance-database.ts';
import { journalAuditSink } from '../../journal/journal-audit-sink.ts';
import type { Actor } from '../../kernel/actor.ts';
import { ProductError } from '../../kernel/errors.ts';
import { storedNameOfRole } from '../roles/role-ids.ts';
import { describeMember } from './describe-member.ts';
import { findMemberRow } from './member-store.ts';

export interface ChangeMemberInput {
  readonly project: { readonly id: number; readonly name: string };
  readonly memberId: number;
  /** Of a role that exists, and that the actor may give. */
  readonly roleId: number;
  /** A pattern; empty: the whole project; undefined: as it was. */
  readonly repositories: string | undefined;
  readonly actor: Actor;
  readonly now: number;
}

/**
 * @returns whether the project has such a member
 * @throws ProductError CONFLICT: the same user or group is a member on those repositories already
 */
export async function changeMember(
  { tx }: InstanceTransaction,
  { project, memberId, roleId, repositories, actor, now }: ChangeMemberInput,
): Promise<boolean> {
  const before = await findMemberRow(tx, project.id, memberId);
  if (before === undefined) return false;
  const pattern = repositories ?? before.repositories;
  const twin = await tx
    .selectFrom('project_members')
    .select('id')
    .where('project_id', '=', project.id)
    .where(before.kind === 'user' ? 'user_id' : 'group_id', '=', before.entityId)
    .where('repositories', '=', pattern)
    .where('id', '<>', memberId)
    .executeTakeFirst();
  if (twin !== undefined) {
    throw new ProductError('CONFLICT', `this ${before.kind} is a member there already, with the member id ${twin.id}`);
  }
  await tx
    .updateTable('project_members')
    .set({ role: storedNameOfRole(roleId) ?? '', repositories: pattern, updated_at: now })
    .where('project_id', '=', project.id)
    .where('id', '=', memberId)
    .execute();
  const after = await findMemberRow(tx, project.id, memberId);
  await journalAuditSink.record(tx, {
    at: now,
    actor,
    kind: 'member.updated',
    resource: project.name,
    projectId: project.id,
    outcome: 'done',
    detail: { memberId, before: describeMember(before), ...(after !== undefined && { after: describeMember(after) }) },
  });
  return true;
}
