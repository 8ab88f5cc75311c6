import { createHash } from 'node:crypto';
import { createDigest, digestAlgorithm } from '@roadstead/oci';
import type { BlobStorage } from '../../../drivers/blob-storage/blob-storage.ts';
import type { StoredCopy } from './stored-copies.ts';

/** The stored bytes are others than the digest says. */
export class DamagedCopyError extends Error {
  override readonly name = 'DamagedCopyError';
}

/** The storage that was read from failed; what was written to is well. */
export class CopyReadError extends Error {
  override readonly name = 'CopyReadError';
}

export interface VerifiedBytesOptions {
  readonly onBytes?: ((sizeBytes: number) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * The bytes of a stored copy, each piece memory of its own. Ends only when they are what every digest of the copy says, so whoever
 * stores what this yields has stored the right bytes, or hears of it before the end.
 * @throws DamagedCopyError; CopyReadError with the cause
 */
export async function* verifiedBytes(
  storage: Pick<BlobStorage, 'readObject'>,
  { storageKey, sizeBytes, digests }: StoredCopy,
  { onBytes, signal }: VerifiedBytesOptions = {},
): AsyncGenerator<Uint8Array, void, undefined> {
  const hashes = digests.map((digest) => ({ digest, hash: createHash(digestAlgorithm(digest)) }));
  try {
    for await (const piece of storage.readObject(storageKey, 0, sizeBytes, signal)) {
      for (const { hash } of hashes) hash.update(piece);
      onBytes?.(piece.byteLength);
      yield new Uint8Array(piece);
    }
  } catch (cause) {
    signal?.throwIfAborted();
    throw new CopyReadError(`the stored copy ${storageKey} could not be read`, { cause });
  }
  for (const { digest, hash } of hashes) {
    const actual = createDigest(digestAlgorithm(digest), hash.digest('hex'));
    if (actual !== digest) throw new DamagedCopyError(`its bytes have the digest ${actual}`);
  }
}
