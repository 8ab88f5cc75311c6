import Type from 'typebox';
import { PAGE_QUERY } from '../page-query.ts';

/** Databases hold no NUL, so nothing is found by one. */
const Text = (maxLength: number) => Type.String({ maxLength, pattern: '^[^\\u0000]*$' });
const OptionalText = Type.Optional(Type.Union([Type.Null(), Type.String({ maxLength: 1_024 })]));

export const UserParams = Type.Object({ user_id: Type.String({ maxLength: 15, pattern: '^[0-9]{1,15}$' }) });
export type UserParams = Type.Static<typeof UserParams>;

export const ListUsersQuery = Type.Object({
  ...PAGE_QUERY,
  q: Type.Optional(Text(2_048)),
  sort: Type.Optional(Type.String({ maxLength: 255 })),
});
export type ListUsersQuery = Type.Static<typeof ListUsersQuery>;

export const SearchUsersQuery = Type.Object({ ...PAGE_QUERY, username: Text(255) });
export type SearchUsersQuery = Type.Static<typeof SearchUsersQuery>;

export const PermissionsQuery = Type.Object({
  scope: Type.Optional(Type.String({ maxLength: 255 })),
  relative: Type.Optional(Type.Boolean()),
});
export type PermissionsQuery = Type.Static<typeof PermissionsQuery>;

/**
 * Bodies name what may be set, and nothing else of them is ever read: Harbor's clients send along what they got (ids, times,
 * flags), and none of it has an effect.
 */
export const UserProfile = Type.Object({ email: OptionalText, realname: OptionalText, comment: OptionalText });
export type UserProfile = Type.Static<typeof UserProfile>;

export const UserCreationReq = Type.Object({
  ...UserProfile.properties,
  username: OptionalText,
  password: OptionalText,
});
export type UserCreationReq = Type.Static<typeof UserCreationReq>;

export const PasswordReq = Type.Object({ old_password: OptionalText, new_password: OptionalText });
export type PasswordReq = Type.Static<typeof PasswordReq>;

/** Checked by hand: a validator that coerces would take texts and numbers for flags. */
export const UserSysAdminFlag = Type.Object({ sysadmin_flag: Type.Optional(Type.Unknown()) });
export type UserSysAdminFlag = Type.Static<typeof UserSysAdminFlag>;
