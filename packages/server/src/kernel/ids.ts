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

export const systemIds: Ids = {
  uuid: () => randomUUID(),
  hex: (bytes) => randomBytes(bytes).toString('hex'),
  secret: () => randomBytes(32).toString('base64url'),
};
