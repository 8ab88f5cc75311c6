import { type Digest, OciError } from '@roadstead/oci';
import type { InstanceTransaction } from '../../db/instance/instance-database.ts';
import { appendJournal } from '../../journal/journal.ts';
import type { Actor } from '../../kernel/actor.ts';
import { queueBlobs } from '../collection/queue-blobs.ts';
import { fromDigestBytes, toDigestBytes } from '../digest-bytes.ts';
import { findListingManifest } from '../manifests/find-listing-manifest.ts';
import type { RepositoryRef } from '../repository-ref.ts';

export interface DeleteBlobInput {
  readonly repository: RepositoryRef;
  readonly digest: Digest;
  /** When the collector looks at the stored copy. */
  readonly reviewAfter: number;
  readonly now: number;
  readonly actor: Actor;
}

/**
 * Takes the blob out of the repository; the stored bytes are the collector's.
 * @throws OciError BLOB_UNKNOWN; UNSUPPORTED (405) when a manifest of the repository lists it (invariant 3).
 */
export async function deleteBlob(context: InstanceTransaction, input: DeleteBlobInput): Promise<void> {
  const { tx, capabilities } = context;
  const { repository, digest, now, actor } = input;
  const query = tx
    .selectFrom('repository_blobs')
    .innerJoin('blob_digests', 'blob_digests.blob_id', 'repository_blobs.blob_id')
    .innerJoin('repositories', 'repositories.id', 'repository_blobs.repository_id')
    .select(['repository_blobs.blob_id', 'repository_blobs.repository_id'])
    .where('repositories.name', '=', repository.name)
    .where('blob_digests.digest', '=', toDigestBytes(digest));
  // Waits for pushes that hold the row shared, so that their links are seen below.
  const link = await (capabilities.rowLocks ? query.forUpdate('repository_blobs') : query).executeTakeFirst();
  if (link === undefined) throw new OciError('BLOB_UNKNOWN', `There is no blob ${digest} in ${repository.name}.`);
  const names = await tx.selectFrom('blob_digests').select('digest').where('blob_id', '=', link.blob_id).execute();
  const listedBy = await findListingManifest(tx, {
    repositoryId: link.repository_id,
    digests: names.map((name) => name.digest),
  });
  if (listedBy !== undefined) {
    throw new OciError(
      'UNSUPPORTED',
      `The blob ${digest} is part of the manifest ${fromDigestBytes(listedBy)}: delete that manifest first.`,
      { detail: { manifest: fromDigestBytes(listedBy) } },
    );
  }
  await tx
    .deleteFrom('repository_blobs')
    .where('repository_id', '=', link.repository_id)
    .where('blob_id', '=', link.blob_id)
    .execute();
  await queueBlobs(context, { blobIds: [link.blob_id], reviewAfter: input.reviewAfter });
  await appendJournal(tx, {
    at: now,
    actor,
    kind: 'blob.deleted',
    projectId: repository.projectId,
    repository: repository.name,
    detail: { digest },
  });
}
