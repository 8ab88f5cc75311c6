import { OciError } from '@roadstead/oci';
import { type BlobStorage, ObjectNotFoundError } from '../../drivers/blob-storage/blob-storage.ts';
import type { StoredBlob } from './blob-reads.ts';

export interface ReadRange {
  readonly start: number;
  readonly end: number;
  readonly signal: AbortSignal | undefined;
}

/**
 * The bytes of a blob, in pieces.
 * @throws OciError BLOB_UNKNOWN when the storage has lost them: a client then pushes again, which repairs the blob.
 */
export async function* readBlob(
  { storage, onError }: { readonly storage: BlobStorage; readonly onError: (error: unknown) => void },
  blob: StoredBlob,
  { start, end, signal }: ReadRange,
): AsyncGenerator<Uint8Array> {
  try {
    yield* storage.readObject(blob.storageKey, start, end, signal);
  } catch (error) {
    if (!(error instanceof ObjectNotFoundError)) throw error;
    onError(new Error(`the stored copy ${blob.storageKey} is gone: push its blob again`, { cause: error }));
    throw new OciError('BLOB_UNKNOWN', 'The storage has lost this blob: push it again.', { cause: error });
  }
}
