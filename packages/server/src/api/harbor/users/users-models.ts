import Type from 'typebox';
import { DateTime, Flag, Integer, model, Text } from '../openapi/schemas.ts';

export const UserProfile = model('UserProfile', { email: Text, realname: Text, comment: Text });
export type UserProfile = Type.Static<typeof UserProfile>;

export const UserCreationReq = model('UserCreationReq', {
  email: Type.String({ maxLength: 255 }),
  realname: Text,
  comment: Text,
  password: Text,
  username: Type.String({ maxLength: 255 }),
});
export type UserCreationReq = Type.Static<typeof UserCreationReq>;

export const OIDCUserInfo = model('OIDCUserInfo', {
  id: Integer,
  user_id: Integer,
  subiss: Text,
  secret: Text,
  creation_time: DateTime,
  update_time: DateTime,
});
export type OIDCUserInfo = Type.Static<typeof OIDCUserInfo>;

export const UserResp = model('UserResp', {
  email: Text,
  realname: Text,
  comment: Text,
  user_id: Integer,
  username: Text,
  sysadmin_flag: Flag,
  admin_role_in_auth: Flag,
  oidc_user_meta: OIDCUserInfo,
  creation_time: DateTime,
  update_time: DateTime,
});
export type UserResp = Type.Static<typeof UserResp>;

export const UserSysAdminFlag = model('UserSysAdminFlag', { sysadmin_flag: Flag });
export type UserSysAdminFlag = Type.Static<typeof UserSysAdminFlag>;

export const PasswordReq = model('PasswordReq', { old_password: Text, new_password: Text });
export type PasswordReq = Type.Static<typeof PasswordReq>;

export const UserSearchRespItem = model('UserSearchRespItem', { user_id: Integer, username: Text });
export type UserSearchRespItem = Type.Static<typeof UserSearchRespItem>;

export const OIDCCliSecretReq = model('OIDCCliSecretReq', { secret: Text });
export type OIDCCliSecretReq = Type.Static<typeof OIDCCliSecretReq>;
