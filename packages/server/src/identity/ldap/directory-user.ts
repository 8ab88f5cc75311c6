import type { Entry } from 'ldapts';
import { firstValueOfDn, normalizeDn } from './distinguished-name.ts';
import { LdapError } from './ldap-error.ts';

export interface DirectoryGroup {
  readonly dn: string;
  readonly name: string;
}

export interface DirectoryUser {
  /** What stays when somebody is renamed or moved: entryUUID or objectGUID with that prefix, else the normalized name after `dn:`. */
  readonly subject: string;
  readonly dn: string;
  /** As the directory spells it. */
  readonly username: string;
  readonly email: string | undefined;
  readonly realName: string | undefined;
}

const MAX_TEXT = 1_024;
const MAX_VALUES = 10_000;

/** What is asked of a person's entry. */
export function userAttributes(uid: string): readonly string[] {
  return [uid, 'entryUUID', 'objectGUID', 'mail', 'email', 'displayName', 'cn'];
}

/** @throws LdapError `misconfigured` when the entry has no name by which it can be known */
export function readUser(entry: Entry, uid: string, asked?: string): DirectoryUser {
  const names = readTexts(entry, uid);
  const username = names.find((name) => asked !== undefined && isSameUsername(name, asked)) ?? names[0];
  const subject = findSubject(entry);
  if (username === undefined || subject === undefined)
    throw new LdapError('misconfigured', 'an entry of the directory has no name: check uid');
  return {
    subject,
    dn: entry.dn,
    username,
    email: readTexts(entry, 'mail')[0] ?? readTexts(entry, 'email')[0],
    realName: readTexts(entry, 'displayName')[0] ?? readTexts(entry, 'cn')[0],
  };
}

/** Case does not matter in a name; anything else does, so that no one has two names with a count of wrong passwords each. */
export function isSameUsername(one: string, other: string): boolean {
  return one.normalize('NFKC').toLowerCase() === other.normalize('NFKC').toLowerCase();
}

export function readGroup(entry: Entry, nameAttribute: string): DirectoryGroup {
  return { dn: entry.dn, name: readTexts(entry, nameAttribute)[0] ?? firstValueOfDn(entry.dn) };
}

/** The texts of an attribute, whatever the case of its name; a value that is too long or no text is left out. */
export function readTexts(entry: Entry, attribute: string): readonly string[] {
  return readValues(entry, attribute)
    .filter((value) => typeof value === 'string')
    .filter((value) => value !== '' && value.length <= MAX_TEXT);
}

function readValues(entry: Entry, attribute: string): readonly (string | Buffer)[] {
  const wanted = attribute.toLowerCase();
  const key = Object.keys(entry).find((name) => name.toLowerCase() === wanted && name !== 'dn');
  const value = key === undefined ? [] : (entry[key] ?? []);
  return Array.isArray(value) ? value.slice(0, MAX_VALUES) : [value];
}

function findSubject(entry: Entry): string | undefined {
  const [uuid] = readTexts(entry, 'entryUUID');
  if (uuid !== undefined) return `uuid:${uuid.toLowerCase()}`;
  const [guid] = readValues(entry, 'objectGUID');
  if (Buffer.isBuffer(guid) && guid.length === 16) return `guid:${guid.toString('hex')}`;
  const dn = normalizeDn(entry.dn);
  return dn === undefined || dn === '' ? undefined : `dn:${dn}`;
}
