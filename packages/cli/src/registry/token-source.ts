import { authenticationError } from '../cli-error.ts';
import { findJson, findNumber, findString, recordOf } from '../json-shape.ts';
import { type Credentials, formatBasic } from './credentials.ts';
import type { HttpTransport } from './http-transport.ts';
import { createResponseError } from './response-error.ts';
import type { ServerAddress } from './server-address.ts';

/** Where a registry's Bearer challenge sends its clients. */
export interface TokenService {
  readonly realm: string;
  readonly service: string | undefined;
}

export interface TokenSource {
  /**
   * A token for these scopes, from the cache while it is valid for at least ten more seconds.
   * Throws an authentication error (exit code 4) if the credentials are refused, or may not be sent there.
   */
  getToken(service: TokenService, scopes: readonly string[], options?: { readonly fresh?: boolean }): Promise<string>;
}

export interface TokenSourceOptions {
  readonly server: ServerAddress;
  readonly credentials: Credentials | undefined;
  /** `host` or `host:port` of token services beside the registry's own that may see the credentials. */
  readonly trustedRealms: readonly string[];
  readonly transport: HttpTransport;
  readonly nowMs: () => number;
}

const CLIENT_ID = 'roadstead-cli';
/** The token specification: a client takes 60 s when `expires_in` is missing. */
const DEFAULT_LIFETIME_SECONDS = 60;
const EXPIRY_MARGIN_MS = 10_000;

export function createTokenSource(options: TokenSourceOptions): TokenSource {
  const cache = new Map<string, { readonly token: string; readonly expiresMs: number }>();
  const pending = new Map<string, Promise<string>>();

  async function fetchToken(service: TokenService, scopes: readonly string[], key: string): Promise<string> {
    const requestedMs = options.nowMs();
    const { token, lifetimeSeconds } = await requestToken(options, service, scopes);
    cache.set(key, { token, expiresMs: requestedMs + lifetimeSeconds * 1000 });
    return token;
  }

  return {
    async getToken(service, scopes, { fresh = false } = {}) {
      const key = JSON.stringify([service.realm, service.service, [...scopes].sort()]);
      const cached = cache.get(key);
      if (!fresh && cached && cached.expiresMs - EXPIRY_MARGIN_MS > options.nowMs()) return cached.token;
      // Parallel transfers that need the same token share one request.
      const running = pending.get(key) ?? fetchToken(service, scopes, key).finally(() => pending.delete(key));
      pending.set(key, running);
      return running;
    },
  };
}

async function requestToken(
  { server, credentials, trustedRealms, transport }: TokenSourceOptions,
  service: TokenService,
  scopes: readonly string[],
): Promise<{ token: string; lifetimeSeconds: number }> {
  const url = parseRealm(service.realm, server);
  if (credentials) assertTrustedRealm(url, server, trustedRealms);
  const request =
    credentials?.kind === 'refresh-token'
      ? createRefreshRequest(url, service, scopes, credentials.token)
      : createPasswordRequest(url, service, scopes, credentials);
  const response = await transport.send({ ...request, url, redirect: 'error' });
  if (!response.ok) throw await createTokenError(response, server, credentials);
  const answer = recordOf(findJson(await response.text()));
  const token = findString(answer, 'token') ?? findString(answer, 'access_token');
  if (!token)
    throw authenticationError(`${url.host} gave no token`, { why: 'its answer has neither token nor access_token' });
  return { token, lifetimeSeconds: findNumber(answer, 'expires_in') ?? DEFAULT_LIFETIME_SECONDS };
}

function createPasswordRequest(
  url: URL,
  service: TokenService,
  scopes: readonly string[],
  credentials: Extract<Credentials, { kind: 'password' }> | undefined,
) {
  if (service.service !== undefined) url.searchParams.set('service', service.service);
  if (scopes.length > 0) url.searchParams.set('scope', scopes.join(' '));
  if (!credentials) return { method: 'GET' };
  url.searchParams.set('account', credentials.username);
  return { method: 'GET', headers: { authorization: formatBasic(credentials.username, credentials.password) } };
}

function createRefreshRequest(url: URL, service: TokenService, scopes: readonly string[], token: string) {
  const form = new URLSearchParams({ grant_type: 'refresh_token', client_id: CLIENT_ID, refresh_token: token });
  if (service.service !== undefined) form.set('service', service.service);
  if (scopes.length > 0) form.set('scope', scopes.join(' '));
  return {
    method: 'POST',
    url,
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: () => form.toString(),
  };
}

function parseRealm(realm: string, server: ServerAddress): URL {
  const url = URL.parse(realm);
  if (url?.protocol === 'http:' || url?.protocol === 'https:') return url;
  throw authenticationError(`${server.host} sends clients to a token service that is not a URL`, {
    why: `its realm is ${JSON.stringify(realm)}`,
    remedy: 'tell its operator',
  });
}

/** A registry names its token service itself, so an evil or broken one could have a password sent anywhere. */
function assertTrustedRealm(url: URL, server: ServerAddress, trustedRealms: readonly string[]): void {
  if (url.protocol === 'http:' && server.origin.startsWith('https:')) {
    throw authenticationError(`the credentials for ${server.host} were not sent`, {
      why: `its token service ${url.origin} would receive them unencrypted`,
      remedy: 'tell the operator of the server to give its external URL as https://…',
    });
  }
  if (url.origin === server.origin || trustedRealms.includes(url.host) || trustedRealms.includes(url.hostname)) return;
  throw authenticationError(`the credentials for ${server.host} were not sent`, {
    why: `it asks to send them to another server, ${url.host}`,
    remedy: `if that is right, add --trust-realm ${url.host} (\`login\` remembers it)`,
  });
}

async function createTokenError(response: Response, server: ServerAddress, credentials: Credentials | undefined) {
  if (response.status !== 401 && response.status !== 403 && response.status !== 400) {
    return createResponseError(response, `get a token for ${server.host}`);
  }
  const { why } = await createResponseError(response, 'get a token');
  if (!credentials)
    return authenticationError(`${server.host} wants to know who you are`, { why, remedy: loginRemedy(server) });
  return authenticationError(`${server.host} refused the credentials`, {
    why,
    remedy: `check the user name and the password, then \`roadstead login ${server.host}\``,
  });
}

function loginRemedy(server: ServerAddress): string {
  return `\`roadstead login ${server.host}\`, or give --username and --password-stdin`;
}
