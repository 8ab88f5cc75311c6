import { ldapGroupNameOf } from '../../../identity/ldap/ldap-group-name.ts';
import { ProductError } from '../../../kernel/errors.ts';
import type { MemberEntity } from '../../../projects/members/member.ts';
import { groupKindOf } from '../usergroups/group-types.ts';
import type { ProjectMember } from './members-models.ts';

/**
 * Who is meant. When several are named, Harbor's order decides: the user's id, the group's, the user's name, the DN, the
 * group's name.
 * @throws ProductError BAD_REQUEST
 */
export function readEntity({ member_user, member_group }: ProjectMember): MemberEntity {
  const userId = readId('member_user.user_id', member_user?.user_id);
  if (userId !== undefined) return { kind: 'user', id: userId };
  const groupId = readId('member_group.id', member_group?.id);
  if (groupId !== undefined) return { kind: 'group', id: groupId };
  if (member_user?.username) return { kind: 'user', name: member_user.username };
  if (member_group?.ldap_group_dn) {
    return {
      kind: 'ldap-group',
      dn: ldapGroupNameOf(member_group.ldap_group_dn),
      name: member_group.group_name || undefined,
    };
  }
  if (member_group?.group_name) {
    const type = readId('member_group.group_type', member_group.group_type);
    const groupKind = type === undefined ? undefined : groupKindOf(type);
    if (type !== undefined && groupKind === undefined) throw refuse('member_group.group_type is 1, 2 or 3');
    return { kind: 'group', name: member_group.group_name, groupKind };
  }
  throw refuse('name a member_user by user_id or username, or a member_group by id, group_name or ldap_group_dn');
}

/** @throws ProductError BAD_REQUEST */
export function readRoleId(value: number | undefined): number {
  const id = readId('role_id', value);
  if (id !== undefined) return id;
  throw refuse(
    'role_id: one of 1 (projectAdmin), 2 (developer), 3 (guest), 4 (maintainer), 5 (limitedGuest) or a custom role',
  );
}

/** Clients send 0 for an id that they do not know. @throws ProductError BAD_REQUEST for what cannot be an id */
function readId(field: string, value: number | undefined): number | undefined {
  if (value === undefined || value === 0) return undefined;
  if (value > 0) return value;
  throw refuse(`${field} is a whole number above 0`);
}

function refuse(message: string): ProductError {
  return new ProductError('BAD_REQUEST', message);
}
