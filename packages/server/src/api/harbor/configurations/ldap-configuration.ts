import { completeLdapSettings } from '../../../identity/ldap/ldap-settings.ts';
import { readLdapSettings } from '../../../identity/providers/ldap-provider-settings.ts';
import type { LdapProvider, LoginProvider } from '../../../identity/providers/login-provider.ts';
import type { WantedProvider } from '../../../identity/providers/login-providers.ts';
import { ProductError } from '../../../kernel/errors.ts';
import type { Configuration } from './configuration.ts';
import { readConfigurationSecret, saysNothing } from './read-configuration.ts';

/** A key of Harbor's, and the setting of a directory that it is, of the same values. */
const SETTINGS = {
  ldap_url: 'url',
  ldap_base_dn: 'baseDn',
  ldap_search_dn: 'searchDn',
  ldap_filter: 'filter',
  ldap_scope: 'scope',
  ldap_uid: 'uid',
  ldap_timeout: 'timeoutSeconds',
  ldap_verify_cert: 'verifyCert',
  ldap_group_base_dn: 'groupBaseDn',
  ldap_group_search_filter: 'groupSearchFilter',
  ldap_group_attribute_name: 'groupAttributeName',
  ldap_group_search_scope: 'groupSearchScope',
  ldap_group_admin_dn: 'groupAdminDn',
  ldap_group_membership_attribute: 'groupMembershipAttribute',
  ldap_group_attach_parallel: 'groupAttachParallel',
} as const;

const PASSWORD = 'ldap_search_password';
/** What a directory is called that comes from here, where Harbor has no name for it. */
const NAME = 'LDAP';
const DEFAULTS = completeLdapSettings({ url: '', baseDn: '' });

const KEY_OF: Readonly<Record<string, string>> = {
  ...Object.fromEntries(Object.entries(SETTINGS).map(([key, name]) => [name, key])),
  searchPassword: PASSWORD,
};

/** Keys that are taken, the password with them, which is never shown. */
export const LDAP_KEYS: readonly string[] = [...Object.keys(SETTINGS), PASSWORD];

/** The first directory of the list, in Harbor's keys; with the defaults when there is none. */
export function renderLdapConfiguration(provider: LdapProvider | undefined): Configuration {
  const settings = provider?.settings ?? DEFAULTS;
  return Object.fromEntries(Object.entries(SETTINGS).map(([key, name]) => [key, settings[name]]));
}

/**
 * What the first directory is to be.
 * @param change Harbor's keys, of which those of LDAP are read
 * @param all the providers that there are
 * @returns undefined when nothing is said of it
 * @throws ProductError BAD_REQUEST that names Harbor's key
 */
export async function readLdapConfiguration(
  change: Configuration,
  provider: LdapProvider | undefined,
  all: readonly LoginProvider[],
): Promise<WantedProvider | undefined> {
  const asked = LDAP_KEYS.filter((key) => change[key] !== undefined && change[key] !== null);
  const shown = renderLdapConfiguration(provider);
  const password = readConfigurationSecret(change, PASSWORD, 'ldap');
  const says = asked.filter((key) => key !== PASSWORD && change[key] !== shown[key] && !saysNothing(change[key]));
  if (provider === undefined && says.length === 0 && password === undefined) return undefined;
  if (asked.length === 0) return undefined;
  const settings: Record<string, unknown> = { ...provider?.settings };
  for (const [key, name] of Object.entries(SETTINGS)) {
    if (asked.includes(key)) settings[name] = change[key];
  }
  if (settings['url'] === undefined || settings['url'] === '' || (settings['baseDn'] ?? '') === '') {
    throw new ProductError('BAD_REQUEST', 'ldap_url and ldap_base_dn are needed, none of them empty');
  }
  const read = await readLdapSettings(settings).catch(toHarborsWords);
  const name = provider?.name ?? freeName(all);
  return { kind: 'ldap', name, settings: read, ...(password !== undefined && { secret: password }) };
}

/** A message about settings of a directory, in the keys of Harbor's that they are. */
export function inLdapKeys(message: string): string {
  const keyOf = (name: string) => KEY_OF[name === 'timeout' ? 'timeoutSeconds' : name];
  return message
    .replaceAll(/\bsettings(?:\.|: )(\w+)/g, (text, name: string) => keyOf(name) ?? text)
    .replaceAll(/\b[a-z]+[A-Z]\w*/g, (word) => keyOf(word) ?? word);
}

function freeName(all: readonly LoginProvider[]): string {
  const names = all.map((provider) => provider.name);
  let name = NAME;
  for (let count = 2; names.includes(name); count += 1) name = `${NAME} ${count}`;
  return name;
}

function toHarborsWords(error: unknown): never {
  if (!(error instanceof ProductError)) throw error;
  throw new ProductError('BAD_REQUEST', inLdapKeys(error.message));
}
