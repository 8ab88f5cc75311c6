import { parseScopes, type ResourceScope } from '@roadstead/oci';
import { type BasicCredentials, parseBasicCredentials } from '../../http/basic-credentials.ts';
import { REGISTRY_SERVICE } from '../../identity/registry-tokens.ts';
import { ProductError } from '../../kernel/errors.ts';
import { readTokenExchange, TOKEN_EXCHANGE_GRANT } from './token-exchange.ts';

/** With what a client proves who it is. */
export type Proof =
  | { readonly kind: 'none' }
  | ({ readonly kind: 'password' } & BasicCredentials)
  | { readonly kind: 'refresh-token'; readonly refreshToken: string }
  | { readonly kind: 'foreign-token'; readonly token: string }
  /** An Authorization header that nobody can read: as wrong as a wrong password. */
  | { readonly kind: 'unreadable' };

/** What any client's way of asking for a token comes to. */
export interface TokenRequest {
  readonly proof: Proof;
  readonly scopes: readonly ResourceScope[];
  /** `docker login` asks for no scope, and wants to know whether the password is right. */
  readonly asksForScopes: boolean;
  readonly clientId: string;
  /** The client would keep a refresh token. */
  readonly wantsRefreshToken: boolean;
}

export const MAX_SCOPES = 100;

/**
 * Reads `GET /service/token?service=…&scope=…` (Docker token authentication).
 * @throws ProductError BAD_REQUEST, OciError UNSUPPORTED (status 400) for too many scopes.
 */
export function parseTokenQuery(query: URLSearchParams, authorization: string | undefined): TokenRequest {
  return { ...parseCommon(query), proof: parseAuthorization(authorization) };
}

/**
 * Reads the form of `POST /service/token` (Docker's OAuth 2 variant, and token exchange).
 * @throws TokenExchangeError, ProductError BAD_REQUEST, OciError UNSUPPORTED (status 400) for too many scopes.
 */
export function parseTokenForm(form: URLSearchParams): TokenRequest {
  return { ...parseCommon(form), proof: parseGrant(form) };
}

function parseCommon(parameters: URLSearchParams): Omit<TokenRequest, 'proof'> {
  const unknown = parameters.getAll('service').find((service) => service !== '' && service !== REGISTRY_SERVICE);
  if (unknown !== undefined) {
    throw new ProductError('BAD_REQUEST', `this registry issues tokens for the service ${REGISTRY_SERVICE} only`);
  }
  const scopeTexts = parameters.getAll('scope').filter((text) => text.trim() !== '');
  return {
    scopes: parseScopes(scopeTexts, { max: MAX_SCOPES }),
    asksForScopes: scopeTexts.length > 0,
    clientId: parameters.get('client_id') ?? '',
    wantsRefreshToken: parameters.get('offline_token') === 'true' || parameters.get('access_type') === 'offline',
  };
}

function parseAuthorization(header: string | undefined): Proof {
  if (header === undefined || header === '') return { kind: 'none' };
  const basic = parseBasicCredentials(header);
  return basic === undefined ? { kind: 'unreadable' } : { kind: 'password', ...basic };
}

function parseGrant(form: URLSearchParams): Proof {
  const grantType = form.get('grant_type');
  switch (grantType) {
    case 'password':
      return { kind: 'password', username: required(form, 'username'), password: required(form, 'password') };
    case 'refresh_token':
      return { kind: 'refresh-token', refreshToken: required(form, 'refresh_token') };
    case TOKEN_EXCHANGE_GRANT:
      return { kind: 'foreign-token', token: readTokenExchange(form) };
    default:
      throw new ProductError('BAD_REQUEST', `grant_type must be password, refresh_token or ${TOKEN_EXCHANGE_GRANT}`);
  }
}

function required(form: URLSearchParams, name: string): string {
  const value = form.get(name);
  if (value === null) throw new ProductError('BAD_REQUEST', `the form lacks the field ${name}`);
  return value;
}
