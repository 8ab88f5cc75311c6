/** Requests from here may say for whom they are forwarded, and whether that one came by TLS. */
export const TRUSTED_PROXY = '127.7.7.7';

let forwarded = 0;

/** Headers of a client of its own, whom the trusted proxy forwards: what it tries counts for nobody else. */
export function forwardedFor(address: string = nextClientAddress()): readonly [string, string] {
  return ['X-Forwarded-For', address];
}

/** Each in a network of its own. */
export function nextClientAddress(): string {
  forwarded += 1;
  return `10.${(forwarded >> 8) & 255}.${forwarded & 255}.1`;
}
