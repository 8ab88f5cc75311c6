import type { ContentTransaction } from '../content-writer.ts';
import type { BlobCopy } from './commit-blob.ts';

export interface MarkBlobLostInput extends BlobCopy {
  readonly now: number;
}

/** From now on the blob counts as absent, so that clients push it again (invariant 5); its links stay. */
export async function markBlobLost({ tx }: ContentTransaction, input: MarkBlobLostInput): Promise<void> {
  await tx
    .updateTable('blobs')
    .set({ lost_at: input.now })
    .where('id', '=', input.blobId)
    .where('storage_key', '=', input.storageKey)
    .execute();
}
