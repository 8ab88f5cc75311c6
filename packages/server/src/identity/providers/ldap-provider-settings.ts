import { ProductError } from '../../kernel/errors.ts';
import { checkLdapSettings } from '../ldap/check-ldap-settings.ts';
import { type CompleteLdapSettings, completeLdapSettings, type LdapSettings } from '../ldap/ldap-settings.ts';

/** How a directory is asked, and what its answers mean here. */
export interface LdapProviderSettings extends Omit<CompleteLdapSettings, 'searchPassword'> {
  /** What stands before the names of its groups here, so that the groups of two directories are never the same. */
  readonly groupPrefix: string;
}

type Fields = Readonly<Record<string, unknown>>;

const DEFAULTS: LdapProviderSettings = { ...completeLdapSettings({ url: '', baseDn: '' }), groupPrefix: '' };
/** The words of the check, and what they are called here. */
const NAMES: Readonly<Record<string, string>> = {
  base_dn: 'baseDn',
  search_dn: 'searchDn',
  search_password: 'searchPassword',
  group_base_dn: 'groupBaseDn',
  group_admin_dn: 'groupAdminDn',
  group_search_filter: 'groupSearchFilter',
  group_attribute_name: 'groupAttributeName',
  group_membership_attribute: 'groupMembershipAttribute',
  group_search_scope: 'groupSearchScope',
};
const NEVER_EMPTY = ['url', 'baseDn', 'uid', 'groupAttributeName'];
const MAX_AUTHORITIES_LENGTH = 256 * 1_024;
const MAX_LENGTH = 4_096;
/** No distinguished name begins so, and no other prefix does. */
const PREFIX = /^(?:[A-Za-z0-9._-]{1,64}[/:])?$/;

/** Read by hand: a validator that coerces would take `"false"` for true. @throws ProductError VALIDATION */
export async function readLdapSettings(value: unknown): Promise<LdapProviderSettings> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw invalid('settings must be an object');
  const fields = value as Fields;
  const other = Object.keys(fields).find((field) => !Object.hasOwn(DEFAULTS, field) || field === 'searchPassword');
  if (other !== undefined) throw invalid(`settings have no field ${JSON.stringify(other.slice(0, 50))}`);
  const read = Object.entries(DEFAULTS)
    .filter(([name]) => name !== 'searchPassword')
    .map(([name, missing]) => [name, readField(name, fields[name], missing)]);
  const settings = Object.fromEntries(read) as LdapProviderSettings;
  if (!PREFIX.test(settings.groupPrefix)) {
    throw invalid('settings.groupPrefix must be letters, digits, dots, dashes and underscores with / or : at the end');
  }
  if (settings.groupAdminDn !== '' && settings.groupBaseDn === '' && settings.groupMembershipAttribute === '') {
    throw invalid('settings.groupAdminDn needs settings.groupBaseDn or settings.groupMembershipAttribute');
  }
  const { faults } = await checkLdapSettings(withSearchPassword(settings, settings.searchDn === '' ? '' : 'set'));
  const [fault] = faults;
  if (fault !== undefined) throw invalid(`settings: ${inOurWords(fault)}`);
  return settings;
}

/** The settings as a directory is opened with. */
export function withSearchPassword(
  { groupPrefix: _, ...settings }: LdapProviderSettings,
  searchPassword: string,
): LdapSettings {
  return { ...settings, searchPassword };
}

/** @returns the default for what is not given @throws ProductError VALIDATION */
function readField(name: string, value: unknown, missing: unknown): unknown {
  if (value === undefined || value === null) return missing;
  if (Array.isArray(missing)) {
    const isList = Array.isArray(value) && value.length <= 10 && value.every((each) => typeof each === 'string');
    if (!isList) throw invalid(`settings.${name} must be a list of texts`);
    return [...new Set(value as readonly string[])];
  }
  if (typeof value !== typeof missing) throw invalid(`settings.${name} must be ${wordFor(missing)}`);
  if (typeof value !== 'string') return value;
  if (value === '' && NEVER_EMPTY.includes(name)) return missing;
  return readText(name, value);
}

function readText(name: string, value: string): string {
  const isPem = name === 'certificateAuthorities';
  const text = isPem ? value.replaceAll(/[\r\n\t]/g, '') : value;
  if (value.length > (isPem ? MAX_AUTHORITIES_LENGTH : MAX_LENGTH) || /\p{C}/u.test(text)) {
    throw invalid(`settings.${name} must be a text of visible characters that is not too long`);
  }
  return value;
}

function wordFor(missing: unknown): string {
  if (typeof missing === 'boolean') return 'true or false';
  return typeof missing === 'number' ? 'a number' : 'a text';
}

function inOurWords(fault: string): string {
  return fault.replaceAll(/\b[a-z]+(?:_[a-z]+)+\b/g, (word) => NAMES[word] ?? word);
}

function invalid(message: string): ProductError {
  return new ProductError('VALIDATION', message);
}
