import { type Digest, OciError } from '@roadstead/oci';
import { type FindReadableBlobDeps, findReadableBlob } from './find-readable-blob.ts';
import { type ReadBlobDeps, readBlob } from './read-blob.ts';

type Deps = FindReadableBlobDeps & ReadBlobDeps;

/**
 * The whole of a small blob.
 * @returns undefined when the repository does not hold it, when it has more than `maxBytes`, or when the storage has lost it
 */
export async function readSmallBlob(
  deps: Deps,
  repository: string,
  digest: Digest,
  maxBytes: number,
): Promise<Buffer | undefined> {
  const pieces = await openSmallBlob(deps, repository, digest, maxBytes);
  if (pieces === undefined) return undefined;
  const kept: Buffer[] = [];
  try {
    // The storage may use its buffers again.
    for await (const piece of pieces) kept.push(Buffer.from(piece));
  } catch (error) {
    if (error instanceof OciError) return undefined;
    throw error;
  }
  return Buffer.concat(kept);
}

/** Its pieces, each valid until the next one is asked for. @returns undefined as `readSmallBlob` */
export async function openSmallBlob(
  deps: Deps,
  repository: string,
  digest: Digest,
  maxBytes: number,
): Promise<AsyncIterable<Uint8Array> | undefined> {
  const blob = await findReadableBlob(deps, repository, digest);
  if (blob === undefined || blob.size > maxBytes) return undefined;
  return readBlob(deps, blob, { start: 0, end: blob.size, signal: undefined });
}
