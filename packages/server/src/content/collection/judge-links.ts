import type { InstanceTransaction } from '../../db/instance/instance-database.ts';
import { assertJobLease, type JobFence } from '../../jobs/job-fence.ts';
import { areLinks, type LinkKey } from './are-links.ts';
import { findCollectionHold } from './collection-holds.ts';
import { LINK_IS_LISTED } from './link-conditions.ts';
import { queueBlobs } from './queue-blobs.ts';

export interface JudgeLinksInput {
  readonly now: number;
  readonly limit: number;
  readonly fence?: JobFence | undefined;
}

export interface JudgeLinksOutput {
  /** How many were due and free to be judged: when it is the limit there may be more. */
  readonly judged: number;
  readonly removed: number;
}

interface DueLink extends LinkKey {
  readonly held_until: number | null;
}

/**
 * Judges links whose review is due: one that a push relies on stays until that is over, one that a manifest of its repository
 * lists stays, every other goes. What somebody works with at the moment is left for the next time.
 */
export async function judgeLinks(context: InstanceTransaction, input: JudgeLinksInput): Promise<JudgeLinksOutput> {
  const { tx } = context;
  const { now, fence } = input;
  if (fence !== undefined) await assertJobLease(context, fence, now);
  if ((await findCollectionHold(tx, now)) !== undefined) return { judged: 0, removed: 0 };
  const due = await lockDueLinks(context, input);
  const isHeld = (link: DueLink) => link.held_until !== null && link.held_until > now;
  const held = due.filter(isHeld);
  if (held.length > 0) {
    await tx
      .updateTable('repository_blobs')
      .set((row) => ({ review_after: row.ref('held_until') }))
      .where(areLinks(held))
      .execute();
  }
  const removed = await removeUnlisted(
    context,
    due.filter((link) => !isHeld(link)),
    now,
  );
  return { judged: due.length, removed };
}

function lockDueLinks(
  { tx, capabilities }: InstanceTransaction,
  { now, limit }: JudgeLinksInput,
): Promise<readonly DueLink[]> {
  const query = tx
    .selectFrom('repository_blobs')
    .select(['repository_id', 'blob_id', 'held_until'])
    .where('review_after', '<=', now)
    .orderBy('review_after')
    .limit(limit);
  return (capabilities.rowLocks ? query.forUpdate().skipLocked() : query).execute();
}

/** Locked links first, then a look of its own: it sees what was committed before the lock was given. */
async function removeUnlisted(context: InstanceTransaction, links: readonly DueLink[], now: number): Promise<number> {
  const { tx } = context;
  if (links.length === 0) return 0;
  await tx
    .updateTable('repository_blobs')
    .set({ review_after: null })
    .where(areLinks(links))
    .where(LINK_IS_LISTED)
    .execute();
  const removed = await tx
    .deleteFrom('repository_blobs')
    .where(areLinks(links))
    .where('review_after', 'is not', null)
    .returning('blob_id')
    .execute();
  await queueBlobs(context, { blobIds: removed.map((link) => link.blob_id), reviewAfter: now });
  return removed.length;
}
