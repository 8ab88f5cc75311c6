import type { Reference } from '@roadstead/oci';
import type { InstanceTransaction } from '../../db/instance/instance-database.ts';
import type { Actor } from '../../kernel/actor.ts';
import { ProductError } from '../../kernel/errors.ts';
import { fromDigestBytes } from '../digest-bytes.ts';
import type { RepositoryRef } from '../repository-ref.ts';
import { findTag } from '../tags/find-tag.ts';
import { moveTag } from '../tags/move-tag.ts';
import { removeTags } from '../tags/remove-tags.ts';
import { getArtifactLocked } from './find-artifact.ts';

export interface ArtifactTagInput {
  readonly repository: RepositoryRef;
  /** Of the artifact. */
  readonly reference: Reference;
  readonly tag: string;
  readonly now: number;
  readonly actor: Actor;
}

/** Gives an artifact a tag that the repository does not have. @throws ProductError NOT_FOUND, CONFLICT; what the gates throw */
export async function addArtifactTag(context: InstanceTransaction, input: ArtifactTagInput): Promise<void> {
  const { repository, tag, now, actor } = input;
  const artifact = await getArtifactLocked(context, repository, input.reference, 'share');
  const { id: manifestId, repository_id: repositoryId, digest } = artifact;
  if ((await findTag(context, repositoryId, tag)) !== undefined) {
    throw new ProductError('CONFLICT', `the repository ${repository.name} has the tag ${tag} already`);
  }
  await context.assertCanPush(actor, {
    kind: 'manifest',
    projectId: repository.projectId,
    repository: repository.name,
    digest,
    mediaType: artifact.media_type,
    artifactType: artifact.artifact_type ?? undefined,
    subject: artifact.subject_digest === null ? undefined : fromDigestBytes(artifact.subject_digest),
    sizeBytes: artifact.size,
    tags: [tag],
  });
  const conditions = { ifMatch: undefined, ifNoneMatch: '*' };
  await moveTag(context, { repository, repositoryId, tag, manifestId, digest, conditions, now, actor });
}

/** Takes a tag from an artifact, which stays (invariant 2). @throws ProductError NOT_FOUND; what the gates throw */
export async function removeArtifactTag(context: InstanceTransaction, input: ArtifactTagInput): Promise<void> {
  const { repository, tag, now, actor } = input;
  const artifact = await getArtifactLocked(context, repository, input.reference, 'share');
  const { id: manifestId, repository_id: repositoryId, digest } = artifact;
  const current = await findTag(context, repositoryId, tag);
  if (current?.manifestId !== manifestId) {
    throw new ProductError('NOT_FOUND', `the artifact ${digest} of ${repository.name} does not have the tag ${tag}`);
  }
  await context.assertCanPush(actor, {
    kind: 'delete-tag',
    projectId: repository.projectId,
    repository: repository.name,
    digest,
    tags: [tag],
  });
  const tags = [{ id: current.id, name: tag }];
  await removeTags(context, { repository, repositoryId, manifestId, digest, tags, now, actor });
}
