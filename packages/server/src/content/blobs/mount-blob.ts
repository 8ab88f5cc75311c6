import type { Digest } from '@roadstead/oci';
import type { InstanceTransaction } from '../../db/instance/instance-database.ts';
import { appendJournal } from '../../journal/journal.ts';
import type { Actor } from '../../kernel/actor.ts';
import type { LinkTimes } from '../collection/collection-settings.ts';
import { toDigestBytes } from '../digest-bytes.ts';
import { ensureRepository } from '../repositories/ensure-repository.ts';
import type { RepositoryRef } from '../repository-ref.ts';
import { linkBlob } from './link-blob.ts';

export interface MountBlobInput extends LinkTimes {
  readonly repository: RepositoryRef;
  readonly digest: Digest;
  /** The source, which the caller may read. */
  readonly from: string;
  readonly now: number;
  readonly actor: Actor;
}

/** Makes a blob of another repository one of this one's too. False when the source does not hold it (any more). */
export async function mountBlob(context: InstanceTransaction, input: MountBlobInput): Promise<boolean> {
  const { tx, capabilities } = context;
  const { repository, digest, from, now, actor } = input;
  const query = tx
    .selectFrom('repository_blobs')
    .innerJoin('blob_digests', 'blob_digests.blob_id', 'repository_blobs.blob_id')
    .innerJoin('repositories', 'repositories.id', 'repository_blobs.repository_id')
    .innerJoin('blobs', 'blobs.id', 'repository_blobs.blob_id')
    .select(['blobs.id', 'blobs.size'])
    .where('repositories.name', '=', from)
    .where('blobs.lost_at', 'is', null)
    .where('blobs.deleting_at', 'is', null)
    .where('blob_digests.digest', '=', toDigestBytes(digest));
  // The blob alone is locked, against the collector: who takes the source's link away meanwhile came after this mount.
  const blob = await (capabilities.rowLocks ? query.forKeyShare('blobs') : query).executeTakeFirst();
  if (blob === undefined) return false;
  await context.assertCanPush(actor, {
    kind: 'blob',
    projectId: repository.projectId,
    repository: repository.name,
    digest,
    sizeBytes: blob.size,
  });
  const repositoryId = await ensureRepository(context, repository, now);
  await linkBlob(context, {
    repositoryId,
    blobId: blob.id,
    now,
    reviewAfter: input.reviewAfter,
    heldUntil: input.heldUntil,
  });
  await appendJournal(tx, {
    at: now,
    actor,
    kind: 'blob.mounted',
    projectId: repository.projectId,
    repository: repository.name,
    detail: { digest, from },
  });
  return true;
}
