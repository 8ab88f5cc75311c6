import { type Digest, OciError } from '@roadstead/oci';
import type { InstanceTransaction } from '../../db/instance/instance-database.ts';
import type { Actor } from '../../kernel/actor.ts';
import { fromDigestBytes, toDigestBytes } from '../digest-bytes.ts';
import type { RepositoryRef } from '../repository-ref.ts';
import { findListingManifest } from './find-listing-manifest.ts';
import { type LockedManifest, type RemovalTimes, removeManifest } from './remove-manifest.ts';

export interface DeleteManifestInput extends RemovalTimes {
  readonly repository: RepositoryRef;
  readonly digest: Digest;
  readonly now: number;
  readonly actor: Actor;
}

/**
 * Deletes the manifest with the tags that stand at it. What it listed stays until the collector finds it unused.
 * @throws OciError MANIFEST_UNKNOWN; UNSUPPORTED (405) while an index of the repository lists it (invariant 3).
 */
export async function deleteManifest(context: InstanceTransaction, input: DeleteManifestInput): Promise<void> {
  const manifest = await findForDelete(context, input);
  const assertRemovable = () => assertNotListed(context, input, manifest.repository_id);
  await removeManifest(context, { ...input, manifest, reason: 'client', assertRemovable });
}

async function findForDelete(
  { tx, capabilities }: InstanceTransaction,
  { repository, digest }: DeleteManifestInput,
): Promise<LockedManifest> {
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
