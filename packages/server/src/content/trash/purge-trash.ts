import type { InstanceTransaction } from '../../db/instance/instance-database.ts';
import { assertJobLease, type JobFence } from '../../jobs/job-fence.ts';
import { appendJournal } from '../../journal/journal.ts';
import type { Actor } from '../../kernel/actor.ts';
import { ProductError } from '../../kernel/errors.ts';
import { findCollectionHold } from '../collection/collection-holds.ts';
import { lockCollectionState } from '../collection/collection-state.ts';
import { queueBlobs } from '../collection/queue-blobs.ts';
import { fromDigestBytes } from '../digest-bytes.ts';

/** Which deleted manifests go for good. */
export type PurgeSelection =
  | { readonly kind: 'one'; readonly projectId: number; readonly trashId: number }
  | { readonly kind: 'project'; readonly projectId: number }
  | { readonly kind: 'all' }
  | { readonly kind: 'expired' };

export interface PurgeTrashInput {
  readonly selection: PurgeSelection;
  readonly limit: number;
  readonly now: number;
  readonly actor: Actor;
  readonly fence?: JobFence | undefined;
}

/**
 * Removes deleted manifests for good, and puts their blobs before the collector at once: links that wait for their review
 * too, unless the time of the trash was merely over.
 * @returns how many; when it is the limit there may be more. None while a hold keeps expired ones.
 * @throws ProductError CONFLICT while a backup or an export holds the collector.
 */
export async function purgeTrash(context: InstanceTransaction, input: PurgeTrashInput): Promise<number> {
  const { tx } = context;
  const { selection, now, actor, fence } = input;
  if (fence !== undefined) await assertJobLease(context, fence, now);
  await lockCollectionState(context);
  const hold = await findCollectionHold(tx, now);
  if (hold !== undefined) {
    if (selection.kind === 'expired') return 0;
    throw new ProductError(
      'CONFLICT',
      `${hold.name} needs everything to stay until ${new Date(hold.until).toISOString()}: purge the trash after it.`,
    );
  }
  const rows = await lockSelected(context, input);
  if (rows.length === 0) return 0;
  const ids = rows.map((row) => row.id);
  const blobIds = await findBlobs(context, ids);
  await tx.deleteFrom('trashed_descriptors').where('trash_id', 'in', ids).execute();
  await tx.deleteFrom('trashed_manifests').where('id', 'in', ids).execute();
  const repositories = [...new Set(rows.map((row) => row.repository))];
  if (selection.kind !== 'expired') await hastenLinks(context, { repositories, blobIds, now });
  await queueBlobs(context, { blobIds, reviewAfter: now });
  for (const row of rows) {
    await appendJournal(tx, {
      at: now,
      actor,
      kind: 'manifest.purged',
      projectId: row.project_id,
      repository: row.repository,
      detail: { digest: fromDigestBytes(row.digest), sizeBytes: row.size, deletedAt: row.deleted_at },
    });
  }
  return rows.length;
}

function lockSelected({ tx, capabilities }: InstanceTransaction, { selection, now, limit }: PurgeTrashInput) {
  const all = tx
    .selectFrom('trashed_manifests')
    .select(['id', 'project_id', 'repository', 'digest', 'size', 'deleted_at'])
    .limit(limit);
  // One that is being restored is left out, and gone or here again the next time.
  const locked = capabilities.rowLocks ? all.forUpdate().skipLocked() : all;
  switch (selection.kind) {
    case 'one':
      return locked.where('project_id', '=', selection.projectId).where('id', '=', selection.trashId).execute();
    case 'project':
      return locked.where('project_id', '=', selection.projectId).orderBy('id').execute();
    case 'all':
      return locked.orderBy('id').execute();
    case 'expired':
      return locked.where('expires_at', '<=', now).orderBy('expires_at').execute();
  }
}

async function findBlobs({ tx }: InstanceTransaction, trashIds: readonly number[]): Promise<readonly number[]> {
  const rows = await tx
    .selectFrom('trashed_descriptors')
    .innerJoin('blob_digests', 'blob_digests.digest', 'trashed_descriptors.digest')
    .select('blob_digests.blob_id')
    .distinct()
    .where('trashed_descriptors.trash_id', 'in', [...trashIds])
    .execute();
  return rows.map((row) => row.blob_id);
}

const BATCH_SIZE = 500;

/** Only links that are in review: the others are listed by a manifest. A push that relies on one still keeps it. */
async function hastenLinks(
  { tx, capabilities }: InstanceTransaction,
  {
    repositories,
    blobIds,
    now,
  }: { readonly repositories: readonly string[]; readonly blobIds: readonly number[]; readonly now: number },
): Promise<void> {
  const ids = blobIds.toSorted((left, right) => left - right);
  const within = tx
    .selectFrom('repositories')
    .select('id')
    .where('name', 'in', [...repositories]);
  for (let start = 0; start < ids.length; start += BATCH_SIZE) {
    const batch = ids.slice(start, start + BATCH_SIZE);
    if (capabilities.rowLocks) {
      await tx
        .selectFrom('repository_blobs')
        .select('blob_id')
        .where('repository_id', 'in', within)
        .where('blob_id', 'in', batch)
        .orderBy('repository_id')
        .orderBy('blob_id')
        .forNoKeyUpdate()
        .execute();
    }
    await tx
      .updateTable('repository_blobs')
      .set({ review_after: now })
      .where('repository_id', 'in', within)
      .where('blob_id', 'in', batch)
      .where('review_after', '>', now)
      .execute();
  }
}
