import Type from 'typebox';
import { IdParam } from '../id-param.ts';
import { PAGE_QUERY } from '../page-query.ts';

/** Databases hold no NUL, so nothing is found by one. */
const Text = (maxLength: number) => Type.String({ maxLength, pattern: '^[^\\u0000]*$' });

/** Checked by hand: a validator that coerces would take null and false for 0, and an empty text for null. */
const Unchecked = Type.Optional(Type.Unknown());

/** Harbor's ProjectMember. */
export const ProjectMember = Type.Object({
  role_id: Unchecked,
  member_user: Type.Optional(
    Type.Union([Type.Null(), Type.Object({ user_id: Unchecked, username: Type.Optional(Text(255)) })]),
  ),
  member_group: Type.Optional(
    Type.Union([
      Type.Null(),
      Type.Object({
        id: Unchecked,
        group_name: Type.Optional(Text(255)),
        group_type: Unchecked,
        ldap_group_dn: Type.Optional(Text(1_024)),
      }),
    ]),
  ),
  repositories: Unchecked,
});
export type ProjectMember = Type.Static<typeof ProjectMember>;

/** Harbor's RoleRequest. */
export const RoleRequest = Type.Object({ role_id: Unchecked, repositories: Unchecked });
export type RoleRequest = Type.Static<typeof RoleRequest>;

export const MembersParams = Type.Object({ project_name_or_id: Type.String({ minLength: 1, maxLength: 255 }) });
export type MembersParams = Type.Static<typeof MembersParams>;

export const MemberParams = Type.Object({
  project_name_or_id: Type.String({ minLength: 1, maxLength: 255 }),
  mid: IdParam,
});
export type MemberParams = Type.Static<typeof MemberParams>;

export const ListMembersQuery = Type.Object({ ...PAGE_QUERY, entityname: Type.Optional(Text(255)) });
export type ListMembersQuery = Type.Static<typeof ListMembersQuery>;
