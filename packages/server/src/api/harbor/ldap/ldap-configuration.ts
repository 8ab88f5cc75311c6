import type { DirectoryTrial } from '../../../identity/ldap/directory-people.ts';
import { ProductError } from '../../../kernel/errors.ts';

/** A key of Harbor's, and the setting that it is. */
const SETTINGS: Readonly<Record<string, string>> = {
  ldap_url: 'url',
  ldap_search_dn: 'searchDn',
  ldap_base_dn: 'baseDn',
  ldap_filter: 'filter',
  ldap_uid: 'uid',
  ldap_scope: 'scope',
  ldap_connection_timeout: 'timeoutSeconds',
  ldap_verify_cert: 'verifyCert',
};

/**
 * What of Harbor's LdapConf is to be tried out.
 * @returns undefined when nothing is said: then it is what is set up
 * @throws ProductError BAD_REQUEST
 */
export function readLdapConfiguration(body: Readonly<Record<string, unknown>>): DirectoryTrial | undefined {
  const said = Object.entries(body).filter(([, value]) => value !== undefined && value !== null);
  if (said.length === 0) return undefined;
  const other = said.find(([key]) => SETTINGS[key] === undefined && key !== 'ldap_search_password');
  if (other !== undefined) {
    throw new ProductError('BAD_REQUEST', `there is no key ${JSON.stringify(other[0].slice(0, 50))} of LDAP here`);
  }
  const password = body['ldap_search_password'] ?? '';
  if (typeof password !== 'string') throw new ProductError('BAD_REQUEST', 'ldap_search_password must be a text');
  const settings = said.flatMap(([key, value]) => (SETTINGS[key] === undefined ? [] : [[SETTINGS[key], value]]));
  return { settings: Object.fromEntries(settings), searchPassword: password === '' ? undefined : password };
}
