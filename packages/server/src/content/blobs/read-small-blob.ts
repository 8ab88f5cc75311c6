import { type Digest, OciError } from '@roadstead/oci';
import { type FindReadableBlobDeps, findReadableBlob } from './find-readable-blob.ts';
import { type ReadBlobDeps, readBlob } from './read-blob.ts';

/**
 * The whole of a small blob.
 * @returns undefined when the repository does not hold it, when it has more than `maxBytes`, or when the storage has lost it
 */
export async function readSmallBlob(
  deps: FindReadableBlobDeps & ReadBlobDeps,
  repository: string,
  digest: Digest,
  maxBytes: number,
): Promise<Buffer | undefined> {
  const blob = await findReadableBlob(deps, repository, digest);
  if (blob === undefined || blob.size > maxBytes) return undefined;
  if (blob.size === 0) return Buffer.alloc(0);
  const pieces: Uint8Array[] = [];
  try {
    // The storage may use its buffers again.
    for await (const piece of readBlob(deps, blob, { start: 0, end: blob.size, signal: undefined })) {
      pieces.push(Buffer.from(piece));
    }
  } catch (error) {
    if (error instanceof OciError) return undefined;
    throw error;
  }
  return Buffer.concat(pieces);
}
