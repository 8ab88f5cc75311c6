import { type Digest, projectOf } from '@roadstead/oci';
import { ONLY_PUBLIC } from '../../content/repositories/visibility.ts';
import { principalOf } from '../../http/authentication.ts';
import { challenge, isAllowed } from './authorize.ts';
import type { OperationCall } from './operation.ts';
import { sendBlobCreated } from './upload-answers.ts';

/**
 * Mounts the blob if the caller may read a repository that holds it (end-11).
 * @returns false when it could not be mounted, for whatever reason: the client then uploads.
 * @throws OciError UNAUTHORIZED when the caller's token merely lacks the scope of the source, which another token may have.
 */
export async function mountBlob(call: OperationCall, digest: Digest, from: string | undefined): Promise<boolean> {
  const source = from === undefined ? await findSource(call, digest) : await assertReadable(call, from);
  if (source === undefined) return false;
  const { exchange, instance, repository } = call;
  const mounted = await instance.content.mountBlob(repository, exchange.actor, digest, source);
  if (mounted) sendBlobCreated(call, digest);
  return mounted;
}

async function assertReadable(call: OperationCall, from: string): Promise<string | undefined> {
  const { exchange, instance, repository } = call;
  const project = await instance.projects.find(projectOf(from));
  if (project === undefined) return undefined;
  if (project.isPublic) return from;
  if (await isAllowed({ exchange, instance, repository: from, action: 'pull' }, project)) return from;
  if (exchange.authentication.kind !== 'bearer') return undefined;
  const rights = await instance.projects.permissions.allowedActionsIn(exchange.authentication.principal, project, from);
  if (!rights.has('pull')) return undefined;
  throw challenge(exchange, [
    { type: 'repository', name: repository.name, actions: ['pull', 'push'] },
    { type: 'repository', name: from, actions: ['pull'] },
  ]);
}

/**
 * A repository to mount from when the client names none. With a token the search stays within the project of the target
 * (and what is public): a token that was narrowed to one project shows nothing of others.
 */
async function findSource(
  { exchange, instance, project, repository }: OperationCall,
  digest: Digest,
): Promise<string | undefined> {
  const { authentication } = exchange;
  const { permissions } = instance.projects;
  if (authentication.kind === 'basic') {
    const visibility = await permissions.visibleRepositories(authentication.principal);
    return instance.content.blobReads.findHolder(digest, visibility);
  }
  const mayReadProject = await permissions.canPullAllOf(principalOf(authentication), project);
  const projectIds = mayReadProject ? [repository.projectId] : [];
  return instance.content.blobReads.findHolder(digest, { ...ONLY_PUBLIC, projectIds });
}
