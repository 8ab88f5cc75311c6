import { assertStorageName } from './storage-name.ts';

const DIGEST = /^[a-z0-9]{1,16}:[0-9a-f]{32,128}$/;
const GENERATION = /^[0-9a-f]{16,40}$/;

/**
 * The key of one stored copy: `sha256-<hex>-<generation>`. Two copies of the same bytes get two keys, so a late delete
 * of the one never takes the other.
 * @param digest `sha256:<hex>` or another algorithm whose hash is written in lower-case hex
 * @param randomHex the generation: 16 to 40 lower-case hex digits, fresh from the caller's randomness for each copy
 */
export function createStorageKey(digest: string, randomHex: string): string {
  if (!DIGEST.test(digest)) throw new TypeError(`not a digest that can name a stored copy: ${JSON.stringify(digest)}`);
  if (!GENERATION.test(randomHex)) throw new TypeError('the generation of a storage key is 16 to 40 hex digits');
  const key = `${digest.replace(':', '-')}-${randomHex}`;
  assertStorageName('storage key', key);
  return key;
}
