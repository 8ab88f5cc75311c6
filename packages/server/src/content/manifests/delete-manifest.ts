import { type Digest, OciError } from '@roadstead/oci';
import type { InstanceTransaction } from '../../db/instance/instance-database.ts';
import { appendJournal } from '../../journal/journal.ts';
import type { Actor } from '../../kernel/actor.ts';
import { fromDigestBytes, toDigestBytes } from '../digest-bytes.ts';
import type { RepositoryRef } from '../repository-ref.ts';
import { removeTags } from '../tags/remove-tags.ts';
import { findListingManifest } from './find-listing-manifest.ts';

export interface DeleteManifestInput {
  readonly repository: RepositoryRef;
  readonly digest: Digest;
  readonly now: number;
  readonly actor: Actor;
}

/**
 * Deletes the manifest with the tags that stand at it. What it listed stays.
 * @throws OciError MANIFEST_UNKNOWN; UNSUPPORTED (405) while an index of the repository lists it (invariant 3).
 */
export async function deleteManifest(context: InstanceTransaction, input: DeleteManifestInput): Promise<void> {
  const { tx } = context;
  const { repository, digest, now, actor } = input;
  const manifest = await findForDelete(context, input);
  const tags = await holdTags(context, manifest.id);
  await context.assertCanPush(actor, {
    kind: 'delete-manifest',
    projectId: repository.projectId,
    repository: repository.name,
    digest,
    tags: tags.map((tag) => tag.name),
  });
  await assertNotListed(context, input, manifest.repository_id);
  await removeTags(context, {
    repository,
    repositoryId: manifest.repository_id,
    manifestId: manifest.id,
    digest,
    tags,
    now,
    actor,
  });
  await tx.deleteFrom('manifest_descriptors').where('manifest_id', '=', manifest.id).execute();
  await tx.deleteFrom('manifests').where('id', '=', manifest.id).execute();
  await appendJournal(tx, {
    at: now,
    actor,
    kind: 'manifest.deleted',
    projectId: repository.projectId,
    repository: repository.name,
    detail: { digest, mediaType: manifest.media_type, sizeBytes: manifest.size, tags: tags.map((tag) => tag.name) },
  });
}

async function findForDelete(
  { tx, capabilities }: InstanceTransaction,
  { repository, digest }: DeleteManifestInput,
): Promise<{ id: number; repository_id: number; media_type: string; size: number }> {
  const query = tx
    .selectFrom('manifests')
    .innerJoin('repositories', 'repositories.id', 'manifests.repository_id')
    .select(['manifests.id', 'manifests.repository_id', 'manifests.media_type', 'manifests.size'])
    .where('repositories.name', '=', repository.name)
    .where('manifests.digest', '=', toDigestBytes(digest));
  const row = await (capabilities.rowLocks ? query.forUpdate('manifests') : query).executeTakeFirst();
  if (row === undefined)
    throw new OciError('MANIFEST_UNKNOWN', `There is no manifest ${digest} in ${repository.name}.`);
  return row;
}

/** The tags that stand at the manifest, locked so that none moves away before it is removed. */
async function holdTags(
  { tx, capabilities }: InstanceTransaction,
  manifestId: number,
): Promise<readonly { id: number; name: string }[]> {
  const query = tx.selectFrom('tags').select(['id', 'name']).where('manifest_id', '=', manifestId).orderBy('name');
  return (capabilities.rowLocks ? query.forUpdate() : query).execute();
}

async function assertNotListed(
  { tx }: InstanceTransaction,
  { digest }: DeleteManifestInput,
  repositoryId: number,
): Promise<void> {
  const listedBy = await findListingManifest(tx, { repositoryId, digests: [toDigestBytes(digest)] });
  if (listedBy === undefined) return;
  throw new OciError(
    'UNSUPPORTED',
    `The manifest ${digest} is part of the index ${fromDigestBytes(listedBy)}: delete that index first.`,
    { detail: { manifest: fromDigestBytes(listedBy) } },
  );
}
