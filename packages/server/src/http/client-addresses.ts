import type { IncomingMessage } from 'node:http';
import { isIP, isIPv4, type Socket } from 'node:net';
import ipaddr from 'ipaddr.js';
import { type IpNetwork, isInNetwork, parseIpAddress, parseIpNetwork } from '../kernel/ip-address.ts';

/** Who is at the other end, behind the proxies that the operator trusts and no others. */
export interface ClientAddresses {
  of(request: IncomingMessage): string;
  /** The host that was asked for: the Host header, or what a trusted proxy forwards as it; undefined when there is none. */
  hostOf(request: IncomingMessage): string | undefined;
  isForwardedHttps(request: IncomingMessage): boolean;
  isTrustedProxy(address: string): boolean;
  /** Whether the peer is a trusted proxy. */
  isProxied(request: IncomingMessage): boolean;
}

/** @param trustedProxies networks in CIDR notation */
export function createClientAddresses(trustedProxies: readonly string[]): ClientAddresses {
  const networks = trustedProxies.map(parseProxies);
  const isTrusted = (address: string): boolean => {
    const parsed = parseIpAddress(address);
    return parsed !== undefined && networks.some((network) => isInNetwork(parsed, network));
  };
  const trusted = new WeakMap<Socket, boolean>();
  const isProxied = ({ socket }: IncomingMessage) => {
    if (networks.length === 0) return false;
    const known = trusted.get(socket);
    if (known !== undefined) return known;
    const isProxy = isTrusted(peerAddress(socket));
    trusted.set(socket, isProxy);
    return isProxy;
  };
  return {
    isProxied,
    isTrustedProxy: isTrusted,
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

/**
 * Proxies append: the last address that is not one of them is the client; what stands before it the client may have made up. So
 * it may have before something that is no address: the search ends there.
 */
function lastUntrusted(request: IncomingMessage, isTrusted: (address: string) => boolean): string | undefined {
  for (const entry of valuesOf(request.headers['x-forwarded-for']).toReversed()) {
    const address = normalize(withoutPort(entry));
    if (isIP(address) === 0) return undefined;
    if (!isTrusted(address)) return address;
  }
  return undefined;
}

/** Some gateways forward `192.0.2.7:50123` and `[2001:db8::7]:50123`. */
function withoutPort(entry: string): string {
  return WITH_PORT.exec(entry)?.slice(1).find(Boolean) ?? entry;
}

const WITH_PORT = /^(?:([\d.]+):\d{1,5}|\[([\da-fA-F:.]+)\](?::\d{1,5})?)$/;

/** One text for each address, without the zone that a link-local one has on this machine. */
function normalize(address: string): string {
  if (isIPv4(address)) return address;
  const [bare = ''] = address.split('%');
  return isIP(bare) === 6 ? ipaddr.process(bare).toString() : address;
}

/** As the configuration takes networks, which is less strict about what stands behind their prefix. */
function parseProxies(text: string): IpNetwork {
  const [base, bits] = ipaddr.parseCIDR(text);
  const parsed = parseIpNetwork(`${base.toString()}/${bits}`);
  if (!('problem' in parsed)) return parsed;
  return { base: Uint8Array.from(base.toByteArray()), bits };
}

function valuesOf(header: string | string[] | undefined): readonly string[] {
  return (Array.isArray(header) ? header.join(',') : (header ?? '')).split(',').map((value) => value.trim());
}
