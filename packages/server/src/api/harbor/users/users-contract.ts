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
  summary: 'The users of the instance, by name.',
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
  summary: 'Makes a local user, or registers oneself where that is on.',
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
  summary: 'The user who asks; robots are none, and hear 412.',
  access: 'A',
  success: ok(UserResp),
  errors: [401, 500],
});

export const searchUsers = operation({
  id: 'searchUsers',
  tag: 'user',
  method: 'GET',
  path: '/users/search',
  summary: 'Names and ids of users, for whoever adds members; parts of names are found by those who may list users.',
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
  summary: 'One user.',
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
  summary: 'Changes the e-mail address, the real name and the comment of a user.',
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
  summary: 'Deletes a user, whose name and e-mail address are free from then on.',
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
  summary: 'Makes a user a system administrator, or one no more.',
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
  summary: 'Changes a password: the own one, with the old one, or that of somebody else.',
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
  summary: 'What the caller may do in a project or in the system.',
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
  summary: 'Sets the secret by which somebody who signs in by OpenID Connect uses command lines.',
  access: 'self or S user:update (oidc mode only)',
  params: { user_id: Integer },
  body: OIDCCliSecretReq,
  success: ok(),
  errors: [400, 401, 403, 404, 412, 500],
});
