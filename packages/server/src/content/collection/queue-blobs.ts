import type { InstanceTransaction } from '../../db/instance/instance-database.ts';

export interface QueueBlobsInput {
  readonly blobIds: readonly number[];
  readonly reviewAfter: number;
}

const BATCH_SIZE = 500;

/**
 * Puts blobs that have lost a link, or a place in the trash, before the collector. Whether that was the last one is not asked
 * here: of two that go at once neither would see the other go. It always sets the time, also of one that is being judged.
 */
export async function queueBlobs(
  { tx, capabilities }: InstanceTransaction,
  { blobIds, reviewAfter }: QueueBlobsInput,
): Promise<void> {
  // Everybody locks blobs in this order, so that no two of these wait for each other.
  const ids = [...new Set(blobIds)].toSorted((left, right) => left - right);
  for (let start = 0; start < ids.length; start += BATCH_SIZE) {
    const batch = ids.slice(start, start + BATCH_SIZE);
    if (capabilities.rowLocks) {
      await tx.selectFrom('blobs').select('id').where('id', 'in', batch).orderBy('id').forNoKeyUpdate().execute();
    }
    await tx
      .updateTable('blobs')
      .set({ review_after: reviewAfter })
      .where('id', 'in', batch)
      .where('deleting_at', 'is', null)
      .execute();
  }
}
