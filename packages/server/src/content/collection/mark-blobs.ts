import { sql } from 'kysely';
import type { InstanceTransaction } from '../../db/instance/instance-database.ts';
import { assertJobLease, type JobFence } from '../../jobs/job-fence.ts';
import { findCollectionHold } from './collection-holds.ts';
import { lockCollectionState, writeCollectionState } from './collection-state.ts';
import { BLOB_IS_TRASHED } from './link-conditions.ts';

export interface MarkBlobsInput {
  readonly now: number;
  readonly limit: number;
  /** Of the bytes that it marks, whether they are taken from a confirmation, or count towards the cap. */
  readonly isConfirmed: boolean;
  /** No more than these are marked. */
  readonly budgetBytes: number;
  readonly fence?: JobFence | undefined;
}

export interface MarkBlobsOutput {
  /** How many were due and free to be judged: when it is the limit there may be more. */
  readonly judged: number;
  readonly marked: number;
  readonly markedBytes: number;
}

interface DueBlob {
  readonly id: number;
  readonly size: number;
}

/**
 * Judges blobs whose review is due: one that a repository holds or the trash lists stays; of every other the digests go,
 * and it is marked. From the commit on nothing leads to its stored copy, and a new push of the same bytes makes a new one
 * under another key: so removing this one, however late, takes nothing from anybody.
 */
export async function markBlobs(context: InstanceTransaction, input: MarkBlobsInput): Promise<MarkBlobsOutput> {
  const { tx } = context;
  const { now, fence, isConfirmed } = input;
  if (fence !== undefined) await assertJobLease(context, fence, now);
  const state = await lockCollectionState(context);
  if ((await findCollectionHold(tx, now)) !== undefined) return { judged: 0, marked: 0, markedBytes: 0 };
  const due = await lockDueBlobs(context, input);
  const ids = due.map((blob) => blob.id);
  const kept = await keepNeeded(context, ids);
  const free = await lockDigests(
    context,
    ids.filter((id) => !kept.has(id)),
  );
  const marked = withinBudget(
    due.filter((blob) => free.has(blob.id)),
    input.budgetBytes,
  );
  const markedBytes = marked.reduce((sum, blob) => sum + blob.size, 0);
  if (marked.length > 0) {
    const markedIds = marked.map((blob) => blob.id);
    await tx.deleteFrom('blob_digests').where('blob_id', 'in', markedIds).execute();
    await tx
      .updateTable('blobs')
      .set({ deleting_at: now, review_after: now, review_count: 0 })
      .where('id', 'in', markedIds)
      .execute();
    const spent = isConfirmed
      ? { confirmedBytes: state.confirmedBytes - markedBytes }
      : { removedBytes: state.removedBytes + markedBytes };
    await writeCollectionState(context, state, spent);
  }
  return { judged: kept.size + marked.length, marked: marked.length, markedBytes };
}

function lockDueBlobs(
  { tx, capabilities }: InstanceTransaction,
  { now, limit }: MarkBlobsInput,
): Promise<readonly DueBlob[]> {
  const query = tx
    .selectFrom('blobs')
    .select(['id', 'size'])
    .where('review_after', '<=', now)
    .where('deleting_at', 'is', null)
    .orderBy('review_after')
    .orderBy('id')
    .limit(limit);
  // Excludes everybody who makes a link or a digest of it: their foreign keys lock this row.
  return (capabilities.rowLocks ? query.forUpdate().skipLocked() : query).execute();
}

/** Ends the review of those that are needed: whoever takes the need away queues them again. */
async function keepNeeded({ tx }: InstanceTransaction, ids: readonly number[]): Promise<ReadonlySet<number>> {
  if (ids.length === 0) return new Set();
  const kept = await tx
    .updateTable('blobs')
    .set({ review_after: null })
    .where('id', 'in', [...ids])
    .where(sql<boolean>`(exists (select 1 from repository_blobs l where l.blob_id = blobs.id) or ${BLOB_IS_TRASHED})`)
    .returning('id')
    .execute();
  return new Set(kept.map((blob) => blob.id));
}

/** Those of the blobs whose digests nobody holds: a push that is about to use the bytes has locked the digest first. */
async function lockDigests(
  { tx, capabilities }: InstanceTransaction,
  ids: readonly number[],
): Promise<ReadonlySet<number>> {
  if (ids.length === 0 || !capabilities.rowLocks) return new Set(ids);
  const names = await tx
    .selectFrom('blob_digests')
    .select(['blob_id', 'digest'])
    .where('blob_id', 'in', [...ids])
    .execute();
  const locked = await tx
    .selectFrom('blob_digests')
    .select(['blob_id', 'digest'])
    .where('blob_id', 'in', [...ids])
    .forUpdate()
    .skipLocked()
    .execute();
  const count = (rows: readonly { readonly blob_id: number }[], id: number) =>
    rows.filter((row) => row.blob_id === id).length;
  return new Set(ids.filter((id) => count(locked, id) === count(names, id)));
}

/** In their order, up to the first that would exceed the budget. */
function withinBudget(blobs: readonly DueBlob[], budgetBytes: number): readonly DueBlob[] {
  let left = budgetBytes;
  const end = blobs.findIndex((blob) => {
    left -= blob.size;
    return left < 0;
  });
  return end === -1 ? blobs : blobs.slice(0, end);
}
