import Type from 'typebox';
import { IdParam } from '../id-param.ts';
import { PAGE_QUERY } from '../page-query.ts';

/** Databases hold no NUL, so nothing is found by one. */
const Text = (maxLength: number) => Type.String({ maxLength, pattern: '^[^\\u0000]*$' });

/** Harbor's UserGroup. */
export const UserGroup = Type.Object({
  group_name: Type.Optional(Text(255)),
  group_type: Type.Optional(Type.Unknown()),
  ldap_group_dn: Type.Optional(Type.Union([Type.Null(), Text(1_024)])),
});
export type UserGroup = Type.Static<typeof UserGroup>;

export const GroupParams = Type.Object({ group_id: IdParam });
export type GroupParams = Type.Static<typeof GroupParams>;

export const ListGroupsQuery = Type.Object({
  ...PAGE_QUERY,
  ldap_group_dn: Type.Optional(Text(1_024)),
  group_name: Type.Optional(Text(255)),
});
export type ListGroupsQuery = Type.Static<typeof ListGroupsQuery>;

export const SearchGroupsQuery = Type.Object({ ...PAGE_QUERY, groupname: Text(255) });
export type SearchGroupsQuery = Type.Static<typeof SearchGroupsQuery>;
