import { ForeignTokenError } from './foreign-token-error.ts';
import { parseUniqueJson } from './parse-unique-json.ts';

/** GitHub's tokens have 2 KiB, GitLab's 3 KiB. */
export const MAX_FOREIGN_TOKEN_BYTES = 16 * 1024;
const MAX_KEY_ID_LENGTH = 256;

const ALGORITHMS = ['RS256', 'PS256', 'ES256', 'ES384', 'EdDSA'] as const;
export type ForeignAlgorithm = (typeof ALGORITHMS)[number];

/** A signed token as it is written, before anybody has checked its signature. */
export interface DecodedForeignToken {
  readonly algorithm: ForeignAlgorithm;
  readonly keyId: string | undefined;
  readonly claims: Readonly<Record<string, unknown>>;
}

/**
 * Reads a JWT in compact form (RFC 7519 §3, RFC 7515 §7.1) and judges its form alone. Keys in the header (`jwk`, `jku`, `x5c`, `x5u`)
 * are not looked at: keys come from the issuer only.
 * @throws ForeignTokenError malformed or algorithm
 */
export function decodeForeignToken(token: string): DecodedForeignToken {
  if (token.length > MAX_FOREIGN_TOKEN_BYTES) {
    throw new ForeignTokenError('malformed', `the token is longer than ${MAX_FOREIGN_TOKEN_BYTES} bytes`);
  }
  const parts = token.split('.');
  const [header, claims] = parts;
  if (parts.length !== 3 || header === undefined || claims === undefined) {
    throw new ForeignTokenError('malformed', 'the token is no signed JWT of three parts');
  }
  if (!parts.every((part) => /^[\w-]+$/.test(part))) {
    throw new ForeignTokenError('malformed', 'a part of the token is empty or not base64url');
  }
  return { ...readHeader(decodeObject(header, 'header')), claims: decodeObject(claims, 'payload') };
}

function decodeObject(part: string, what: string): Record<string, unknown> {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Buffer.from(part, 'base64url'));
    const value = parseUniqueJson(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch (cause) {
    throw new ForeignTokenError('malformed', `the ${what} of the token is not JSON whose names differ`, cause);
  }
  throw new ForeignTokenError('malformed', `the ${what} of the token is no JSON object`);
}

function readHeader(header: Record<string, unknown>): Omit<DecodedForeignToken, 'claims'> {
  const algorithm = ALGORITHMS.find((allowed) => allowed === header['alg']);
  if (algorithm === undefined) {
    throw new ForeignTokenError('algorithm', `the token must be signed by one of ${ALGORITHMS.join(', ')}`);
  }
  // RFC 7515 §4.1.11: what must be understood and is not, makes the token invalid. We understand none.
  if ('crit' in header) throw new ForeignTokenError('malformed', 'the token asks for extensions (crit)');
  // RFC 8725 §3.11: a token of another purpose (at+jwt, logout+jwt …) is not taken for an identity.
  const { typ, kid } = header;
  if (typ !== undefined && (typeof typ !== 'string' || typ.toLowerCase() !== 'jwt')) {
    throw new ForeignTokenError('malformed', 'the type (typ) of the token is not JWT');
  }
  if (kid !== undefined && (typeof kid !== 'string' || kid === '' || kid.length > MAX_KEY_ID_LENGTH)) {
    throw new ForeignTokenError('malformed', 'the key id (kid) of the token is no short text');
  }
  return { algorithm, keyId: kid };
}
