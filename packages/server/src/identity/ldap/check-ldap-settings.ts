import { X509Certificate } from 'node:crypto';
import { normalizeDn } from './distinguished-name.ts';
import {
  type CompleteLdapSettings,
  completeLdapSettings,
  GROUP_MEMBER_ATTRIBUTES,
  type LdapSettings,
} from './ldap-settings.ts';

export interface LdapSettingsCheck {
  /** What is wrong, a sentence for each setting. Empty: the settings can be used. */
  readonly faults: readonly string[];
  /** What works and is a risk. */
  readonly risks: readonly string[];
}

const ATTRIBUTE = /^[a-z][a-z0-9-]{0,127}$/i;
const MAX_LENGTH = 4_096;
const MAX_AUTHORITIES_LENGTH = 256 * 1_024;

/** Says what is wrong with settings, without connecting to anything. */
export async function checkLdapSettings(given: LdapSettings): Promise<LdapSettingsCheck> {
  const settings = completeLdapSettings(given);
  const faults = [
    ...findAddressFaults(settings),
    ...findNameFaults(settings),
    ...(await findFilterFaults(settings)),
    ...findAttributeFaults(settings),
    ...findNumberFaults(settings),
  ];
  return { faults, risks: findRisks(settings) };
}

function findAddressFaults({ url, startTls, certificateAuthorities }: CompleteLdapSettings): readonly string[] {
  const faults: string[] = [];
  const address = URL.canParse(url) ? new URL(url) : undefined;
  if (address === undefined || !['ldap:', 'ldaps:'].includes(address.protocol) || address.hostname === '') {
    faults.push('url is not ldap://HOST[:PORT] or ldaps://HOST[:PORT]');
  } else {
    if (address.username !== '' || address.password !== '')
      faults.push('url has credentials in it: use search_dn and search_password');
    if (!['', '/'].includes(address.pathname) || address.search !== '' || address.hash !== '')
      faults.push('url has more than a host and a port: the base belongs into base_dn');
    if (startTls && address.protocol === 'ldaps:')
      faults.push('StartTLS is for ldap://: an ldaps:// connection has TLS from its start');
  }
  if (certificateAuthorities !== '' && !areCertificates(certificateAuthorities))
    faults.push('the certificate authorities are not certificates in PEM');
  return faults;
}

function areCertificates(pem: string): boolean {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? [];
  if (blocks.length === 0 || pem.length > MAX_AUTHORITIES_LENGTH) return false;
  try {
    for (const block of blocks) new X509Certificate(block);
    return true;
  } catch {
    return false;
  }
}

function findNameFaults(settings: CompleteLdapSettings): readonly string[] {
  const names = {
    base_dn: settings.baseDn,
    search_dn: settings.searchDn,
    group_base_dn: settings.groupBaseDn,
    group_admin_dn: settings.groupAdminDn,
  };
  const faults = Object.entries(names)
    .filter(([, dn]) => dn.length > MAX_LENGTH || normalizeDn(dn) === undefined)
    .map(([key]) => `${key} is not a distinguished name such as ou=people,dc=example,dc=com`);
  if (settings.baseDn.trim() === '') faults.push('base_dn is missing');
  // A name without a password would be an unauthenticated bind (RFC 4513 § 5.1.2): it succeeds, as nobody.
  if ((settings.searchDn === '') !== (settings.searchPassword === ''))
    faults.push('search_dn and search_password go together: give both, or none of them to search anonymously');
  return faults;
}

async function findFilterFaults({ filter, groupSearchFilter }: CompleteLdapSettings): Promise<readonly string[]> {
  const { FilterParser } = await import('ldapts');
  const faults: string[] = [];
  for (const [key, text] of Object.entries({ filter, group_search_filter: groupSearchFilter })) {
    if (text === '') continue;
    try {
      // The parser takes an opening parenthesis within a value, which RFC 4515 § 3 does not.
      const isBalanced = text.split('(').length === text.split(')').length;
      if (!isBalanced || text.length > MAX_LENGTH || text.includes('\0')) throw new Error('unbalanced, or too long');
      FilterParser.parseString(text);
    } catch {
      faults.push(`${key} is not a filter such as (objectClass=person): check its parentheses`);
    }
  }
  return faults;
}

function findAttributeFaults(settings: CompleteLdapSettings): readonly string[] {
  const { uid, groupAttributeName, groupMembershipAttribute, groupMemberAttributes } = settings;
  const faults: string[] = [];
  if (!ATTRIBUTE.test(uid)) faults.push('uid is not the name of an attribute');
  if (!ATTRIBUTE.test(groupAttributeName)) faults.push('group_attribute_name is not the name of an attribute');
  if (groupMembershipAttribute !== '' && !ATTRIBUTE.test(groupMembershipAttribute))
    faults.push('group_membership_attribute is not the name of an attribute');
  const known: readonly string[] = GROUP_MEMBER_ATTRIBUTES;
  if (groupMemberAttributes.some((name) => !known.includes(name)))
    faults.push(`members of groups are found by ${known.join(', ')}, by no other attribute`);
  return faults;
}

function findNumberFaults(settings: CompleteLdapSettings): readonly string[] {
  const { scope, groupSearchScope, timeoutSeconds, nestedGroupDepth, nestedGroups } = settings;
  const faults: string[] = [];
  if (![0, 1, 2].includes(scope)) faults.push('scope is not 0 (base), 1 (one level) or 2 (subtree)');
  if (![0, 1, 2].includes(groupSearchScope))
    faults.push('group_search_scope is not 0 (base), 1 (one level) or 2 (subtree)');
  if (!(timeoutSeconds >= 1 && timeoutSeconds <= 60)) faults.push('timeout is not 1 to 60 seconds');
  if (!Number.isInteger(nestedGroupDepth) || nestedGroupDepth < 1 || nestedGroupDepth > 32)
    faults.push('the depth of nested groups is not 1 to 32');
  if (!['off', 'walk', 'in-chain'].includes(nestedGroups)) faults.push('nested groups are off, walk or in-chain');
  return faults;
}

function findRisks({ url, startTls, verifyCert }: CompleteLdapSettings): readonly string[] {
  const isEncrypted = startTls || url.toLowerCase().startsWith('ldaps:');
  if (!isEncrypted) return ['passwords go to the directory unencrypted: use ldaps:// or StartTLS'];
  if (!verifyCert)
    return ['the certificate is not verified: whoever is on the way to the directory can read every password'];
  return [];
}
