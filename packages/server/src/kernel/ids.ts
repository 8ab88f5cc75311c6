import { randomBytes, randomUUID } from 'node:crypto';

/** Randomness, passed in so that tests own it. */
export interface Ids {
  /** An RFC 9562 version 4 UUID. */
  uuid(): string;
  /** `bytes` random bytes in lower-case hexadecimal. */
  hex(bytes: number): string;
  /** A secret of 256 bits for people and scripts to carry: URL-safe characters only. */
  secret(): string;
}

/** Asking the system for a few bytes costs as much as for a few hundred. */
const POOL_BYTES = 1024;
let pool = Buffer.alloc(0);

function takeRandom(bytes: number): Buffer {
  if (bytes > POOL_BYTES) return randomBytes(bytes);
  if (pool.length < bytes) pool = randomBytes(POOL_BYTES);
  const taken = pool.subarray(0, bytes);
  pool = pool.subarray(bytes);
  return taken;
}

export const systemIds: Ids = {
  uuid: () => randomUUID(),
  hex: (bytes) => takeRandom(bytes).toString('hex'),
  secret: () => randomBytes(32).toString('base64url'),
};
