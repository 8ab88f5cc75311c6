import { parseIpAddress } from '../../kernel/ip-address.ts';

/** Where passkeys are made and used. */
export interface PasskeySite {
  /** The host name that they are bound to (WebAuthn § 5.1.2, RP ID). */
  readonly rpId: string;
  /** The only origin whose pages may ask for them. */
  readonly origin: string;
}

export type PasskeySiteResult = { readonly site: PasskeySite } | { readonly problem: string };

/**
 * Passkeys are bound to a host name, so they need one, and pages that came encrypted; browsers take plain http from `localhost` only.
 * @param origin scheme and host of the address that the registry is known by
 */
export function findPasskeySite(origin: string): PasskeySiteResult {
  const url = URL.parse(origin);
  if (url === null) return { problem: 'the address of this registry is not known: set ROADSTEAD_EXTERNAL_URL' };
  const host = url.hostname.toLowerCase();
  if (host.startsWith('[') || parseIpAddress(host) !== undefined) {
    const problem = 'passkeys are bound to a host name, and the address of this registry is an IP address';
    return { problem: `${problem}: set ROADSTEAD_EXTERNAL_URL to an address with a name` };
  }
  if (url.protocol !== 'https:' && host !== 'localhost' && !host.endsWith('.localhost')) {
    return { problem: 'passkeys need TLS, and the address of this registry is one of plain http' };
  }
  return { site: { rpId: host, origin: url.origin } };
}
