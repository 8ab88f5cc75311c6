import type { IncomingMessage } from 'node:http';
import ipaddr from 'ipaddr.js';

/** Who is at the other end, behind the proxies that the operator trusts and no others. */
export interface ClientAddresses {
  of(request: IncomingMessage): string;
  isForwardedHttps(request: IncomingMessage): boolean;
}

/** @param trustedProxies networks in CIDR notation */
export function createClientAddresses(trustedProxies: readonly string[]): ClientAddresses {
  const networks = trustedProxies.map((network) => ipaddr.parseCIDR(network));
  const isTrusted = (address: string): boolean => {
    if (!ipaddr.isValid(address)) return false;
    const parsed = ipaddr.process(address);
    return networks.some(([base, bits]) => parsed.kind() === base.kind() && parsed.match(base, bits));
  };
  return {
    of: (request) => {
      const peer = normalize(request.socket.remoteAddress ?? '');
      if (networks.length === 0 || !isTrusted(peer)) return peer;
      return lastUntrusted(request, isTrusted) ?? peer;
    },
    isForwardedHttps: (request) =>
      networks.length > 0 &&
      isTrusted(normalize(request.socket.remoteAddress ?? '')) &&
      firstValue(request.headers['x-forwarded-proto']) === 'https',
  };
}

/** Proxies append: the last address that is not one of them is the client; what stands before it the client may have made up. */
function lastUntrusted(request: IncomingMessage, isTrusted: (address: string) => boolean): string | undefined {
  const header = request.headers['x-forwarded-for'];
  const chain = (Array.isArray(header) ? header.join(',') : (header ?? ''))
    .split(',')
    .map((part) => normalize(part.trim()));
  return chain.toReversed().find((address) => ipaddr.isValid(address) && !isTrusted(address));
}

function normalize(address: string): string {
  return ipaddr.isValid(address) ? ipaddr.process(address).toString() : address;
}

function firstValue(header: string | string[] | undefined): string | undefined {
  return (Array.isArray(header) ? header[0] : header)?.split(',')[0]?.trim().toLowerCase();
}
