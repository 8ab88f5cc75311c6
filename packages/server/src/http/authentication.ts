import type { ResourceScope } from '@roadstead/oci';
import { ANONYMOUS, type Principal } from '../kernel/principal.ts';
import { parseBasicCredentials } from './basic-credentials.ts';

/** What a request's Authorization header came to. */
export type Authentication =
  | { readonly kind: 'none' }
  | { readonly kind: 'basic'; readonly principal: Principal }
  | { readonly kind: 'invalid-basic' }
  | { readonly kind: 'bearer'; readonly principal: Principal; readonly access: readonly ResourceScope[] }
  | { readonly kind: 'invalid-bearer' };

/** The part of an instance that knows credentials. */
export interface Authenticator {
  readonly credentials: {
    verifyBasic(username: string, password: string, from: { readonly address: string }): Promise<Principal | undefined>;
  };
  readonly tokens: {
    verify(
      rawToken: string,
    ): Promise<{ readonly principal: Principal; readonly access: readonly ResourceScope[] } | undefined>;
  };
}

const BEARER = /^bearer +([A-Za-z0-9._~+/=-]+)$/i;
const MAX_HEADER_LENGTH = 16_384;

/** @throws ProductError TOO_MANY_REQUESTS when too many wrong passwords came from this address. */
export async function authenticate(
  header: string | undefined,
  address: string,
  authenticator: Authenticator,
): Promise<Authentication> {
  if (header === undefined) return { kind: 'none' };
  if (header.length > MAX_HEADER_LENGTH) return { kind: 'invalid-bearer' };
  const token = BEARER.exec(header)?.[1];
  if (token !== undefined) {
    const verified = await authenticator.tokens.verify(token);
    return verified === undefined ? { kind: 'invalid-bearer' } : { kind: 'bearer', ...verified };
  }
  return authenticateBasic(header, address, authenticator);
}

/**
 * As `authenticate`, where registry tokens mean nothing: outside `/v2`. A token names what it allows there and no more, so
 * that whoever holds one gains nothing else of its holder's.
 */
export async function authenticateBasic(
  header: string | undefined,
  address: string,
  authenticator: Authenticator,
): Promise<Authentication> {
  if (header === undefined) return { kind: 'none' };
  const pair = header.length > MAX_HEADER_LENGTH ? undefined : parseBasicCredentials(header);
  if (pair === undefined) return { kind: 'invalid-basic' };
  const principal = await authenticator.credentials.verifyBasic(pair.username, pair.password, { address });
  return principal === undefined ? { kind: 'invalid-basic' } : { kind: 'basic', principal };
}

/** The principal that an authentication stands for; wrong credentials stand for nobody. */
export function principalOf(authentication: Authentication): Principal {
  return authentication.kind === 'basic' || authentication.kind === 'bearer' ? authentication.principal : ANONYMOUS;
}
