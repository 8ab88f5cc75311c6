import { firstValueOfDn, normalizeDn } from './distinguished-name.ts';

/** What stands before the names of one directory's groups, and a distinguished name. */
const PREFIXED = /^([A-Za-z0-9._-]{1,64}[/:])?(.*)$/s;
const MAX_SHOWN = 200;

/** The one spelling in which a group of a directory is known here, with its provider's prefix; what is no such name stays as it is. */
export function ldapGroupNameOf(text: string): string {
  const [, prefix = '', dn = ''] = PREFIXED.exec(text) ?? [];
  const normalized = dn.trim() === '' ? undefined : normalizeDn(dn);
  return normalized === undefined ? text : `${prefix}${normalized}`;
}

/** What people see of a group that a directory has named: the first value of its distinguished name. */
export function shownLdapGroupName(externalName: string): string {
  const [, prefix = '', dn = ''] = PREFIXED.exec(externalName) ?? [];
  const shown = firstValueOfDn(dn).trim();
  const isGood = shown !== '' && shown.length <= MAX_SHOWN && !/\p{C}/u.test(shown);
  return isGood ? `${prefix}${shown}` : externalName;
}
