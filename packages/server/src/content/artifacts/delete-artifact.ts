import type { Reference } from '@roadstead/oci';
import type { InstanceTransaction } from '../../db/instance/instance-database.ts';
import type { Actor } from '../../kernel/actor.ts';
import { ProductError } from '../../kernel/errors.ts';
import { fromDigestBytes, toDigestBytes } from '../digest-bytes.ts';
import { findListingManifest } from '../manifests/find-listing-manifest.ts';
import { type RemovalTimes, removeManifest } from '../manifests/remove-manifest.ts';
import type { RepositoryRef } from '../repository-ref.ts';
import {
  findAccessoryIds,
  findChildIds,
  getArtifactLocked,
  type LockedArtifact,
  lockArtifact,
} from './find-artifact.ts';

export interface DeleteArtifactInput extends RemovalTimes {
  readonly repository: RepositoryRef;
  readonly reference: Reference;
  readonly now: number;
  readonly actor: Actor;
}

/** More at once would keep other writes waiting. */
const MAX_MANIFESTS = 1_000;

/**
 * Deletes an artifact with all of its tags and its accessories, and those parts of an index that have no tag and that nothing else
 * lists, each into the trash. All of it or nothing.
 * @throws ProductError NOT_FOUND; PRECONDITION while an index lists it (invariant 3); what the gates throw.
 */
export async function deleteArtifact(context: InstanceTransaction, input: DeleteArtifactInput): Promise<void> {
  const artifact = await getArtifactLocked(context, input.repository, input.reference, 'update');
  const listing = await findLister(context, artifact);
  if (listing !== undefined) {
    throw new ProductError(
      'PRECONDITION',
      `the artifact ${artifact.digest} is a part of ${fromDigestBytes(listing)}: delete that one first`,
    );
  }
  await removeWhole(context, { ...input, removed: new Set() }, artifact);
}

interface Removal extends DeleteArtifactInput {
  /** Ids of manifests. */
  readonly removed: Set<number>;
}

async function removeWhole(context: InstanceTransaction, removal: Removal, artifact: LockedArtifact): Promise<void> {
  const { removed, repository, now, actor, reviewAfter, trashWindowMs } = removal;
  if (removed.has(artifact.id)) return;
  removed.add(artifact.id);
  if (removed.size > MAX_MANIFESTS) {
    throw new ProductError(
      'PRECONDITION',
      'this artifact has too many accessories and parts: delete some of them first',
    );
  }
  const accessories = await findAccessoryIds(context, artifact);
  const children = await findChildIds(context, artifact);
  await removeManifest(context, {
    repository,
    manifest: artifact,
    digest: artifact.digest,
    reason: 'client',
    reviewAfter,
    trashWindowMs,
    now,
    actor,
    assertRemovable: async () => {},
  });
  for (const id of accessories) {
    const accessory = await lockArtifact(context, id, 'update');
    // One that an index lists goes with that.
    if (accessory !== undefined && (await findLister(context, accessory)) === undefined) {
      await removeWhole(context, removal, accessory);
    }
  }
  for (const id of children) {
    const child = await lockArtifact(context, id, 'update');
    if (child !== undefined && (await isLeftOver(context, child))) await removeWhole(context, removal, child);
  }
}

/** Nobody would find it any more: it has no tag, no index lists it, and it is no accessory of something that stays. */
async function isLeftOver(context: InstanceTransaction, child: LockedArtifact): Promise<boolean> {
  const { tx } = context;
  // The counts of artifacts are right at the commit.
  const tag = await tx.selectFrom('tags').select('id').where('manifest_id', '=', child.id).limit(1).executeTakeFirst();
  if (tag !== undefined) return false;
  const artifact = tx.selectFrom('artifacts').select('has_subject').where('manifest_id', '=', child.id);
  if ((await artifact.executeTakeFirst())?.has_subject !== 0) return false;
  return (await findLister(context, child)) === undefined;
}

function findLister({ tx }: InstanceTransaction, { repository_id: repositoryId, digest }: LockedArtifact) {
  return findListingManifest(tx, { repositoryId, digests: [toDigestBytes(digest)], includesOptional: true });
}
