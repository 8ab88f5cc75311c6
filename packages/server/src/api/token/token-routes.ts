import { formatScope, OciError, type ResourceScope, renderOciErrors } from '@roadstead/oci';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { SignedIn } from '../../identity/all-credentials.ts';
import type { Identity } from '../../identity/identity.ts';
import type { IssuedToken } from '../../identity/registry-tokens.ts';
import { assertPasswordChosen } from '../../identity/users/assert-password-chosen.ts';
import type { RequestOrigin } from '../../kernel/actor.ts';
import { ProductError } from '../../kernel/errors.ts';
import { ANONYMOUS } from '../../kernel/principal.ts';
import type { Projects } from '../../projects/projects.ts';
import { grantScopes } from './grant-scopes.ts';
import { ISSUED_TOKEN_TYPE, TOKEN_EXCHANGE_GRANT, TokenExchangeError, toTokenExchangeError } from './token-exchange.ts';
import { parseTokenForm, parseTokenQuery, type TokenRequest } from './token-request.ts';

const PATH = '/service/token';
const MAX_FORM_BYTES = 64 * 1024;
const FORM_TYPE = 'application/x-www-form-urlencoded';

/** The parts of an instance that issue tokens. */
export interface TokenInstance {
  readonly identity: Pick<Identity, 'credentials' | 'secondFactorRule' | 'tokens' | 'refreshTokens' | 'providerGrants'>;
  readonly projects: Pick<Projects, 'permissions' | 'findMoved'>;
}

export interface TokenRouteDependencies {
  /** The instance whose host the request names. */
  readonly instanceOf: (request: FastifyRequest) => TokenInstance;
  /** Where the request comes from, for the throttle and for whoever hears of sign-ins. */
  readonly originOf: (request: FastifyRequest) => RequestOrigin;
}

interface TokenAnswer {
  readonly token: string;
  readonly access_token: string;
  readonly expires_in: number;
  /** RFC 3339 */
  readonly issued_at: string;
  readonly refresh_token?: string;
  /** Only in answers to a form (RFC 6749 § 5.1). */
  readonly scope?: string;
}

/** `GET` and `POST /service/token`, in all the ways that registry clients ask. */
export function registerTokenRoutes(app: FastifyInstance, dependencies: TokenRouteDependencies): void {
  app.register(async (routes) => {
    routes.removeAllContentTypeParsers();
    routes.addContentTypeParser(
      FORM_TYPE,
      { parseAs: 'string', bodyLimit: MAX_FORM_BYTES },
      async (_request: FastifyRequest, body: string) => body,
    );
    routes.setErrorHandler((error, _request, reply) => renderTokenError(error, reply));
    routes.addHook('onSend', async (_request, reply) => {
      reply.header('cache-control', 'no-store');
    });
    routes.get(PATH, async (request) => {
      const asked = parseTokenQuery(queryOf(request), request.headers.authorization);
      return (await answer(request, asked, dependencies)).body;
    });
    routes.post(PATH, { bodyLimit: MAX_FORM_BYTES }, async (request) => {
      const form = new URLSearchParams(typeof request.body === 'string' ? request.body : '');
      return form.get('grant_type') === TOKEN_EXCHANGE_GRANT
        ? exchange(request, form, dependencies)
        : answerForm(request, form, dependencies);
    });
  });
}

async function answerForm(request: FastifyRequest, form: URLSearchParams, dependencies: TokenRouteDependencies) {
  const { body, granted } = await answer(request, parseTokenForm(form), dependencies);
  return { ...body, scope: granted.map(formatScope).join(' ') };
}

/** RFC 8693 §2.2. @throws TokenExchangeError */
async function exchange(request: FastifyRequest, form: URLSearchParams, dependencies: TokenRouteDependencies) {
  try {
    const body = await answerForm(request, form, dependencies);
    return { ...body, issued_token_type: ISSUED_TOKEN_TYPE, token_type: 'Bearer' };
  } catch (error) {
    throw toTokenExchangeError(error);
  }
}

function queryOf(request: FastifyRequest): URLSearchParams {
  const question = request.url.indexOf('?');
  return new URLSearchParams(question < 0 ? '' : request.url.slice(question + 1));
}

async function answer(
  request: FastifyRequest,
  asked: TokenRequest,
  { instanceOf, originOf }: TokenRouteDependencies,
): Promise<{ readonly body: TokenAnswer; readonly granted: readonly ResourceScope[] }> {
  const { identity, projects } = instanceOf(request);
  const user = await signInAsNow(identity, asked, originOf(request));
  const principal = user ?? ANONYMOUS;
  assertPasswordChosen(principal);
  await identity.secondFactorRule.assertEnrolled(principal);
  const granted = await grantScopes(projects.permissions, (name) => projects.findMoved(name), principal, asked.scopes);
  const issued = await identity.tokens.issue({ principal, access: granted });
  const refreshToken = await findRefreshToken(identity, asked, user);
  return { body: renderToken(issued, refreshToken), granted };
}

