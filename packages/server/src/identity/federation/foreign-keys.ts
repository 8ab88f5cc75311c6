import type { JWK } from 'jose';
import type { ForeignAlgorithm } from './decode-foreign-token.ts';
import { ForeignTokenError } from './foreign-token-error.ts';

const MAX_KEYS = 100;
/** Of 2048 bits, in base64url. */
const MIN_MODULUS_LENGTH = 341;
const MAX_MODULUS_LENGTH = 1366;

/** What a public key may verify, by its type and curve. */
const ALGORITHMS: Readonly<Record<string, readonly ForeignAlgorithm[]>> = {
  RSA: ['RS256', 'PS256'],
  'P-256': ['ES256'],
  'P-384': ['ES384'],
  Ed25519: ['EdDSA'],
};

/** A public key of an issuer. */
export interface ForeignKey {
  readonly keyId: string | undefined;
  readonly algorithms: readonly ForeignAlgorithm[];
  /** Nothing but the public members. */
  readonly jwk: JWK;
}

/**
 * Reads a key set (RFC 7517 §5). Keys of other kinds and uses are left out, as its section 5 asks; so are symmetric ones, and those
 * whose private half was published.
 * @throws SyntaxError when it is no key set
 */
export function parseForeignKeys(document: unknown): readonly ForeignKey[] {
  const keys = isObject(document) ? document['keys'] : undefined;
  if (!Array.isArray(keys)) throw new SyntaxError('a key set is an object with the list `keys`');
  if (keys.length > MAX_KEYS) throw new SyntaxError(`a key set has at most ${MAX_KEYS} keys`);
  return keys.map(toForeignKey).filter((key) => key !== undefined);
}

/**
 * The one key that the token names. Without a name it is the only one there is (RFC 7515 §4.1.4 makes `kid` a hint; we do not try keys).
 * @throws ForeignTokenError key
 */
export function chooseForeignKey(
  keys: readonly ForeignKey[],
  { keyId, algorithm }: { readonly keyId: string | undefined; readonly algorithm: ForeignAlgorithm },
): ForeignKey {
  if (keyId === undefined && keys.length > 1) {
    throw new ForeignTokenError('key', 'the token names no key (kid), and its issuer has several');
  }
  const named = keyId === undefined ? keys : keys.filter((key) => key.keyId === keyId);
  const [key, another] = named;
  if (key === undefined) throw new ForeignTokenError('key', 'the issuer does not publish the key of the token');
  if (another !== undefined) throw new ForeignTokenError('key', 'the issuer publishes several keys of that name');
  if (!key.algorithms.includes(algorithm)) {
    throw new ForeignTokenError('algorithm', `the key of the token is not for ${algorithm}`);
  }
  return key;
}

function toForeignKey(jwk: unknown): ForeignKey | undefined {
  if (!isObject(jwk) || 'd' in jwk || 'k' in jwk) return undefined;
  const { kid, use, key_ops: operations, alg } = jwk;
  if (use !== undefined && use !== 'sig') return undefined;
  if (operations !== undefined && !(Array.isArray(operations) && operations.includes('verify'))) return undefined;
  if (kid !== undefined && typeof kid !== 'string') return undefined;
  const found = readPublicMembers(jwk);
  if (found === undefined) return undefined;
  const algorithms = found.algorithms.filter((algorithm) => alg === undefined || alg === algorithm);
  return algorithms.length === 0 ? undefined : { keyId: kid, algorithms, jwk: found.jwk };
}

function readPublicMembers(jwk: Record<string, unknown>): Omit<ForeignKey, 'keyId'> | undefined {
  const { kty, crv, n, e, x, y } = jwk;
  if (kty === 'RSA') {
    const isFit = typeof n === 'string' && n.length >= MIN_MODULUS_LENGTH && n.length <= MAX_MODULUS_LENGTH;
    return isFit && typeof e === 'string' ? { algorithms: ALGORITHMS['RSA'] ?? [], jwk: { kty, n, e } } : undefined;
  }
  if (typeof crv !== 'string' || typeof x !== 'string' || !Object.hasOwn(ALGORITHMS, crv)) return undefined;
  const algorithms = ALGORITHMS[crv] ?? [];
  if (kty === 'EC' && crv.startsWith('P-') && typeof y === 'string') return { algorithms, jwk: { kty, crv, x, y } };
  return kty === 'OKP' && crv === 'Ed25519' ? { algorithms, jwk: { kty, crv, x } } : undefined;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
