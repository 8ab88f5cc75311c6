import { OciError, parseReference, projectOf, quoteForMessage, type Reference } from '@roadstead/oci';
import type { FastifyRequest } from 'fastify';
import type { Artifacts } from '../../../content/artifacts/artifacts.ts';
import type { Labels } from '../../../content/labels/labels.ts';
import type { RepositoryRef } from '../../../content/repository-ref.ts';
import type { Actor } from '../../../kernel/actor.ts';
import { ProductError } from '../../../kernel/errors.ts';
import type { Permission } from '../../../kernel/permission.ts';
import type { Policies } from '../../../policies/policies.ts';
import type { ProjectDetails } from '../../../projects/project.ts';
import { refusal } from '../../../projects/project-access.ts';
import type { Projects } from '../../../projects/projects.ts';

export interface ArtifactInstance {
  readonly projects: Pick<Projects, 'permissions' | 'findDetails'>;
  readonly content: { readonly artifacts: Artifacts; readonly labels: Labels };
  readonly policies: Pick<Policies, 'immutableRules'>;
}

export interface ArtifactRouteDependencies {
  /** The instance whose host the request names. */
  readonly instanceOf: (request: FastifyRequest) => ArtifactInstance;
  /** Who asks: anonymous when there are no credentials, or wrong ones. */
  readonly actorOf: (request: FastifyRequest) => Actor;
}

/** A request whose path names a repository. */
export type RepositoryRequest = FastifyRequest<{
  Params: { readonly project_name: string; readonly repository_name: string };
}>;

/** Who asks was let in. */
export interface AdmittedToRepository {
  readonly artifacts: Artifacts;
  readonly project: ProjectDetails;
  readonly repository: RepositoryRef;
  readonly actor: Actor;
}

/**
 * The repository that the path names, which a push may not have made yet. A missing project and a foreign one get the same refusal
 * (invariant 13).
 * @throws ProductError UNAUTHORIZED (anonymous), DENIED, PROJECT_NOT_FOUND
 */
export async function admitToRepository(
  request: RepositoryRequest,
  dependencies: ArtifactRouteDependencies,
  permission: Permission,
): Promise<AdmittedToRepository> {
  const instance = dependencies.instanceOf(request);
  const actor = dependencies.actorOf(request);
  const { project_name: projectName, repository_name: encoded } = request.params;
  const name = `${projectName}/${decodeAgain(encoded)}`;
  const project = await admit(instance, actor, permission, { projectName, repository: name });
  const { artifacts } = instance.content;
  return { artifacts, project, repository: { projectId: project.id, name }, actor };
}

/** @throws as `admitToRepository` */
export async function admit(
  { projects }: ArtifactInstance,
  { principal }: Actor,
  permission: Permission,
  { projectName, repository }: { readonly projectName: string; readonly repository: string },
): Promise<ProjectDetails> {
  // Paths that end in `{project_name}` have names, whatever they look like.
  const project = await projects.findDetails(projectName);
  if (project !== undefined && (await projects.permissions.can(principal, permission, { project, repository }))) {
    return project;
  }
  if (project === undefined && (await projects.permissions.canSeeEveryProject(principal))) {
    throw new ProductError('PROJECT_NOT_FOUND', `there is no project ${quoteForMessage(projectName)}`);
  }
  throw refusal(principal);
}

/** Proxies decode a path once, so clients encode the slashes of a repository twice: one of the two is undone already. */
function decodeAgain(name: string): string {
  if (!name.includes('%')) return name;
  try {
    return decodeURIComponent(name);
  } catch {
    throw new ProductError('BAD_REQUEST', `the repository ${quoteForMessage(name)} is not encoded as a part of a path`);
  }
}

/** A tag or a digest; nothing is found by what is neither. @throws ProductError NOT_FOUND */
export function readReference(text: string): Reference {
  const reference = tryReference(text);
  if (reference instanceof OciError) throw new ProductError('NOT_FOUND', `artifact not found: ${reference.message}`);
  return reference;
}

function tryReference(text: string): Reference | OciError {
  try {
    return parseReference(text);
  } catch (error) {
    if (error instanceof OciError) return error;
    throw error;
  }
}

/** The artifact to copy: `project/repository:tag` or `project/repository@digest`. @throws ProductError BAD_REQUEST */
export function readSource(from: string): {
  readonly projectName: string;
  readonly repository: string;
  readonly reference: Reference;
} {
  const [, repository = '', reference = ''] = /^([^@:]+)[@:](.+)$/.exec(from) ?? [];
  const projectName = projectOf(repository);
  if (reference === '' || projectName === repository) {
    throw new ProductError(
      'BAD_REQUEST',
      'from says what to copy: project/repository:tag or project/repository@digest',
    );
  }
  const read = tryReference(reference);
  if (read instanceof OciError) throw new ProductError('BAD_REQUEST', `from: ${read.message}`);
  return { projectName, repository, reference: read };
}
