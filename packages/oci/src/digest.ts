import { OciError } from './errors.ts';
import { quoteForMessage } from './quote-for-message.ts';

export type DigestAlgorithm = 'sha256' | 'sha512';

/** A checked digest: `<algorithm>:<lower-case hex of the exact length>`. */
export type Digest = string & { readonly __digest: true };

const HEX_LENGTHS: Readonly<Record<DigestAlgorithm, number>> = { sha256: 64, sha512: 128 };
const DIGEST_FORM = /^(?:sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})$/;

const SHA256_TAG = 1;
const SHA512_TAG = 2;

export function isDigest(text: string): text is Digest {
  return DIGEST_FORM.test(text);
}

/**
 * @throws OciError DIGEST_INVALID, which says what is wrong: the form, the algorithm, the length or the letters.
 */
export function parseDigest(text: string): Digest {
  if (isDigest(text)) return text;
  throw new OciError('DIGEST_INVALID', explainInvalidDigest(text));
}

function explainInvalidDigest(text: string): string {
  const colon = text.indexOf(':');
  if (colon < 0) return `${quoteForMessage(text)} is not a digest: it must look like sha256:<64 hexadecimal digits>.`;
  const algorithm = text.slice(0, colon);
  if (!isDigestAlgorithm(algorithm)) return explainUnknownAlgorithm(algorithm);
  const hex = text.slice(colon + 1);
  const length = HEX_LENGTHS[algorithm];
  if (hex.length !== length)
    return `A ${algorithm} digest has ${length} hexadecimal digits, and this one has ${hex.length}.`;
  return `The ${algorithm} digest ${quoteForMessage(text)} may hold only the digits 0-9 and the lower-case letters a-f.`;
}

function explainUnknownAlgorithm(algorithm: string): string {
  return `The digest algorithm ${quoteForMessage(algorithm)} is not supported: use sha256 or sha512.`;
}

function isDigestAlgorithm(text: string): text is DigestAlgorithm {
  return text === 'sha256' || text === 'sha512';
}

/** @throws OciError DIGEST_INVALID for anything but `sha256` and `sha512`. */
export function parseDigestAlgorithm(text: string): DigestAlgorithm {
  if (isDigestAlgorithm(text)) return text;
  throw new OciError('DIGEST_INVALID', explainUnknownAlgorithm(text));
}

export function digestAlgorithm(digest: Digest): DigestAlgorithm {
  return digest.startsWith('sha256:') ? 'sha256' : 'sha512';
}

/** The lower-case hexadecimal part. */
export function digestHex(digest: Digest): string {
  return digest.slice(digest.indexOf(':') + 1);
}

/**
 * @param hex lower-case hexadecimal, of the algorithm's exact length.
 * @throws OciError DIGEST_INVALID
 */
export function createDigest(algorithm: DigestAlgorithm, hex: string): Digest {
  return parseDigest(`${algorithm}:${hex}`);
}

/** The stored form: one byte for the algorithm (1 = sha256, 2 = sha512), then the hash: 33 or 65 bytes. */
export function digestToBytes(digest: Digest): Uint8Array {
  const hex = digestHex(digest);
  const bytes = new Uint8Array(1 + hex.length / 2);
  bytes[0] = digestAlgorithm(digest) === 'sha256' ? SHA256_TAG : SHA512_TAG;
  for (let index = 1; index < bytes.length; index += 1) {
    bytes[index] = Number.parseInt(hex.slice(2 * index - 2, 2 * index), 16);
  }
  return bytes;
}

/**
 * Reads what `digestToBytes` wrote.
 * @throws OciError DIGEST_INVALID when the first byte or the length is none that `digestToBytes` writes.
 */
export function digestFromBytes(bytes: Uint8Array): Digest {
  const algorithm = findStoredAlgorithm(bytes);
  if (algorithm === undefined) {
    throw new OciError('DIGEST_INVALID', `${bytes.length} bytes that begin with ${bytes[0]} are not a stored digest.`);
  }
  let hex = '';
  for (let index = 1; index < bytes.length; index += 1) hex += HEX_PAIRS[bytes[index] ?? 0];
  return createDigest(algorithm, hex);
}

function findStoredAlgorithm(bytes: Uint8Array): DigestAlgorithm | undefined {
  if (bytes[0] === SHA256_TAG && bytes.length === 33) return 'sha256';
  if (bytes[0] === SHA512_TAG && bytes.length === 65) return 'sha512';
  return undefined;
}

const HEX_PAIRS: readonly string[] = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));
