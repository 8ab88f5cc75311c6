import { parseChallenges } from '@roadstead/oci';
import { authenticationError } from '../cli-error.ts';
import { type Credentials, formatBasic } from './credentials.ts';
import type { HttpRequest, HttpTransport } from './http-transport.ts';
import { readServerErrors } from './response-error.ts';
import type { ServerAddress } from './server-address.ts';
import { createTokenSource, type TokenService } from './token-source.ts';

export interface RegistryRequest extends Omit<HttpRequest, 'url'> {
  /** A path of the server, or an address that the server has named itself (`Location`, `Link`). */
  readonly target: string | URL;
  /** What a token must allow, e.g. `repository:acme/app:pull`. */
  readonly scopes: readonly string[];
}

/** Speaks to one registry as one user. */
export interface RegistryConnection {
  readonly server: ServerAddress;
  readonly credentials: Credentials | undefined;
  /** Resolves with any answer except a 401, which becomes an authentication error (exit code 4). */
  send(request: RegistryRequest): Promise<Response>;
  /** The address of `target` on this server; other servers' addresses stay as they are. */
  resolve(target: string | URL): URL;
  /** See `HttpTransport.pause`. */
  pause(attempt: number, answer?: Response): Promise<void>;
}

export interface ConnectionOptions {
  readonly server: ServerAddress;
  readonly credentials?: Credentials | undefined;
  readonly trustedRealms?: readonly string[];
  readonly transport: HttpTransport;
  readonly nowMs: () => number;
}

type Scheme = { readonly kind: 'basic' } | { readonly kind: 'bearer'; readonly service: TokenService };
interface Challenge {
  readonly scheme: Scheme;
  readonly scopes: readonly string[];
}

export function createRegistryConnection(options: ConnectionOptions): RegistryConnection {
  const { server, credentials, transport } = options;
  const tokens = createTokenSource({ ...options, credentials, trustedRealms: options.trustedRealms ?? [] });
  /** Known after the first challenge, which saves the unauthorized attempt of every later request. */
  let known: Scheme | undefined;
  let probe: Promise<void> | undefined;

  /** A user with credentials is that user for public content too, so the challenge is asked for before anything else. */
  async function findScheme(): Promise<void> {
    const response = await transport.send({ method: 'GET', url: new URL('/v2/', server.origin) });
    await response.body?.cancel();
    if (response.status === 401) known = findChallenge(response)?.scheme;
  }

  async function authorize(scheme: Scheme | undefined, scopes: readonly string[], fresh: boolean): Promise<string | undefined> {
    if (scheme?.kind === 'bearer') return `Bearer ${await tokens.getToken(scheme.service, scopes, { fresh })}`;
    if (scheme?.kind !== 'basic' || credentials?.kind !== 'password') return undefined;
    return formatBasic(credentials.username, credentials.password);
  }

  async function send(request: RegistryRequest): Promise<Response> {
    const url = resolve(request.target);
    // Uploads may be directed to a storage service: it must not see what opens the registry.
    if (url.origin !== server.origin) return transport.send({ ...request, url });
    const attempt = (authorization: string | undefined) =>
      transport.send({
        ...request,
        url,
        headers: { ...request.headers, ...(authorization === undefined ? {} : { authorization }) },
      });
    if (credentials) await (probe ??= findScheme());
    const first = await authorize(known, request.scopes, false);
    const response = await attempt(first);
    if (response.status !== 401) return response;
    const challenge = findChallenge(response);
    const second =
      challenge && (await authorize(challenge.scheme, mergeScopes(request.scopes, challenge.scopes), first !== undefined));
    // Basic that was just refused is not sent again: some servers lock accounts.
    if (!challenge || second === undefined || (challenge.scheme.kind === 'basic' && second === first)) {
      throw await createRefusal(response, server, credentials);
    }
    known = challenge.scheme;
    await response.body?.cancel();
    const repeated = await attempt(second);
    if (repeated.status === 401) throw await createRefusal(repeated, server, credentials);
    return repeated;
  }

  /** Servers behind a TLS proxy may name themselves with http or another spelling of the port: same host, our origin. */
  function resolve(target: string | URL): URL {
    const url = new URL(target, server.origin);
    const own = new URL(server.origin);
    return url.hostname === own.hostname && (url.host === server.host || url.host === own.host)
      ? new URL(`${url.pathname}${url.search}`, own)
      : url;
  }

  return { server, credentials, send, resolve, pause: transport.pause };
}

function findChallenge(response: Response): Challenge | undefined {
  const challenges = parseChallenges(response.headers.get('www-authenticate'));
  const bearer = challenges.find((challenge) => challenge.scheme === 'bearer');
  const realm = bearer?.parameters['realm'];
  if (bearer && realm !== undefined) {
    const scopes = (bearer.parameters['scope'] ?? '').split(' ').filter((scope) => scope !== '');
    return { scheme: { kind: 'bearer', service: { realm, service: bearer.parameters['service'] } }, scopes };
  }
  return challenges.some((challenge) => challenge.scheme === 'basic') ? { scheme: { kind: 'basic' }, scopes: [] } : undefined;
}

/** What we ask covers what the server asks in most cases: `…:pull,push` and `…:push,pull` are the same. */
function mergeScopes(ours: readonly string[], theirs: readonly string[]): readonly string[] {
  const spelled = new Set(ours.map(sortActions));
  return [...ours, ...theirs.filter((scope) => !spelled.has(sortActions(scope)))];
}

function sortActions(scope: string): string {
  const colon = scope.lastIndexOf(':');
  return `${scope.slice(0, colon)}:${scope.slice(colon + 1).split(',').sort().join(',')}`;
}

async function createRefusal(response: Response, server: ServerAddress, credentials: Credentials | undefined) {
  const errors = await readServerErrors(response).catch(() => []);
  const why = ['the server answered 401', ...errors.map((error) => `${error.code}: ${error.message}`)].join('; ');
  if (!credentials) {
    return authenticationError(`${server.host} wants to know who you are`, {
      why,
      remedy: `\`roadstead login ${server.host}\`, or give --username and --password-stdin`,
    });
  }
  const who = credentials.kind === 'password' ? credentials.username : 'the saved login';
  const insufficient = (response.headers.get('www-authenticate') ?? '').includes('insufficient_scope');
  return authenticationError(
    insufficient ? `${who} may not do this on ${server.host}` : `${server.host} refused the credentials of ${who}`,
    {
      why,
      remedy: insufficient
        ? 'ask an administrator of the project for the right, or log in as somebody else'
        : `check the password, then \`roadstead login ${server.host}\``,
    },
  );
}
