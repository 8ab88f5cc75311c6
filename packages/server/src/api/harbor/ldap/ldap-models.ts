import Type from 'typebox';
import { Flag, Int64, model, Text } from '../openapi/schemas.ts';

export const LdapConf = model('LdapConf', {
  ldap_url: Text,
  ldap_search_dn: Text,
  ldap_search_password: Text,
  ldap_base_dn: Text,
  ldap_filter: Text,
  ldap_uid: Text,
  ldap_scope: Int64,
  ldap_connection_timeout: Int64,
  ldap_verify_cert: Flag,
});
export type LdapConf = Type.Static<typeof LdapConf>;

export const LdapPingResult = model('LdapPingResult', { success: Flag, message: Text });
export type LdapPingResult = Type.Static<typeof LdapPingResult>;

export const LdapImportUsers = model('LdapImportUsers', {
  ldap_uid_list: Type.Array(Type.String({ pattern: '^[^]{0,255}$' }), { minItems: 1, maxItems: 100 }),
});
export type LdapImportUsers = Type.Static<typeof LdapImportUsers>;

export const LdapFailedImportUser = model('LdapFailedImportUser', { uid: Text, error: Text });
export type LdapFailedImportUser = Type.Static<typeof LdapFailedImportUser>;

export const LdapUser = model('LdapUser', { username: Text, realname: Text, email: Text });
export type LdapUser = Type.Static<typeof LdapUser>;
