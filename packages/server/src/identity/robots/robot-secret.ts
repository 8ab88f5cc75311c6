import { createHash, timingSafeEqual } from 'node:crypto';
import { ProductError } from '../../kernel/errors.ts';
import type { Ids } from '../../kernel/ids.ts';

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
const GENERATED_LENGTH = 32;
/** Bytes from here on would make some characters likelier than others. */
const FAIR_BYTES = Math.floor(256 / ALPHABET.length) * ALPHABET.length;
const MIN_LENGTH = 8;
const MAX_LENGTH = 128;
const RANDOM_HASH = 'sha256:';

/** @returns 32 characters with at least one upper-case letter, one lower-case letter and one digit: Harbor's form, 190 bits */
export function generateRobotSecret(ids: Pick<Ids, 'hex'>): string {
  for (;;) {
    const fair = [...Buffer.from(ids.hex(GENERATED_LENGTH * 2), 'hex')].filter((byte) => byte < FAIR_BYTES);
    const secret = fair
      .slice(0, GENERATED_LENGTH)
      .map((byte) => ALPHABET[byte % ALPHABET.length])
      .join('');
    if (secret.length === GENERATED_LENGTH && hasEveryKind(secret)) return secret;
  }
}

/**
 * Harbor's rule for secrets that somebody chooses.
 * @throws ProductError BAD_REQUEST that states the rule, never the secret
 */
export function assertGoodRobotSecret(secret: string): void {
  if (secret.length >= MIN_LENGTH && secret.length <= MAX_LENGTH && hasEveryKind(secret)) return;
  throw new ProductError(
    'BAD_REQUEST',
    `this secret is not accepted: it needs ${MIN_LENGTH} to ${MAX_LENGTH} characters with at least one upper-case letter, one lower-case letter and one digit`,
  );
}

/** For generated secrets: so many random bits need no slow hash. */
export function hashRandomSecret(secret: string): string {
  return `${RANDOM_HASH}${createHash('sha256').update(secret).digest('hex')}`;
}

export function isRandomHash(hash: string): boolean {
  return hash.startsWith(RANDOM_HASH);
}

/** In constant time. @param presented what `hashRandomSecret` makes of the secret */
export function equalsRandomHash(presented: string, stored: string): boolean {
  return presented.length === stored.length && timingSafeEqual(Buffer.from(presented), Buffer.from(stored));
}

function hasEveryKind(secret: string): boolean {
  return /[A-Z]/.test(secret) && /[a-z]/.test(secret) && /[0-9]/.test(secret);
}
