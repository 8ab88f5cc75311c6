import { type Digest, digestFromBytes, digestToBytes } from '@roadstead/oci';

/** The digest as it is stored: algorithm, then hash. */
export function toDigestBytes(digest: Digest): Buffer {
  return Buffer.from(digestToBytes(digest));
}

export function fromDigestBytes(bytes: Uint8Array): Digest {
  return digestFromBytes(bytes);
}
