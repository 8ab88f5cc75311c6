import { parseChallenges } from '@roadstead/oci';
import { authenticationError } from '../cli-error.ts';
import { type Credentials, formatBasic } from './credentials.ts';
import type { HttpRequest, HttpTransport } from './http-transport.ts';
import { readServerErrors } from './response-error.ts';
import type { ServerAddress } from './server-address.ts';
import { createTokenSource, type TokenService, type TokenSource } from './token-source.ts';

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
  /**
   * A request to the server's management API, which takes a user name and password and knows no registry tokens.
   * Resolves with any answer except a 401.
   */
  sendToApi(request: Omit<RegistryRequest, 'scopes'>): Promise<Response>;
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
  return new AuthorizedConnection(options);
}

class AuthorizedConnection implements RegistryConnection {
  readonly server: ServerAddress;
  readonly credentials: Credentials | undefined;
  readonly #transport: HttpTransport;
  readonly #tokens: TokenSource;
  /** Known after the first challenge, which saves the unauthorized attempt of every later request. */
  #scheme: Scheme | undefined;
  #probe: Promise<void> | undefined;

  constructor(options: ConnectionOptions) {
    const { server, credentials, transport, trustedRealms = [], nowMs } = options;
    this.server = server;
    this.credentials = credentials;
    this.#transport = transport;
    this.#tokens = createTokenSource({ server, credentials, transport, trustedRealms, nowMs });
  }

  async send(request: RegistryRequest): Promise<Response> {
    const url = this.resolve(request.target);
    // Uploads may be directed to a storage service: it must not see what opens the registry.
    if (url.origin !== this.server.origin) return this.#transport.send({ ...request, url });
    if (this.credentials) {
      this.#probe ??= this.#findScheme();
      await this.#probe;
    }
    const first = await this.#authorize(this.#scheme, request.scopes, false);
    const response = await this.#attempt(request, url, first);
    if (response.status !== 401) return response;
    const second = await this.#answerChallenge(findChallenge(response), request.scopes, first);
    if (second === undefined) throw await createRefusal(response, this, request.scopes);
    await response.body?.cancel();
    const repeated = await this.#attempt(request, url, second);
    if (repeated.status === 401) throw await createRefusal(repeated, this, request.scopes);
    return repeated;
  }

  async sendToApi(request: Omit<RegistryRequest, 'scopes'>): Promise<Response> {
    const { server, credentials } = this;
    if (credentials?.kind === 'refresh-token') {
      throw authenticationError(
        `the saved login for ${server.host} holds a token that its management API does not take`,
        {
          why: 'docker stored an identity token instead of a password',
          remedy: `\`roadstead login ${server.host}\``,
        },
      );
    }
    const authorization = credentials && formatBasic(credentials.username, credentials.password);
    const response = await this.#attempt(request, new URL(request.target, server.origin), authorization);
    if (response.status === 401) throw await createRefusal(response, this, []);
    return response;
  }

  /** Servers behind a TLS proxy may name themselves with http or another spelling of the port: same host, our origin. */
  resolve(target: string | URL): URL {
    const url = new URL(target, this.server.origin);
    const own = new URL(this.server.origin);
    const isOwn = url.host === this.server.host || url.host === own.host;
    return isOwn ? new URL(`${url.pathname}${url.search}`, own) : url;
  }

  pause(attempt: number, answer?: Response): Promise<void> {
    return this.#transport.pause(attempt, answer);
  }

  /** A user with credentials is that user for public content too, so the challenge is asked for before anything else. */
  async #findScheme(): Promise<void> {
    const response = await this.#transport.send({ method: 'GET', url: new URL('/v2/', this.server.origin) });
    await response.body?.cancel();
    if (response.status === 401) this.#scheme = findChallenge(response)?.scheme;
  }

  #attempt(request: Omit<RegistryRequest, 'scopes'>, url: URL, authorization: string | undefined): Promise<Response> {
    const headers = { ...request.headers, ...(authorization === undefined ? {} : { authorization }) };
    return this.#transport.send({ ...request, url, headers });
  }

  async #authorize(scheme: Scheme | undefined, scopes: readonly string[], fresh: boolean): Promise<string | undefined> {
    if (scheme?.kind === 'bearer') return `Bearer ${await this.#tokens.getToken(scheme.service, scopes, { fresh })}`;
    if (scheme?.kind !== 'basic' || this.credentials?.kind !== 'password') return undefined;
    return formatBasic(this.credentials.username, this.credentials.password);
  }

  /** Undefined when nothing better than what was `refused` can be sent. */
  async #answerChallenge(
    challenge: Challenge | undefined,
    scopes: readonly string[],
    refused: string | undefined,
  ): Promise<string | undefined> {
    if (!challenge) return undefined;
    this.#scheme = challenge.scheme;
    const authorization = await this.#authorize(
      challenge.scheme,
      mergeScopes(scopes, challenge.scopes),
      refused !== undefined,
    );
    // Basic that was just refused is not sent again: some servers lock accounts.
    return challenge.scheme.kind === 'basic' && authorization === refused ? undefined : authorization;
  }
}

function findChallenge(response: Response): Challenge | undefined {
  const challenges = parseChallenges(response.headers.get('www-authenticate'));
  const bearer = challenges.find((challenge) => challenge.scheme === 'bearer');
  const realm = bearer?.parameters['realm'];
  if (bearer && realm !== undefined) {
    const scopes = (bearer.parameters['scope'] ?? '').split(' ').filter((scope) => scope !== '');
    return { scheme: { kind: 'bearer', service: { realm, service: bearer.parameters['service'] } }, scopes };
  }
  return challenges.some((challenge) => challenge.scheme === 'basic')
    ? { scheme: { kind: 'basic' }, scopes: [] }
    : undefined;
}

/** What we ask covers what the server asks in most cases: `…:pull,push` and `…:push,pull` are the same. */
function mergeScopes(ours: readonly string[], theirs: readonly string[]): readonly string[] {
  const spelled = new Set(ours.map(sortActions));
  return [...ours, ...theirs.filter((scope) => !spelled.has(sortActions(scope)))];
}

function sortActions(scope: string): string {
  const colon = scope.lastIndexOf(':');
  return `${scope.slice(0, colon)}:${scope
    .slice(colon + 1)
    .split(',')
    .sort()
    .join(',')}`;
}

async function createRefusal(
  response: Response,
  { server, credentials }: Pick<RegistryConnection, 'server' | 'credentials'>,
  scopes: readonly string[],
) {
  const errors = await readServerErrors(response).catch(() => []);
  const why = ['the server answered 401', ...errors.map((error) => `${error.code}: ${error.message}`)].join('; ');
  if (!credentials) {
    return authenticationError(`${server.host} wants to know who you are`, {
      why,
      remedy: `\`roadstead login ${server.host}\`, or give --username and --password-stdin`,
    });
  }
  const who = credentials.kind === 'password' ? credentials.username : 'the saved login';
  if ((response.headers.get('www-authenticate') ?? '').includes('insufficient_scope')) {
    return authenticationError(`${who} may not do this on ${server.host}`, {
      why: [why, `needed is ${scopes.join(' and ')}`].join('; '),
      remedy: 'check that the project exists, and ask its administrator for the right',
    });
  }
  return authenticationError(`${server.host} refused the credentials of ${who}`, {
    why,
    remedy: `check the password, then \`roadstead login ${server.host}\``,
  });
}
