import { DENIED_IPV4, DENIED_IPV6 } from './address-corpus.ts';
import { LOCAL_NAMES, PUBLIC_NAME, ZONE } from './name-corpus.ts';
import { confuse, spellIpv4, spellIpv6 } from './spellings.ts';

const SPELLED = [
  '0.0.0.0',
  '10.0.0.1',
  '100.100.100.200',
  '127.0.0.1',
  '127.255.255.254',
  '169.254.169.254',
  '169.254.170.2',
  '172.16.0.1',
  '192.168.0.1',
];

/** Hosts as a user may write them, in a field for a host or in an address; every one leads where nobody may go. */
export function listDeniedHosts(): readonly string[] {
  return unique([
    ...DENIED_IPV4.map(({ address }) => address),
    ...DENIED_IPV6.map(({ address }) => `[${address}]`),
    ...SPELLED.flatMap(spellIpv4),
    ...['::1', 'fe80::1', 'fd00:ec2::254'].flatMap(spellIpv6).map((address) => `[${address}]`),
    ...LOCAL_NAMES,
    ...ZONE.filter(({ isDenied, isRebinding }) => isDenied || isRebinding).map(({ name }) => name),
  ]);
}

const OTHER_SCHEMES = [
  'ftp',
  'file',
  'gopher',
  'dict',
  'ldap',
  'jar',
  'data',
  'javascript',
  'ws',
  'unix',
  'tftp',
  'sftp',
];
const REDIRECTS = [301, 302, 303, 307, 308];
const REDIRECTED = ['127.0.0.1', '[::1]', '169.254.169.254', 'four5.test', '0x7f.1', 'localhost', 'turn1.test'];

/** Whole addresses with the scheme of a feature. */
export function listDeniedUrls(scheme: 'http' | 'https'): readonly string[] {
  return unique([
    ...listDeniedHosts().map((host) => `${scheme}://${host}/`),
    ...['127.0.0.1', '169.254.169.254'].flatMap((denied) =>
      confuse(denied, PUBLIC_NAME).map((rest) => `${scheme}:${rest}`),
    ),
    ...['127.0.0.1:22', '127.0.0.1:6379', '[::1]:5432', '10.0.0.1:2375'].map((place) => `${scheme}://${place}/`),
    ...OTHER_SCHEMES.map((other) => `${other}://127.0.0.1/x`),
    `${scheme.toUpperCase()}://127.0.0.1/`,
    ...(scheme === 'http' ? listRedirects() : []),
  ]);
}

/** A public address that answers with a way to one that is not; see `canaries.ts`. */
function listRedirects(): readonly string[] {
  return REDIRECTS.flatMap((status) =>
    REDIRECTED.map((host) => `http://${PUBLIC_NAME}/redirect/${status}/${encodeURIComponent(`http://${host}/`)}`),
  );
}

function unique(texts: readonly string[]): readonly string[] {
  return [...new Set(texts)];
}
