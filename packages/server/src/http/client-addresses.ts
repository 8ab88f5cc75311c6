import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import ipaddr from 'ipaddr.js';

/** Who is at the other end, behind the proxies that the operator trusts and no others. */
export interface ClientAddresses {
  of(request: IncomingMessage): string;
  /** The host that was asked for: the Host header, or what a trusted proxy forwards as it; undefined when there is none. */
  hostOf(request: IncomingMessage): string | undefined;
  isForwardedHttps(request: IncomingMessage): boolean;
  /** Whether the peer is a trusted proxy. */
  isProxied(request: IncomingMessage): boolean;
}

/** @param trustedProxies networks in CIDR notation */
export function createClientAddresses(trustedProxies: readonly string[]): ClientAddresses {
  const networks = trustedProxies.map((network) => ipaddr.parseCIDR(network));
  const isTrusted = (address: string): boolean => {
    if (!ipaddr.isValid(address)) return false;
    const parsed = ipaddr.process(address);
    return networks.some(([base, bits]) => parsed.kind() === base.kind() && parsed.match(base, bits));
  };
  const isProxied = ({ socket }: IncomingMessage) => networks.length > 0 && isTrusted(peerAddress(socket));
  return {
    isProxied,
    of: (request) => {
      const forwarded = isProxied(request) ? lastUntrusted(request, isTrusted) : undefined;
      return forwarded ?? peerAddress(request.socket);
    },
    hostOf: (request) => {
      const forwarded = isProxied(request) ? valuesOf(request.headers['x-forwarded-host']).at(-1) : undefined;
      return forwarded === undefined || forwarded === '' ? request.headers.host : forwarded;
    },
    isForwardedHttps: (request) =>
      isProxied(request) && valuesOf(request.headers['x-forwarded-proto'])[0]?.toLowerCase() === 'https',
  };
}

/** The other end of the connection itself: a client, or a proxy. */
export function peerAddress(socket: Pick<Socket, 'remoteAddress'>): string {
  const known = peers.get(socket);
  if (known !== undefined) return known;
  const address = normalize(socket.remoteAddress ?? '');
  // A socket that has closed knows its peer no longer.
  if (address !== '') peers.set(socket, address);
  return address;
}

/** One connection carries many requests, and its other end stays the same. */
const peers = new WeakMap<Pick<Socket, 'remoteAddress'>, string>();

/** Proxies append: the last address that is not one of them is the client; what stands before it the client may have made up. */
function lastUntrusted(request: IncomingMessage, isTrusted: (address: string) => boolean): string | undefined {
  const chain = valuesOf(request.headers['x-forwarded-for']).map(normalize);
  return chain.toReversed().find((address) => ipaddr.isValid(address) && !isTrusted(address));
}

function normalize(address: string): string {
  return ipaddr.isValid(address) ? ipaddr.process(address).toString() : address;
}

function valuesOf(header: string | string[] | undefined): readonly string[] {
  return (Array.isArray(header) ? header.join(',') : (header ?? '')).split(',').map((value) => value.trim());
}
