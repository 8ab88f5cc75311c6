import type { InstanceTransaction } from '../../db/instance/instance-database.ts';

export interface QueueEverythingInput {
  /** Where the last call ended; 0 at the beginning. */
  readonly afterBlobId: number;
  readonly limit: number;
  readonly reviewAfter: number;
}

/**
 * Puts blobs and their links before the collector that are in no queue, some at a time: a repair, for what a bug or a previous
 * version that wrote beside this one has forgotten. What is in use is found to be so.
 * @returns where to go on, or undefined at the end
 */
export async function queueEverything(
  { tx, capabilities }: InstanceTransaction,
  { afterBlobId, limit, reviewAfter }: QueueEverythingInput,
): Promise<number | undefined> {
  const page = tx
    .selectFrom('blobs')
    .select('id')
    .where('id', '>', afterBlobId)
    .where('deleting_at', 'is', null)
    .orderBy('id')
    .limit(limit);
  const ids = (await (capabilities.rowLocks ? page.forNoKeyUpdate() : page).execute()).map((row) => row.id);
  if (ids.length === 0) return undefined;
  await tx
    .updateTable('blobs')
    .set({ review_after: reviewAfter })
    .where('id', 'in', ids)
    .where('review_after', 'is', null)
    .execute();
  await tx
    .updateTable('repository_blobs')
    .set({ review_after: reviewAfter })
    .where('blob_id', 'in', ids)
    .where('review_after', 'is', null)
    .execute();
  return ids.at(-1);
}
