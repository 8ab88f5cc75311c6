import { created, ok, operation, pageOf } from '../openapi/operation.ts';
import { PAGE, PAGE_SIZE } from '../openapi/parameters.ts';
import { Int64, Integer, optional, Text } from '../openapi/schemas.ts';
import { UserGroup } from '../openapi/shared-models.ts';
import { UserGroupSearchItem } from './usergroups-models.ts';

export const listUserGroups = operation({
  id: 'listUserGroups',
  tag: 'usergroup',
  method: 'GET',
  path: '/usergroups',
  summary: 'The groups of users, of directories (1), internal ones (2) and of OpenID Connect (3).',
  access: 'S user-group:list',
  query: { page: PAGE, page_size: PAGE_SIZE, ldap_group_dn: optional(Text), group_name: optional(Text) },
  success: pageOf(UserGroup),
  errors: [401, 403, 500],
});

export const createUserGroup = operation({
  id: 'createUserGroup',
  tag: 'usergroup',
  method: 'POST',
  path: '/usergroups',
  summary: 'Makes a group.',
  access: 'S user-group:create',
  body: UserGroup,
  isBodyOptional: true,
  success: created(),
  errors: [400, 401, 403, 409, 500],
});

export const searchUserGroups = operation({
  id: 'searchUserGroups',
  tag: 'usergroup',
  method: 'GET',
  path: '/usergroups/search',
  summary: 'Groups whose name contains a text, for whoever adds members.',
  access: 'A',
  query: { page: PAGE, page_size: PAGE_SIZE, groupname: Text },
  success: pageOf(UserGroupSearchItem),
  errors: [401, 409, 500],
});

export const getUserGroup = operation({
  id: 'getUserGroup',
  tag: 'usergroup',
  method: 'GET',
  path: '/usergroups/{group_id}',
  summary: 'One group.',
  access: 'S user-group:read',
  params: { group_id: Int64 },
  success: ok(UserGroup),
  errors: [400, 401, 403, 404, 500],
});

export const updateUserGroup = operation({
  id: 'updateUserGroup',
  tag: 'usergroup',
  method: 'PUT',
  path: '/usergroups/{group_id}',
  summary: 'Gives a group another name.',
  access: 'S user-group:update',
  params: { group_id: Int64 },
  body: UserGroup,
  isBodyOptional: true,
  success: ok(),
  errors: [400, 401, 403, 404, 500],
});

export const deleteUserGroup = operation({
  id: 'deleteUserGroup',
  tag: 'usergroup',
  method: 'DELETE',
  path: '/usergroups/{group_id}',
  summary: 'Deletes a group, and with it what it was a member of.',
  access: 'S user-group:delete',
  params: { group_id: Integer },
  success: ok(),
  errors: [400, 401, 403, 500],
});
