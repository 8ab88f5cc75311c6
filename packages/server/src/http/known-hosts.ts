import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { ClientAddresses } from './client-addresses.ts';

export interface OriginOptions {
  readonly externalUrl: string | undefined;
  /** Hosts of the request's instance, lower case, each with or without a port. */
  readonly hosts: readonly string[];
}

/**
 * The origin for realms, Location headers and links: the request's own host where that is one of the instance's known hosts,
 * else the external URL, else the address that the request came in on. A Host header that we do not know never comes back.
 */
export function originOf(
  request: IncomingMessage,
  options: OriginOptions,
  addresses: Pick<ClientAddresses, 'isForwardedHttps'>,
): string {
  const socket = request.socket;
  const scheme = isEncrypted(socket) || addresses.isForwardedHttps(request) ? 'https' : 'http';
  const host = request.headers.host?.toLowerCase();
  if (host !== undefined && isKnown(host, socket, options)) return `${scheme}://${host}`;
  return options.externalUrl ?? `${scheme}://${listenHost(socket)}`;
}

function isKnown(host: string, socket: Socket, options: OriginOptions): boolean {
  const external = options.externalUrl === undefined ? [] : [new URL(options.externalUrl).host];
  const own = [listenHost(socket), `localhost:${socket.localPort}`, `127.0.0.1:${socket.localPort}`];
  const known = [...external, ...own, ...options.hosts];
  return known.includes(host) || options.hosts.includes(host.replace(/:\d+$/, ''));
}

function listenHost(socket: Socket): string {
  const address = socket.localAddress ?? '127.0.0.1';
  const plain = address.startsWith('::ffff:') ? address.slice('::ffff:'.length) : address;
  return `${plain.includes(':') ? `[${plain}]` : plain}:${socket.localPort}`;
}

function isEncrypted(socket: Socket): boolean {
  return 'encrypted' in socket && (socket as TLSSocket).encrypted === true;
}
