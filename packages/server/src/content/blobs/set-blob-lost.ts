import type { InstanceTransaction } from '../../db/instance/instance-database.ts';
import type { BlobCopy } from './commit-blob.ts';

export interface SetBlobLostInput {
  readonly copy: BlobCopy;
  /** When the copy was found gone; null when it is there again. */
  readonly lostAt: number | null;
}

/**
 * Marks that the stored copy is gone: from then on the blob counts as absent, so that clients push it again (invariant 5);
 * its links stay. Or takes the mark away, as the storage has the copy again.
 */
export async function setBlobLost({ tx }: InstanceTransaction, { copy, lostAt }: SetBlobLostInput): Promise<void> {
  await tx
    .updateTable('blobs')
    .set({ lost_at: lostAt })
    .where('id', '=', copy.blobId)
    .where('storage_key', '=', copy.storageKey)
    .execute();
}
