import Type from 'typebox';
import { ok, operation } from '../openapi/operation.ts';
import { optional } from '../openapi/schemas.ts';
import { UserGroup } from '../openapi/shared-models.ts';
import { LdapConf, LdapImportUsers, LdapPingResult, LdapUser } from './ldap-models.ts';

const Name = Type.String({ maxLength: 255 });

export const pingLdap = operation({
  id: 'pingLdap',
  tag: 'Ldap',
  method: 'POST',
  path: '/ldap/ping',
  summary: 'Tries out a directory: the settings of the body, or those that there are.',
  access: 'S configuration:read',
  body: LdapConf,
  isBodyOptional: true,
  success: ok(LdapPingResult),
  errors: [400, 401, 403, 500],
});

export const searchLdapUser = operation({
  id: 'searchLdapUser',
  tag: 'Ldap',
  method: 'GET',
  path: '/ldap/users/search',
  summary: 'People of the directory whose name contains a text.',
  access: 'S ldap-user:list',
  query: { username: optional(Name) },
  success: ok(Type.Array(LdapUser)),
  errors: [400, 401, 403, 500],
});

export const importLdapUser = operation({
  id: 'importLdapUser',
  tag: 'Ldap',
  method: 'POST',
  path: '/ldap/users/import',
  summary: 'Makes accounts for people of the directory before they sign in.',
  access: 'S ldap-user:create',
  body: LdapImportUsers,
  success: ok(),
  errors: [400, 401, 403, 404, 500],
});

export const searchLdapGroup = operation({
  id: 'searchLdapGroup',
  tag: 'Ldap',
  method: 'GET',
  path: '/ldap/groups/search',
  summary: 'Groups of the directory, by a part of their name or by their DN.',
  access: 'S ldap-user:list',
  query: { groupname: optional(Name), groupdn: optional(Type.String({ maxLength: 1_024 })) },
  success: ok(Type.Array(UserGroup)),
  errors: [400, 401, 403, 500],
});
