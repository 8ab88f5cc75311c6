import type { InstanceTransaction } from '../../db/instance/instance-database.ts';
import { journalAuditSink } from '../../journal/journal-audit-sink.ts';
import type { Actor } from '../../kernel/actor.ts';
import { describeMember } from './describe-member.ts';
import { findMemberRow } from './member-store.ts';

export interface RemoveMemberInput {
  readonly project: { readonly id: number; readonly name: string };
  readonly memberId: number;
  readonly actor: Actor;
  readonly now: number;
}

/** Also the last projectAdmin, as in Harbor: administrators remain. @returns whether the project had such a member */
export async function removeMember(
  { tx }: InstanceTransaction,
  { project, memberId, actor, now }: RemoveMemberInput,
): Promise<boolean> {
  const before = await findMemberRow(tx, project.id, memberId);
  if (before === undefined) return false;
  await tx.deleteFrom('project_members').where('project_id', '=', project.id).where('id', '=', memberId).execute();
  await journalAuditSink.record(tx, {
    at: now,
    actor,
    kind: 'member.removed',
    resource: project.name,
    projectId: project.id,
    outcome: 'done',
    detail: { memberId, before: describeMember(before) },
  });
  return true;
}
