import type { Digest } from '@roadstead/oci';
import type { InstanceTransaction } from '../../db/instance/instance-database.ts';
import { appendJournal } from '../../journal/journal.ts';
import type { Actor } from '../../kernel/actor.ts';
import type { RepositoryRef } from '../repository-ref.ts';
import { removeTags } from '../tags/remove-tags.ts';
import { trashManifest } from '../trash/trash-manifest.ts';

export interface RemovalTimes {
  /** When the collector looks at what the manifest listed. */
  readonly reviewAfter: number;
  /** 0: not into the trash. */
  readonly trashWindowMs: number;
}

export interface RemoveManifestInput extends RemovalTimes {
  readonly repository: RepositoryRef;
  /** The row, locked. */
  readonly manifest: LockedManifest;
  readonly digest: Digest;
  /** `client`, or the policy that deletes it. */
  readonly reason: string;
  readonly now: number;
  readonly actor: Actor;
  /** Refuses for reasons of the caller's, after the gates and before anything is written. */
  readonly assertRemovable: () => Promise<void>;
}

export interface LockedManifest {
  readonly id: number;
  readonly repository_id: number;
  readonly media_type: string;
  readonly size: number;
}

/** The one way in which a manifest goes: with the tags that stand at it, past the gates, into the trash. */
export async function removeManifest(context: InstanceTransaction, input: RemoveManifestInput): Promise<void> {
  const { tx } = context;
  const { repository, manifest, digest, reason, now, actor } = input;
  await queueListedLinks(context, manifest, input.reviewAfter);
  const tags = await holdTags(context, manifest.id);
  const tagNames = tags.map((tag) => tag.name);
  await context.assertCanPush(actor, {
    kind: 'delete-manifest',
    projectId: repository.projectId,
    repository: repository.name,
    digest,
    tags: tagNames,
  });
  await input.assertRemovable();
  if (input.trashWindowMs > 0) {
    await trashManifest(context, {
      manifestId: manifest.id,
      repository,
      tags: tagNames,
      deletedAt: now,
      expiresAt: now + input.trashWindowMs,
      reason,
      actor,
    });
  }
  const repositoryId = manifest.repository_id;
  await removeTags(context, { repository, repositoryId, manifestId: manifest.id, digest, tags, now, actor });
  await tx.deleteFrom('manifest_descriptors').where('manifest_id', '=', manifest.id).execute();
  await tx.deleteFrom('manifests').where('id', '=', manifest.id).execute();
  await appendJournal(tx, {
    at: now,
    actor,
    kind: 'manifest.deleted',
    projectId: repository.projectId,
    repository: repository.name,
    detail: { digest, mediaType: manifest.media_type, sizeBytes: manifest.size, tags: tagNames, reason },
  });
}

/**
 * Puts the links of everything that the manifest listed before the collector, also those that it is judging now. Links are
 * locked after manifests and before tags, as a push does.
 */
async function queueListedLinks(
  { tx, capabilities }: InstanceTransaction,
  { id, repository_id: repositoryId }: LockedManifest,
  reviewAfter: number,
): Promise<void> {
  const listed = tx
    .selectFrom('manifest_descriptors')
    .innerJoin('blob_digests', 'blob_digests.digest', 'manifest_descriptors.digest')
    .select('blob_digests.blob_id')
    .where('manifest_descriptors.manifest_id', '=', id);
  if (capabilities.rowLocks) {
    await tx
      .selectFrom('repository_blobs')
      .select('blob_id')
      .where('repository_id', '=', repositoryId)
      .where('blob_id', 'in', listed)
      .orderBy('blob_id')
      .forNoKeyUpdate()
      .execute();
  }
  await tx
    .updateTable('repository_blobs')
    .set({ review_after: reviewAfter })
    .where('repository_id', '=', repositoryId)
    .where('blob_id', 'in', listed)
    .execute();
}

/** The tags that stand at the manifest, locked so that none moves away before it is removed. */
async function holdTags(
  { tx, capabilities }: InstanceTransaction,
  manifestId: number,
): Promise<readonly { id: number; name: string }[]> {
  const query = tx.selectFrom('tags').select(['id', 'name']).where('manifest_id', '=', manifestId).orderBy('name');
  return (capabilities.rowLocks ? query.forUpdate() : query).execute();
}
