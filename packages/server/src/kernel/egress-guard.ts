import { lookup as systemLookup } from 'node:dns/promises';
import { isIP, type Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { Agent, BodyInit, buildConnector, Response } from 'undici';
import { createEgressAddressRule, type EgressAddressRule } from './egress-address-rule.ts';

/**
 * The way out for every connection whose address a user can set: webhooks, replication, OIDC, LDAP, scanners, syslog, SMTP.
 * A name is resolved once, what it resolved to is checked, and the connection goes to just that address.
 *
 * The forwarding of the audit log uses it; webhooks, replication, the OIDC and LDAP logins, scanner adapters and mail will, each
 * given the server's one guard (made of `egressAllow`) when its instance is wired. The operator's own database, blob storage and
 * key service do not.
 */
export interface EgressGuard {
  /**
   * Fetches over http or https. Redirects are followed, each hop checked anew; on another origin only harmless headers go
   * along, and a body never.
   * @param url without credentials in it
   * @throws EgressError whatever went wrong, always with the same text; `cause` is for the log, never for the user
   */
  fetch(url: string | URL, options?: EgressRequest): Promise<Response>;

  /**
   * Resolves and checks a host for a raw connection (LDAP, SMTP, syslog). Connect to the returned address, not to the
   * host, and pass the host as TLS server name.
   * @throws EgressError
   */
  lookup(host: string): Promise<EgressAddress>;

  /** Closes idle connections. */
  close(): Promise<void>;
}

export interface EgressRequest {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Text or bytes, so that it can be sent again after a redirect. */
  readonly body?: string | Uint8Array;
  readonly signal?: AbortSignal;
  /** Of the body, after decompression; reading beyond it fails. Default 10 MiB. */
  readonly maxResponseBytes?: number;
  /** For everything up to the end of the body. Default 30 s. */
  readonly timeoutMs?: number;
  /** Default 5. */
  readonly maxRedirects?: number;
  /** How certificates are checked for this request, and the redirects that it leads to; default: as for all. */
  readonly tls?: EgressTls;
}

export interface EgressTls {
  /** PEM: what certificates are checked against, in place of the usual authorities. */
  readonly certificateAuthority?: string | undefined;
  /** Certificates are not checked at all. */
  readonly isInsecure?: boolean | undefined;
}

export interface EgressAddress {
  readonly address: string;
  readonly family: 4 | 6;
}

export interface EgressGuardOptions {
  /** Networks and host names that the operator allows beyond the public ones (`ROADSTEAD_EGRESS_ALLOW`). */
  readonly allow: readonly string[];
  /** All addresses of a name; by default the system's resolver. */
  readonly resolve?: (host: string) => Promise<readonly EgressAddress[]>;
  /** For resolving and connecting together. Default 5 s. */
  readonly connectTimeoutMs?: number;
  /** Certificates (PEM) that https servers may have in place of the public ones. */
  readonly certificateAuthorities?: readonly string[];
}

/** A connection that was refused or failed. Which of the two, and why, is not for the user: it would make a port scanner. */
export class EgressError extends Error {
  override readonly name = 'EgressError';

  constructor(cause: unknown) {
    super(
      'the address cannot be reached from here: check it, or ask the operator whether connections to it are allowed',
      {
        cause,
      },
    );
  }
}

const DEFAULT_CONNECT_TIMEOUT_MS = 5_000;
const DEFAULT_TIMEOUT_MS = 30_000;
const DEFAULT_MAX_RESPONSE_BYTES = 10 * 1024 * 1024;
const DEFAULT_MAX_REDIRECTS = 5;
const MAX_HEADER_BYTES = 64 * 1024;
const MAX_ADDRESSES = 4;
const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/** What another origin than the configured one may see of a request's headers. */
const HARMLESS_HEADERS: ReadonlySet<string> = new Set([
  'accept',
  'accept-encoding',
  'accept-language',
  'range',
  'user-agent',
]);

export function createEgressGuard(options: EgressGuardOptions): EgressGuard {
  const { connectTimeoutMs = DEFAULT_CONNECT_TIMEOUT_MS } = options;
  const rule = createEgressAddressRule(options.allow);
  const resolve = options.resolve ?? resolveBySystem;
  const getAddresses = (host: string) =>
    withDeadline(connectTimeoutMs, getCheckedAddresses(rule, resolve, host), () => undefined);
  let opening: Promise<Client> | undefined;
  return {
    fetch: async (url, request = {}) => {
      const { tls } = request;
      if (tls?.certificateAuthority !== undefined || tls?.isInsecure === true) {
        return fetchWithTls(getAddresses, connectTimeoutMs, url, { ...request, tls });
      }
      opening ??= openClient(getAddresses, connectTimeoutMs, { ca: options.certificateAuthorities });
      return fetchGuarded(await opening, url, request);
    },
    lookup: async (host) => {
      try {
        return firstOf(await getAddresses(host));
      } catch (cause) {
        throw new EgressError(cause);
      }
    },
    close: async () => (await opening)?.agent.close(),
  };
}

async function resolveBySystem(host: string): Promise<readonly EgressAddress[]> {
  const found = await systemLookup(host, { all: true, order: 'ipv4first' });
  return found.map(({ address, family }) => ({ address, family: family === 6 ? 6 : 4 }));
}

/** One bad address condemns the name: which of its addresses is used must not depend on luck. */
async function getCheckedAddresses(
  rule: EgressAddressRule,
  resolve: (host: string) => Promise<readonly EgressAddress[]>,
  host: string,
): Promise<readonly EgressAddress[]> {
  const literal = host.replace(/^\[(.*)\]$/, '$1');
  const family = isIP(literal);
  const addresses =
    family === 0 ? await resolve(host) : [{ address: literal, family: family === 6 ? 6 : 4 } satisfies EgressAddress];
  const denied = addresses.find(({ address }) => !rule.isAllowed(literal, address));
  if (denied !== undefined) throw new Error(`${host} is ${denied.address}, which users may not connect to`);
  return addresses.slice(0, MAX_ADDRESSES);
}

function firstOf(addresses: readonly EgressAddress[]): EgressAddress {
  const [first] = addresses;
  if (first === undefined) throw new Error('the name has no address');
  return first;
}

/** The HTTP client is heavy and is loaded at its first use. */
interface Client {
  readonly undici: typeof import('undici');
  readonly agent: Agent;
}

/** A client whose connections go to a checked address, be the host a name or a literal. */
async function openClient(
  getAddresses: (host: string) => Promise<readonly EgressAddress[]>,
  connectTimeoutMs: number,
  {
    ca,
    isInsecure = false,
  }: { readonly ca?: readonly string[] | undefined; readonly isInsecure?: boolean | undefined },
): Promise<Client> {
  const undici = await import('undici');
  const connector = undici.buildConnector({
    timeout: connectTimeoutMs,
    allowH2: false,
    ...(ca === undefined ? {} : { ca: [...ca] }),
    ...(isInsecure && { rejectUnauthorized: false }),
  });
  const connect = async (options: buildConnector.Options): Promise<Socket | TLSSocket> => {
    const addresses = await getAddresses(options.hostname);
    let failure: unknown = new Error(`${options.hostname} has no address`);
    for (const { address } of addresses) {
      try {
        return await connectTo(connector, { ...options, ...serverNameOf(options), hostname: address });
      } catch (error) {
        failure = error;
      }
    }
    throw failure;
  };
  const agent = new undici.Agent({
    maxHeaderSize: MAX_HEADER_BYTES,
    connect: (options, callback) => {
      withDeadline(connectTimeoutMs, connect(options), (late) => late.destroy()).then(
        (socket) => callback(null, socket),
        (error: unknown) => callback(error instanceof Error ? error : new Error(String(error)), null),
      );
    },
  });
  return { undici, agent };
}

/** The certificate is checked for the name, though the connection goes to the address. */
function serverNameOf({ hostname, servername }: buildConnector.Options): { servername?: string } {
  if (servername) return { servername };
  return isIP(hostname.replace(/^\[(.*)\]$/, '$1')) === 0 ? { servername: hostname } : {};
}

function connectTo(connector: buildConnector.connector, options: buildConnector.Options): Promise<Socket | TLSSocket> {
  return new Promise((resolve, reject) => {
    connector(options, (error, socket) => (error === null ? resolve(socket) : reject(error)));
  });
}

/** @param discard gets a result that comes after the deadline */
async function withDeadline<Result>(
  deadlineMs: number,
  work: Promise<Result>,
  discard: (late: Result) => void,
): Promise<Result> {
  const { promise: deadline, reject } = Promise.withResolvers<never>();
  let isLate = false;
  const timer = setTimeout(() => {
    isLate = true;
    reject(new Error(`no connection within ${deadlineMs} ms`));
  }, deadlineMs);
  work.then(
    (result) => isLate && discard(result),
    () => undefined,
  );
  try {
    return await Promise.race([work, deadline]);
  } finally {
    clearTimeout(timer);
  }
}

/** Its connections are its own: one that was let in without a certificate must not serve another request. */
async function fetchWithTls(
  getAddresses: (host: string) => Promise<readonly EgressAddress[]>,
  connectTimeoutMs: number,
  url: string | URL,
  request: EgressRequest & { readonly tls: EgressTls },
): Promise<Response> {
  const { certificateAuthority, isInsecure } = request.tls;
  const ca = certificateAuthority === undefined ? undefined : [certificateAuthority];
  const client = await openClient(getAddresses, connectTimeoutMs, { ca, isInsecure });
  try {
    return await fetchGuarded(client, url, request);
  } finally {
    // It waits for the body.
    client.agent.close().catch(() => undefined);
  }
}

/** One request of a chain of redirects. */
interface Hop {
  readonly url: URL;
  readonly method: string;
  readonly headers: Headers;
  readonly body: string | Uint8Array | undefined;
}

async function fetchGuarded(
  { undici, agent }: Client,
  address: string | URL,
  request: EgressRequest,
): Promise<Response> {
  const { timeoutMs = DEFAULT_TIMEOUT_MS, maxRedirects = DEFAULT_MAX_REDIRECTS } = request;
  const timeout = AbortSignal.timeout(timeoutMs);
  const signal = request.signal === undefined ? timeout : AbortSignal.any([request.signal, timeout]);
  try {
    let hop = firstHop(address, request);
    for (let redirects = 0; ; redirects += 1) {
      const { url, method, headers, body } = hop;
      const init = { method, headers: [...headers], redirect: 'manual' as const, signal, dispatcher: agent };
      const response = await undici.fetch(url, body === undefined ? init : { ...init, body: bodyInit(body) });
      const location = REDIRECTS.has(response.status) ? response.headers.get('location') : null;
      if (location === null) return limitBody(undici, response, request.maxResponseBytes ?? DEFAULT_MAX_RESPONSE_BYTES);
      await response.body?.cancel();
      if (redirects === maxRedirects) throw new Error(`more than ${maxRedirects} redirects`);
      hop = nextHop(hop, response.status, location);
    }
  } catch (cause) {
    throw new EgressError(cause);
  }
}

function bodyInit(body: string | Uint8Array): BodyInit {
  // A copy, because the types of the platform want a buffer that nobody shares.
  return typeof body === 'string' ? body : new Uint8Array(body);
}

function firstHop(address: string | URL, request: EgressRequest): Hop {
  const method = (request.method ?? 'GET').toUpperCase();
  return { url: checkUrl(new URL(address)), method, headers: new Headers(request.headers), body: request.body };
}

function nextHop(hop: Hop, status: number, location: string): Hop {
  const url = checkUrl(new URL(location, hop.url));
  const becomesGet = (status === 303 && hop.method !== 'HEAD') || (status < 303 && hop.method === 'POST');
  const isSameOrigin = url.origin === hop.url.origin;
  if (!isSameOrigin && !becomesGet && hop.body !== undefined) {
    throw new Error(`a redirect would carry the body of a request to another origin, ${url.origin}`);
  }
  const headers = new Headers();
  for (const [name, value] of hop.headers) {
    const describesBody = name.startsWith('content-');
    // Once off the configured origin, credentials are gone for the rest of the chain.
    if ((isSameOrigin || HARMLESS_HEADERS.has(name)) && !(becomesGet && describesBody)) headers.set(name, value);
  }
  return becomesGet
    ? { url, method: 'GET', headers, body: undefined }
    : { url, method: hop.method, headers, body: hop.body };
}

function checkUrl(url: URL): URL {
  if (url.protocol !== 'http:' && url.protocol !== 'https:') throw new Error(`${url.protocol} is not http or https`);
  if (url.username !== '' || url.password !== '') throw new Error('the address has credentials in it');
  return url;
}

/** The same response, whose body fails once it is longer than it may be. */
function limitBody(undici: Client['undici'], response: Response, maxBytes: number): Response {
  const declared = Number(response.headers.get('content-length') ?? 0);
  if (declared > maxBytes && response.body !== null) {
    response.body.cancel().catch(() => undefined);
    throw new Error(`the answer has ${declared} bytes, more than ${maxBytes}`);
  }
  if (response.body === null) return response;
  let received = 0;
  const limit = new TransformStream<Uint8Array, Uint8Array>({
    transform(piece, controller) {
      received += piece.byteLength;
      if (received > maxBytes)
        controller.error(new EgressError(new Error(`the answer has more than ${maxBytes} bytes`)));
      else controller.enqueue(piece);
    },
  });
  const { status, statusText, headers } = response;
  return new undici.Response(response.body.pipeThrough(limit), { status, statusText, headers });
}
