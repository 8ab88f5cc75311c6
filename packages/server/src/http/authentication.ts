import type { ResourceScope } from '@roadstead/oci';
import { ANONYMOUS, type Principal } from '../kernel/principal.ts';

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
const BASIC = /^basic +([A-Za-z0-9+/=_-]*)$/i;
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
  const pair = readBasicPair(header);
  if (pair === undefined) return { kind: 'invalid-basic' };
  const principal = await authenticator.credentials.verifyBasic(pair.username, pair.password, { address });
  return principal === undefined ? { kind: 'invalid-basic' } : { kind: 'basic', principal };
}

/** The principal that an authentication stands for; wrong credentials stand for nobody. */
export function principalOf(authentication: Authentication): Principal {
  return authentication.kind === 'basic' || authentication.kind === 'bearer' ? authentication.principal : ANONYMOUS;
}

/** RFC 7617: the first colon ends the user's name. */
function readBasicPair(header: string): { username: string; password: string } | undefined {
  const encoded = BASIC.exec(header)?.[1];
  if (encoded === undefined) return undefined;
  const text = Buffer.from(encoded, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  if (colon === -1 || text.includes('\0')) return undefined;
  return { username: text.slice(0, colon), password: text.slice(colon + 1) };
}
