import Type from 'typebox';
import { ok, operation } from '../openapi/operation.ts';
import { optional, Text } from '../openapi/schemas.ts';
import { UserGroup } from '../openapi/shared-models.ts';
import { LdapConf, LdapImportUsers, LdapPingResult, LdapUser } from './ldap-models.ts';

export const pingLdap = operation({
  id: 'pingLdap',
  tag: 'Ldap',
  method: 'POST',
  path: '/ldap/ping',
  summary: 'Test LDAP config (body or saved)',
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
  summary: 'Find LDAP users',
  access: 'S ldap-user:list',
  query: { username: optional(Text) },
  success: ok(Type.Array(LdapUser)),
  errors: [400, 401, 403, 500],
});

export const importLdapUser = operation({
  id: 'importLdapUser',
  tag: 'Ldap',
  method: 'POST',
  path: '/ldap/users/import',
  summary: 'Onboard LDAP users by uid list',
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
  summary: 'Find LDAP groups by name/DN',
  access: 'S ldap-user:list',
  query: { groupname: optional(Text), groupdn: optional(Text) },
  success: ok(Type.Array(UserGroup)),
  errors: [400, 401, 403, 500],
});
