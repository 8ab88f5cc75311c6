import { type SqlBool, sql } from 'kysely';
import type { InstanceTransaction } from '../../db/instance/instance-database.ts';
import { assertJobLease, type JobFence } from '../../jobs/job-fence.ts';
import { areLinks } from './are-links.ts';

/** Where a walk through the links in review is: by instant, then by link. */
export interface LinkCursor {
  readonly reviewAfter: number;
  readonly repositoryId: number;
  readonly blobId: number;
}

export interface EndLinkDelaysInput {
  /** Undefined at the beginning. */
  readonly after: LinkCursor | undefined;
  readonly limit: number;
  readonly now: number;
  readonly fence?: JobFence | undefined;
}

/**
 * Makes links that wait for their review due at once, those that a push relies on too: its manifest is refused then, and it
 * has to be done again. What is listed by a manifest stays all the same. Whoever works with a link now keeps it.
 * @returns where to go on, or undefined at the end
 */
export async function endLinkDelays(
  context: InstanceTransaction,
  { after, limit, now, fence }: EndLinkDelaysInput,
): Promise<LinkCursor | undefined> {
  const { tx, capabilities } = context;
  if (fence !== undefined) await assertJobLease(context, fence);
  let query = tx
    .selectFrom('repository_blobs')
    .select(['review_after', 'repository_id', 'blob_id'])
    .where('review_after', 'is not', null)
    .where((link) => link.or([link('review_after', '>', now), link('held_until', '>', now)]))
    .orderBy('review_after')
    .orderBy('repository_id')
    .orderBy('blob_id')
    .limit(limit);
  if (after !== undefined) {
    const place = sql.join([after.reviewAfter, after.repositoryId, after.blobId]);
    query = query.where(sql<SqlBool>`(review_after, repository_id, blob_id) > (${place})`);
  }
  const links = await (capabilities.rowLocks ? query.forNoKeyUpdate().skipLocked() : query).execute();
  const last = links.at(-1);
  if (last === undefined) return undefined;
  await tx
    .updateTable('repository_blobs')
    .set({
      held_until: null,
      review_after: sql<number>`case when review_after > ${now} then cast(${now} as bigint) else review_after end`,
    })
    .where(areLinks(links))
    .execute();
  return { reviewAfter: last.review_after ?? now, repositoryId: last.repository_id, blobId: last.blob_id };
}

export interface EndBlobDelaysInput {
  readonly limit: number;
  readonly now: number;
  readonly fence?: JobFence | undefined;
}

/**
 * Makes blobs that wait for their review due at once, and those whose removal has failed and is tried again later.
 * @returns how many; when it is the limit there may be more
 */
export async function endBlobDelays(
  context: InstanceTransaction,
  { limit, now, fence }: EndBlobDelaysInput,
): Promise<number> {
  const { tx, capabilities } = context;
  if (fence !== undefined) await assertJobLease(context, fence);
  const query = tx
    .selectFrom('blobs')
    .select('id')
    .where('review_after', '>', now)
    .orderBy('review_after')
    .orderBy('id')
    .limit(limit);
  const rows = await (capabilities.rowLocks ? query.forNoKeyUpdate().skipLocked() : query).execute();
  if (rows.length === 0) return 0;
  const ids = rows.map((row) => row.id);
  await tx.updateTable('blobs').set({ review_after: now }).where('id', 'in', ids).execute();
  return rows.length;
}
