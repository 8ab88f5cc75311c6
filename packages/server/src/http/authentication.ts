import type { ResourceScope } from '@roadstead/oci';
import type { RequestOrigin } from '../kernel/actor.ts';
import { ProductError } from '../kernel/errors.ts';
import { ANONYMOUS, type Principal } from '../kernel/principal.ts';
import { parseBasicCredentials } from './basic-credentials.ts';
import type { Exchange } from './exchange.ts';
import { readSessionCookie } from './session-cookie.ts';

/** What a request's credentials came to. */
export type Authentication =
  | { readonly kind: 'none' }
  | { readonly kind: 'basic'; readonly principal: Principal }
  /** With what is wrong, where that may be told. */
  | { readonly kind: 'invalid-basic'; readonly reason?: string }
  | { readonly kind: 'bearer'; readonly principal: Principal; readonly access: readonly ResourceScope[] }
  | { readonly kind: 'invalid-bearer' }
  | ({ readonly kind: 'session' } & BrowserSession);

/** A browser that is signed in. */
export interface BrowserSession {
  readonly id: string;
  readonly principal: Principal;
  /** What requests that change something have to show. */
  readonly csrfToken: string;
  /** The login provider that it was opened by. */
  readonly providerId?: string;
}

/** The part of an instance that knows credentials. */
export interface Authenticator {
  readonly credentials: {
    verifyBasic(username: string, password: string, from: RequestOrigin): Promise<Principal | undefined>;
  };
  /** Told by their form, which no registry token has. */
  readonly accessTokens: { verify(rawToken: string, from: RequestOrigin): Promise<Principal | undefined> };
  readonly tokens: {
    verify(
      rawToken: string,
    ): Promise<{ readonly principal: Principal; readonly access: readonly ResourceScope[] } | undefined>;
  };
}

/** As `Authenticator`, with sessions of browsers, and ID tokens of login providers. */
export interface ManagementAuthenticator extends Authenticator {
  readonly sessions: { verify(secret: string): Promise<BrowserSession | undefined> };
  readonly idTokens: { verify(rawToken: string, from: RequestOrigin): Promise<Principal | undefined> };
  /** Tells whether somebody is another one by now than the principal says. */
  readonly providerGrants: { follow(principal: Principal, from: RequestOrigin): Promise<boolean> };
}

const BEARER = /^bearer +([A-Za-z0-9._~+/=-]+)$/i;
const ACCESS_TOKEN = /^bearer +(roadstead_pat_[A-Za-z0-9_-]+)$/i;
const ID_TOKEN = /^bearer +([\w-]+\.[\w-]+\.[\w-]+)$/i;
const MAX_HEADER_LENGTH = 16_384;

/** @throws ProductError TOO_MANY_REQUESTS when too many wrong passwords came from this address. */
export async function authenticate(
  header: string | undefined,
  origin: RequestOrigin,
  authenticator: Authenticator,
): Promise<Authentication> {
  if (header === undefined) return { kind: 'none' };
  if (header.length > MAX_HEADER_LENGTH) return { kind: 'invalid-bearer' };
  const token = BEARER.exec(header)?.[1];
  if (token !== undefined) {
    const verified = await authenticator.tokens.verify(token);
    return verified === undefined ? { kind: 'invalid-bearer' } : { kind: 'bearer', ...verified };
  }
  return authenticateBasic(header, origin, authenticator);
}

/**
 * As `authenticate`, where registry tokens mean nothing: outside `/v2`. A token names what it allows there and no more, so
 * that whoever holds one gains nothing else of its holder's. Access tokens may be sent as bearer tokens here.
 */
export async function authenticateBasic(
  header: string | undefined,
  origin: RequestOrigin,
  authenticator: Authenticator,
): Promise<Authentication> {
  if (header === undefined) return { kind: 'none' };
  const accessToken = header.length > MAX_HEADER_LENGTH ? undefined : ACCESS_TOKEN.exec(header)?.[1];
  if (accessToken !== undefined) {
    const holder = await authenticator.accessTokens.verify(accessToken, origin);
    return holder === undefined ? { kind: 'invalid-bearer' } : { kind: 'basic', principal: holder };
  }
  const pair = header.length > MAX_HEADER_LENGTH ? undefined : parseBasicCredentials(header);
  if (pair === undefined) return { kind: 'invalid-basic' };
  try {
    const principal = await authenticator.credentials.verifyBasic(pair.username, pair.password, origin);
    return principal === undefined ? { kind: 'invalid-basic' } : { kind: 'basic', principal };
  } catch (error) {
    if (!(error instanceof ProductError) || error.code !== 'UNAUTHORIZED') throw error;
    return { kind: 'invalid-basic', reason: error.message };
  }
}

/**
 * As `authenticateBasic`, also by an ID token of a login provider, and then by the cookie of a session, which works on the management API and not on `/v2`. Wrong Basic
 * credentials count as none, as in Harbor.
 */
export async function authenticateManagement(
  exchange: Pick<Exchange, 'actor' | 'header' | 'isSecure'>,
  authenticator: ManagementAuthenticator,
): Promise<Authentication> {
  const authentication = await authenticateOnce(exchange, authenticator);
  const hasChanged = await authenticator.providerGrants.follow(principalOf(authentication), exchange.actor);
  return hasChanged ? authenticateOnce(exchange, authenticator) : authentication;
}

async function authenticateOnce(
  exchange: Pick<Exchange, 'actor' | 'header' | 'isSecure'>,
  authenticator: ManagementAuthenticator,
): Promise<Authentication> {
  const basic = await authenticateHeader(exchange, authenticator);
  const secret = basic.kind === 'basic' ? undefined : readSessionCookie(exchange);
  if (secret === undefined) return basic;
  const session = await authenticator.sessions.verify(secret);
  return session === undefined ? basic : { kind: 'session', ...session };
}

async function authenticateHeader(
  exchange: Pick<Exchange, 'actor' | 'header'>,
  authenticator: ManagementAuthenticator,
): Promise<Authentication> {
  const { actor } = exchange;
  const shown = exchange.header('authorization');
  const idToken = shown === undefined || shown.length > MAX_HEADER_LENGTH ? undefined : ID_TOKEN.exec(shown)?.[1];
  if (idToken === undefined) return authenticateBasic(shown, actor, authenticator);
  const principal = await authenticator.idTokens.verify(idToken, actor);
  return principal === undefined ? { kind: 'invalid-bearer' } : { kind: 'basic', principal };
}

/** The principal that an authentication stands for; wrong credentials stand for nobody. */
export function principalOf(authentication: Authentication): Principal {
  return 'principal' in authentication ? authentication.principal : ANONYMOUS;
}
