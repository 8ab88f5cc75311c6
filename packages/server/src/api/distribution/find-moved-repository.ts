import { OciError, type OciErrorCode, projectOf } from '@roadstead/oci';
import type { Exchange } from '../../http/exchange.ts';
import type { Project } from '../../projects/project.ts';
import { isAllowed } from './authorize.ts';
import type { DistributionInstance } from './distribution-instance.ts';

/** What a former name leads to. */
export interface MovedRepository {
  readonly name: string;
  readonly project: Project;
}

/** How a request for a name ends that has nothing, or nothing any more. */
const NOT_HERE: readonly OciErrorCode[] = [
  'NAME_UNKNOWN',
  'MANIFEST_UNKNOWN',
  'BLOB_UNKNOWN',
  'UNAUTHORIZED',
  'DENIED',
];

/**
 * What the request may mean that came to nothing: a repository that has another name now, and that who asks may pull. To everybody
 * else a former name is as one that never was.
 */
export async function findMovedRepository(
  exchange: Exchange,
  instance: DistributionInstance,
  { repository }: { readonly repository: string },
  error: unknown,
): Promise<MovedRepository | undefined> {
  if (!(error instanceof OciError) || !NOT_HERE.includes(error.code) || exchange.response.headersSent) return undefined;
  if (exchange.authentication.kind === 'invalid-basic') return undefined;
  const name = await instance.projects.findMoved(repository);
  if (name === undefined) return undefined;
  const project = await instance.projects.find(projectOf(name));
  if (project === undefined) return undefined;
  const asked = { exchange, instance, repository: name, askedAs: repository, action: 'pull' as const };
  return project.isPublic || (await isAllowed(asked, project)) ? { name, project } : undefined;
}
