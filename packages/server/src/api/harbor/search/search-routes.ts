import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Repositories } from '../../../content/repositories/repositories.ts';
import type { RepositoryDetails } from '../../../content/repositories/repository-pages.ts';
import type { Actor } from '../../../kernel/actor.ts';
import type { Project } from '../../../projects/project.ts';
import type { Projects } from '../../../projects/projects.ts';
import { registerOperations } from '../openapi/register-operations.ts';
import { serveOperation } from '../openapi/serve-operation.ts';
import { renderProjects } from '../projects/project-routes.ts';
import * as contract from './search-contract.ts';
import type { SearchRepository } from './search-models.ts';

export interface SearchRouteDependencies {
  /** The instance whose host the request names. */
  readonly instanceOf: (request: FastifyRequest) => {
    readonly projects: Projects;
    readonly content: { readonly repositories: Pick<Repositories, 'page'> };
  };
  /** Who asks: anonymous when there are no credentials, or wrong ones. */
  readonly actorOf: (request: FastifyRequest) => Actor;
}

/** The operation has no pages, and anybody may ask: so many projects, and so many repositories, are shown at most. */
export const MAX_FOUND = 500;

const PULL = { resource: 'repository', action: 'pull' } as const;

/** Harbor's search by a part of a name. */
export function registerSearchRoutes(app: FastifyInstance, dependencies: SearchRouteDependencies): void {
  registerOperations(app, dependencies, (routes) => {
    serveOperation(routes, contract.search, async (request) => {
      const { projects, content } = dependencies.instanceOf(request);
      const { principal } = dependencies.actorOf(request);
      const text = request.query.q;
      const first = { page: 1, pageSize: MAX_FOUND };
      const found = await projects.list({ principal, nameContains: text, ...first });
      const { items } = await content.repositories.page({
        ...first,
        order: [],
        filters: [{ column: 'repositories.name', kind: 'contains', text }],
        visibility: await projects.permissions.visibilityOf(principal, PULL),
      });
      const owners = await projects.findAll(items.map(({ projectId }) => projectId));
      return {
        project: await renderProjects(principal, projects, found),
        repository: items.flatMap((repository) => renderRepository(repository, owners.get(repository.projectId))),
      };
    });
  });
}

/** None when its project was deleted meanwhile. */
function renderRepository(
  { name, projectId, artifactCount, pullCount }: RepositoryDetails,
  project: Project | undefined,
): SearchRepository[] {
  if (project === undefined) return [];
  return [
    {
      project_id: projectId,
      project_name: project.name,
      project_public: project.isPublic,
      repository_name: name,
      pull_count: pullCount,
      artifact_count: artifactCount,
    },
  ];
}
