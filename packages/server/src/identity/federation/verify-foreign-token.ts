import { compactVerify } from 'jose';
import { decodeForeignToken } from './decode-foreign-token.ts';
import { chooseForeignKey, type ForeignKey } from './foreign-keys.ts';
import { ForeignTokenError } from './foreign-token-error.ts';

/** How far the issuer's clock may be ahead of ours. Nothing is added to the end of a token's life. */
const LEEWAY_SECONDS = 60;
const MAX_LIFE_SECONDS = 24 * 3600;
const MAX_SUBJECT_LENGTH = 1024;

export interface ForeignTokenExpectation {
  /** The very text that `iss` must be: with or without a slash at the end are two issuers. */
  readonly issuer: string;
  /** The one audience that the token must be for, and for no other beside it. */
  readonly audience: string;
  /** Milliseconds since 1970. */
  readonly now: number;
  /** The issuer's keys: those that it publishes (`IssuerKeys.find`) or a set that was given beforehand. */
  readonly findKeys: (keyId: string | undefined) => Promise<readonly ForeignKey[]> | readonly ForeignKey[];
}

export interface ForeignToken {
  readonly subject: string;
  readonly claims: Readonly<Record<string, unknown>>;
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
}

/**
 * Verifies a JWT that another issuer signed (RFC 7519 §7.2, RFC 8725). Issuer and times are judged before the keys are asked for, so
 * that a token for somebody else costs no request.
 * @throws ForeignTokenError
 */
export async function verifyForeignToken(token: string, expected: ForeignTokenExpectation): Promise<ForeignToken> {
  const { algorithm, keyId, claims } = decodeForeignToken(token);
  if (claims['iss'] !== expected.issuer) throw new ForeignTokenError('issuer', 'the token is of another issuer (iss)');
  assertAudience(claims['aud'], expected.audience);
  const expiresAtSeconds = checkTimes(claims, expected.now / 1000);
  const subject = claims['sub'];
  if (typeof subject !== 'string' || subject === '' || subject.length > MAX_SUBJECT_LENGTH) {
    throw new ForeignTokenError('malformed', 'the token has no subject (sub)');
  }
  const { jwk } = chooseForeignKey(await expected.findKeys(keyId), { keyId, algorithm });
  try {
    await compactVerify(token, jwk, { algorithms: [algorithm] });
  } catch (cause) {
    throw new ForeignTokenError('signature', 'the signature of the token is not of the key of its issuer', cause);
  }
  return { subject, claims, expiresAt: expiresAtSeconds * 1000 };
}

/** A token for several at once could be shown here by each of the others. */
function assertAudience(audience: unknown, expected: string): void {
  const [only, ...others] = Array.isArray(audience) ? audience : [audience];
  if (only !== expected || others.length > 0) {
    throw new ForeignTokenError('audience', 'the token is not for the audience (aud) of the rule alone');
  }
}

function checkTimes(claims: Readonly<Record<string, unknown>>, nowSeconds: number): number {
  const { exp, iat, nbf = iat } = claims;
  if (!isInstant(exp) || !isInstant(iat) || !isInstant(nbf)) {
    throw new ForeignTokenError('malformed', 'exp and iat of the token, and nbf where it has one, must be numbers');
  }
  if (exp <= nowSeconds) throw new ForeignTokenError('expired', 'the life of the token is over (exp)');
  if (iat > nowSeconds + LEEWAY_SECONDS || nbf > nowSeconds + LEEWAY_SECONDS) {
    throw new ForeignTokenError('not-yet-valid', 'the token is of the future (iat, nbf): compare the clocks');
  }
  if (exp - iat > MAX_LIFE_SECONDS) {
    throw new ForeignTokenError('lifetime', 'the token lives longer than a day from iat to exp');
  }
  return exp;
}

function isInstant(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0;
}
