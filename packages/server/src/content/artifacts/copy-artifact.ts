import type { Reference } from '@roadstead/oci';
import type { InstanceTransaction } from '../../db/instance/instance-database.ts';
import { ProductError } from '../../kernel/errors.ts';
import { ensureRepository } from '../repositories/ensure-repository.ts';
import { type ClosureInput, copyClosure, isAccessory, isThere, listTagNames } from './copy-closure.ts';
import { getArtifactLocked } from './find-artifact.ts';

export interface CopyArtifactInput extends ClosureInput {
  readonly reference: Reference;
}

/**
 * Copies an artifact into another repository: its parts, what they list, its accessories and its tags, without a byte of a blob. All
 * of it or nothing, past the gates of a push.
 * @throws ProductError NOT_FOUND (the source); CONFLICT when it is there already; DENIED for an accessory, which goes with its subject;
 *   PRECONDITION when something that it needs is gone
 */
export async function copyArtifact(
  context: InstanceTransaction,
  input: CopyArtifactInput,
): Promise<{ readonly digest: string }> {
  const { source, reference, repository } = input;
  const artifact = await getArtifactLocked(context, source, reference, 'share');
  if (await isAccessory(context, artifact.id)) {
    throw new ProductError('DENIED', 'an accessory is copied with the artifact that it belongs to, and not alone');
  }
  const repositoryId = await ensureRepository(context, repository, input.now);
  if (await isThere(context, repositoryId, artifact)) {
    throw new ProductError('CONFLICT', `${repository.name} has the artifact ${artifact.digest} already`);
  }
  const tags = await listTagNames(context, artifact.id);
  await copyClosure(context, { input, repositoryId, copied: new Set() }, artifact, tags);
  return { digest: artifact.digest };
}
