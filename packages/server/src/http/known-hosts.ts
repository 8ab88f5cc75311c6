import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { hostWithoutDefaultPort, hostWithoutPort, normalizeHost } from '../kernel/host.ts';
import type { ClientAddresses } from './client-addresses.ts';

export interface OriginOptions {
  /** Of the instance `main` only: it is no address of another. */
  readonly externalUrl: string | undefined;
  /** Hosts of the request's instance, lower case, each with or without a port. */
  readonly hosts: readonly string[];
}

/**
 * The origin for realms, Location headers and links: the request's own host where that is one of the instance's known hosts,
 * else the external URL, else an address of the instance itself. A host that we do not know never comes back, and neither
 * does that of another instance, whose token service would get the password.
 */
export function originOf(
  request: IncomingMessage,
  options: OriginOptions,
  addresses: Pick<ClientAddresses, 'isForwardedHttps' | 'hostOf'>,
): string {
  const { socket } = request;
  const scheme = isSecureRequest(request, addresses) ? 'https' : 'http';
  const asked = addresses.hostOf(request) ?? '';
  const { hosts, externalUrl } = options;
  const known = origins.get(socket);
  if (known?.asked === asked && known.scheme === scheme && known.hosts === hosts && known.externalUrl === externalUrl) {
    return known.origin;
  }
  const origin = findOrigin(asked, { socket, scheme }, options);
  origins.set(socket, { asked, scheme, hosts, externalUrl, origin });
  return origin;
}

/** Whether a request came encrypted, at least to a trusted proxy. */
export function isSecureRequest(
  request: IncomingMessage,
  addresses: Pick<ClientAddresses, 'isForwardedHttps'>,
): boolean {
  return isEncrypted(request.socket) || addresses.isForwardedHttps(request);
}

/** What the last request of a connection came to: the next one mostly asks for the same host. */
const origins = new WeakMap<Socket, KnownOrigin>();

interface KnownOrigin extends OriginOptions {
  readonly asked: string;
  readonly scheme: 'http' | 'https';
  readonly origin: string;
}

function findOrigin(
  asked: string,
  { socket, scheme }: { readonly socket: Socket; readonly scheme: 'http' | 'https' },
  options: OriginOptions,
): string {
  const bare = (text: string) => hostWithoutDefaultPort(normalizeHost(text) ?? '', scheme);
  const host = bare(asked);
  const external = options.externalUrl === undefined ? [] : [new URL(options.externalUrl).host];
  const own = [listenHost(socket), `localhost:${socket.localPort}`, `127.0.0.1:${socket.localPort}`];
  const known = [...external, ...own, ...options.hosts].map(bare);
  const isKnown = host !== '' && (known.includes(host) || options.hosts.includes(hostWithoutPort(host)));
  if (isKnown) return `${scheme}://${host}`;
  return options.externalUrl ?? `${scheme}://${bare(fallbackHost(socket, options.hosts))}`;
}

/** The address that the request came in on where it leads to this instance again: by its port, or as the only instance. */
function fallbackHost(socket: Socket, hosts: readonly string[]): string {
  const isReachedByPort = hosts.some((host) => host.endsWith(`:${socket.localPort}`));
  const [first] = hosts;
  return first === undefined || isReachedByPort ? listenHost(socket) : first;
}

function listenHost(socket: Socket): string {
  const address = socket.localAddress ?? '127.0.0.1';
  const plain = address.startsWith('::ffff:') ? address.slice('::ffff:'.length) : address;
  return `${plain.includes(':') ? `[${plain}]` : plain}:${socket.localPort}`;
}

function isEncrypted(socket: Socket): boolean {
  return 'encrypted' in socket && socket.encrypted === true;
}
