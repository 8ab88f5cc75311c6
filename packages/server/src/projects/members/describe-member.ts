import type { ProjectMember } from './member.ts';

/** What the audit log keeps of a member, as JSON. */
export function describeMember({ kind, entityId, entityName, roleName, repositories }: ProjectMember): string {
  return JSON.stringify({ [kind]: entityName, [`${kind}Id`]: entityId, role: roleName, repositories });
}
