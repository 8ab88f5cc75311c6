import { OciError } from '@roadstead/oci';
import type { InstanceDatabase } from '../../db/instance/instance-database.ts';
import { type BlobStorage, ObjectNotFoundError } from '../../drivers/blob-storage/blob-storage.ts';
import type { Clock } from '../../kernel/clock.ts';
import type { StoredBlob } from './blob-reads.ts';
import { setBlobLost } from './set-blob-lost.ts';

export interface ReadRange {
  readonly start: number;
  readonly end: number;
  readonly signal: AbortSignal | undefined;
}

export interface ReadBlobDeps {
  readonly storage: BlobStorage;
  readonly database: InstanceDatabase;
  readonly clock: Clock;
  readonly onError: (error: unknown) => void;
}

/**
 * The bytes of a blob, in pieces.
 * @throws OciError BLOB_UNKNOWN when the storage has lost them: a client then pushes again, which repairs the blob.
 */
export async function* readBlob(
  deps: ReadBlobDeps,
  blob: StoredBlob,
  { start, end, signal }: ReadRange,
): AsyncGenerator<Uint8Array> {
  try {
    yield* deps.storage.readObject(blob.storageKey, start, end, signal);
  } catch (error) {
    if (!(error instanceof ObjectNotFoundError)) throw error;
    deps.onError(new Error(`the stored copy ${blob.storageKey} is gone: push its blob again`, { cause: error }));
    const copy = { blobId: blob.id, storageKey: blob.storageKey };
    await deps.database.execute(setBlobLost, { copy, lostAt: deps.clock.now() });
    throw new OciError('BLOB_UNKNOWN', 'The storage has lost this blob: push it again.', { cause: error });
  }
}
