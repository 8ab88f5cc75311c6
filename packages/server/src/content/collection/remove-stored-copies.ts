import type { InstanceDatabase } from '../../db/instance/instance-database.ts';
import type { BlobStorage } from '../../drivers/blob-storage/blob-storage.ts';
import type { JobFence } from '../../jobs/job-fence.ts';
import type { Clock } from '../../kernel/clock.ts';
import { failpoint } from '../../kernel/failpoints.ts';
import { findCollectionHold } from './collection-holds.ts';
import { type DeletingBlob, postponeBlobs, removeBlobs } from './remove-blobs.ts';

export interface RemoveCopiesDeps {
  readonly database: InstanceDatabase;
  readonly storage: BlobStorage;
  readonly clock: Clock;
}

export interface RemoveCopiesInput {
  readonly limit: number;
  readonly fence?: JobFence | undefined;
}

export interface RemovedCopies {
  readonly blobs: number;
  readonly bytes: number;
  /** One for each copy that could not be removed; it is tried again later. */
  readonly errors: readonly unknown[];
}

/**
 * Removes the stored copies of marked blobs from the storage, then their rows; those that a crash has left as well. Nothing
 * leads to such a copy, so it does no harm if another worker does the same: a copy that is gone already counts as removed.
 * @returns undefined when none is left that is due, or a hold keeps them
 */
export async function removeStoredCopies(
  deps: RemoveCopiesDeps,
  { limit, fence }: RemoveCopiesInput,
): Promise<RemovedCopies | undefined> {
  const { database, storage, clock } = deps;
  const now = clock.now();
  if ((await findCollectionHold(database.reader, now)) !== undefined) return undefined;
  const due = await listDeleting(database, now, limit);
  if (due.length === 0) return undefined;
  const failures = await storage.deleteObjects(due.map((blob) => blob.storageKey));
  failpoint('collect.deleted');
  const kept = new Set(failures.map(({ key }) => key));
  const removed = due.filter((blob) => !kept.has(blob.storageKey));
  const failed = due.filter((blob) => kept.has(blob.storageKey));
  if (removed.length > 0) await database.execute(removeBlobs, { blobs: removed, fence });
  if (failed.length > 0) await database.execute(postponeBlobs, { blobs: failed, now, fence });
  const bytes = removed.reduce((sum, blob) => sum + blob.sizeBytes, 0);
  return { blobs: removed.length, bytes, errors: failures.map(({ error }) => error) };
}

async function listDeleting(
  { reader }: InstanceDatabase,
  now: number,
  limit: number,
): Promise<readonly DeletingBlob[]> {
  const rows = await reader
    .selectFrom('blobs')
    .select(['id', 'storage_key', 'size', 'review_count'])
    .where('deleting_at', 'is not', null)
    .where('review_after', '<=', now)
    .orderBy('review_after')
    .orderBy('id')
    .limit(limit)
    .execute();
  return rows.map((row) => ({
    id: row.id,
    storageKey: row.storage_key,
    sizeBytes: row.size,
    failures: row.review_count,
  }));
}