/** As `signIn`, with what a login provider says of somebody now. */
async function signInAsNow(
  identity: TokenInstance['identity'],
  asked: TokenRequest,
  origin: RequestOrigin,
): Promise<SignedIn | undefined> {
  const user = await signIn(identity, asked, origin);
  if (user === undefined || !(await identity.providerGrants.follow(user, origin))) return user;
  return signIn(identity, asked, origin);
}

/** @returns undefined for who shows nothing and asks for something: anonymous */
async function signIn(
  identity: TokenInstance['identity'],
  { proof, asksForScopes }: TokenRequest,
  origin: RequestOrigin,
): Promise<SignedIn | undefined> {
  switch (proof.kind) {
    case 'none':
      return asksForScopes ? undefined : refuse('sign in with a user name and a password');
    case 'unreadable':
      return refuse('the Authorization header is not one of the Basic scheme');
    case 'password': {
      const user = await identity.credentials.verifyBasic(proof.username, proof.password, origin);
      return user ?? refuse('the user name or the password is wrong');
    }
    case 'foreign-token':
      return identity.credentials.workloads.verify(proof.token, origin);
    case 'refresh-token': {
      const user = await identity.refreshTokens.verify(proof.refreshToken);
      return user ?? refuse('the refresh token is not valid any more: sign in again');
    }
  }
}

function refuse(message: string): never {
  throw new ProductError('UNAUTHORIZED', message);
}

async function findRefreshToken(
  identity: TokenInstance['identity'],
  { proof, wantsRefreshToken, clientId }: TokenRequest,
  user: SignedIn | undefined,
): Promise<string | undefined> {
  // What robots and access tokens sign in with is for machines already, and ends with a word.
  if (!wantsRefreshToken || user?.kind !== 'user') return undefined;
  // What a directory takes away must not live on in a token that never asks it again.
  if (user.isProvenByDirectory === true) return undefined;
  // Who refreshes holds one already.
  return proof.kind === 'refresh-token' ? proof.refreshToken : identity.refreshTokens.issue({ user, clientId });
}

function renderToken(issued: IssuedToken, refreshToken: string | undefined): TokenAnswer {
  return {
    token: issued.token,
    access_token: issued.token,
    expires_in: issued.expiresInSeconds,
    issued_at: new Date(issued.issuedAt).toISOString(),
    ...(refreshToken === undefined ? {} : { refresh_token: refreshToken }),
  };
}

function renderTokenError(error: unknown, reply: FastifyReply): FastifyReply {
  if (error instanceof ProductError) {
    if (error.status === 401) reply.header('www-authenticate', 'Basic realm="harbor"');
    if (error.retryAfterSeconds !== undefined) reply.header('retry-after', String(error.retryAfterSeconds));
    const code = error.code === 'TOO_MANY_REQUESTS' ? 'TOOMANYREQUESTS' : error.code;
    return reply.code(error.status).send({ errors: [{ code, message: error.message }] });
  }
  if (error instanceof TokenExchangeError) {
    if (error.retryAfterSeconds !== undefined) reply.header('retry-after', String(error.retryAfterSeconds));
    return reply.code(error.status).send({ error: error.code, error_description: error.message });
  }
  if (error instanceof OciError) return reply.code(error.status).send(renderOciErrors(error));
  const status = statusOf(error);
  if (status === 413)
    return sendPlain(reply, status, 'TOO_LARGE', `a token request has at most ${MAX_FORM_BYTES} bytes`);
  if (status === 415) return sendPlain(reply, status, 'UNSUPPORTED', `send the form as ${FORM_TYPE}`);
  if (status < 500) return sendPlain(reply, status, 'BAD_REQUEST', 'the request cannot be read');
  reply.log.error(error);
  return reply.code(500).send(renderOciErrors(error));
}

function sendPlain(reply: FastifyReply, status: number, code: string, message: string): FastifyReply {
  return reply.code(status).send({ errors: [{ code, message }] });
}

/** The status of an error that Fastify itself made; 500 for all others. */
function statusOf(error: unknown): number {
  const isFastifys = error instanceof Error && 'statusCode' in error && typeof error.statusCode === 'number';
  return isFastifys ? Number(error.statusCode) : 500;
}
