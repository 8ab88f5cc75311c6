import Type from 'typebox';
import { created, ok, operation, pageOf } from '../openapi/operation.ts';
import { FILTER, PAGE, PAGE_SIZE, SORT } from '../openapi/parameters.ts';
import { Flag, Integer, optional, Text } from '../openapi/schemas.ts';
import { Permission } from '../openapi/shared-models.ts';
import {
  OIDCCliSecretReq,
  PasswordReq,
  UserCreationReq,
  UserProfile,
  UserResp,
  UserSearchRespItem,
  UserSysAdminFlag,
} from './users-models.ts';

export const listUsers = operation({
  id: 'listUsers',
  tag: 'user',
  method: 'GET',
  path: '/users',
  summary: 'Users',
  access: 'S user:list',
  query: { q: FILTER, sort: SORT, page: PAGE, page_size: PAGE_SIZE },
  success: pageOf(UserResp),
  errors: [401, 403, 500],
});

export const createUser = operation({
  id: 'createUser',
  tag: 'user',
  method: 'POST',
  path: '/users',
  summary: 'Create local user',
  access: 'S user:create, or anyone when self_registration on (db_auth)',
  body: UserCreationReq,
  success: created(),
  errors: [400, 401, 403, 409, 500],
});

export const getCurrentUserInfo = operation({
  id: 'getCurrentUserInfo',
  tag: 'user',
  method: 'GET',
  path: '/users/current',
  summary: 'Me',
  access: 'A',
  success: ok(UserResp),
  errors: [401, 500],
});

export const searchUsers = operation({
  id: 'searchUsers',
  tag: 'user',
  method: 'GET',
  path: '/users/search',
  summary: 'Id+name by name',
  access: 'A',
  query: { page: PAGE, page_size: PAGE_SIZE, username: Text },
  success: pageOf(UserSearchRespItem),
  errors: [401, 500],
});

export const getUser = operation({
  id: 'getUser',
  tag: 'user',
  method: 'GET',
  path: '/users/{user_id}',
  summary: 'One',
  access: 'self or S user:read',
  params: { user_id: Integer },
  success: ok(UserResp),
  errors: [401, 403, 404, 500],
});

export const updateUserProfile = operation({
  id: 'updateUserProfile',
  tag: 'user',
  method: 'PUT',
  path: '/users/{user_id}',
  summary: 'Email/realname/comment',
  access: 'self or S user:update',
  params: { user_id: Integer },
  body: UserProfile,
  success: ok(),
  errors: [401, 403, 404, 500],
});

export const deleteUser = operation({
  id: 'deleteUser',
  tag: 'user',
  method: 'DELETE',
  path: '/users/{user_id}',
  summary: 'Delete',
  access: 'S user:delete (not self)',
  params: { user_id: Integer },
  success: ok(),
  errors: [401, 403, 404, 500],
});

export const setUserSysAdmin = operation({
  id: 'setUserSysAdmin',
  tag: 'user',
  method: 'PUT',
  path: '/users/{user_id}/sysadmin',
  summary: '{sysadmin_flag}',
  access: 'S user:update',
  params: { user_id: Integer },
  body: UserSysAdminFlag,
  success: ok(),
  errors: [401, 403, 404, 500],
});

export const updateUserPassword = operation({
  id: 'updateUserPassword',
  tag: 'user',
  method: 'PUT',
  path: '/users/{user_id}/password',
  summary: '{old_password,new_password}',
  access: 'self (old_password) or S user:update',
  params: { user_id: Integer },
  body: PasswordReq,
  success: ok(),
  errors: [400, 401, 403, 500],
});

export const getCurrentUserPermissions = operation({
  id: 'getCurrentUserPermissions',
  tag: 'user',
  method: 'GET',
  path: '/users/current/permissions',
  summary: '[{resource,action}] for scope',
  access: 'A',
  query: { scope: optional(Text), relative: optional(Flag) },
  success: ok(Type.Array(Permission)),
  errors: [401, 500],
});

export const setCliSecret = operation({
  id: 'setCliSecret',
  tag: 'user',
  method: 'PUT',
  path: '/users/{user_id}/cli_secret',
  summary: 'Set OIDC CLI secret',
  access: 'self or S user:update (oidc mode only)',
  params: { user_id: Integer },
  body: OIDCCliSecretReq,
  success: ok(),
  errors: [400, 401, 403, 404, 412, 500],
});
