import { conflictError } from '../cli-error.ts';
import { describeReference, type Repository } from './repository.ts';
import { createResponseError } from './response-error.ts';

/** Deletes a tag, or a manifest with all its tags. Throws not found (3) or a conflict (7). */
export async function deleteManifest(repository: Repository, reference: string): Promise<void> {
  const response = await repository.connection.send({
    method: 'DELETE',
    target: `/v2/${repository.name}/manifests/${reference}`,
    scopes: repository.scopes,
  });
  if (response.status === 202 || response.status === 200 || response.status === 204) {
    await response.body?.cancel();
    return;
  }
  const name = describeReference(repository, reference);
  const error = await createResponseError(response, `delete ${name}`);
  const isTag = !reference.includes(':');
  if (isTag && (response.status === 400 || response.status === 405)) {
    throw conflictError(`${name} cannot be deleted: this registry does not delete single tags`, {
      why: error.why,
      remedy:
        'delete the manifest with all its tags: `roadstead inspect` shows its digest for `roadstead rm REPOSITORY@DIGEST`',
    });
  }
  throw error;
}
