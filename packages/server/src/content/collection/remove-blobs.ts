import type { InstanceTransaction } from '../../db/instance/instance-database.ts';
import { assertJobLease, type JobFence } from '../../jobs/job-fence.ts';

/** A stored copy that is being removed. */
export interface DeletingBlob {
  readonly id: number;
  readonly storageKey: string;
  readonly sizeBytes: number;
  /** How often it has failed. */
  readonly failures: number;
}

export interface RemoveBlobsInput {
  readonly blobs: readonly DeletingBlob[];
  readonly fence?: JobFence | undefined;
}

/** Forgets blobs whose stored copies are gone from the storage. */
export async function removeBlobs(context: InstanceTransaction, { blobs, fence }: RemoveBlobsInput): Promise<void> {
  const { tx } = context;
  if (fence !== undefined) await assertJobLease(context, fence);
  if (blobs.length === 0) return;
  const ids = blobs.map((blob) => blob.id);
  await tx.deleteFrom('blobs').where('id', 'in', ids).where('deleting_at', 'is not', null).execute();
}

export interface PostponeBlobsInput extends RemoveBlobsInput {
  readonly now: number;
}

const FIRST_DELAY_MS = 60_000;
const MAX_DELAY_MS = 24 * 3_600_000;

/** Leaves stored copies that could not be removed for later, each time for twice as long. */
export async function postponeBlobs(
  context: InstanceTransaction,
  { blobs, now, fence }: PostponeBlobsInput,
): Promise<void> {
  if (fence !== undefined) await assertJobLease(context, fence, now);
  for (const { id, failures } of blobs) {
    const reviewAfter = now + Math.min(FIRST_DELAY_MS * 2 ** failures, MAX_DELAY_MS);
    await context.tx
      .updateTable('blobs')
      .set({ review_after: reviewAfter, review_count: failures + 1 })
      .where('id', '=', id)
      .where('deleting_at', 'is not', null)
      .execute();
  }
}
