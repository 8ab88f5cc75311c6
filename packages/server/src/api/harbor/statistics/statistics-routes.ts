import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Repositories } from '../../../content/repositories/repositories.ts';
import type { Visibility } from '../../../content/repositories/visibility.ts';
import type { Actor } from '../../../kernel/actor.ts';
import type { Quotas } from '../../../policies/quota/quotas.ts';
import { assertSignedIn } from '../../../projects/project-access.ts';
import type { Projects } from '../../../projects/projects.ts';
import { registerOperations } from '../openapi/register-operations.ts';
import { serveOperation } from '../openapi/serve-operation.ts';
import * as contract from './statistics-contract.ts';

export interface StatisticsRouteDependencies {
  /** The instance whose host the request names. */
  readonly instanceOf: (request: FastifyRequest) => {
    readonly projects: Projects;
    readonly content: { readonly repositories: Pick<Repositories, 'page'> };
    readonly policies: { readonly quotas: Pick<Quotas, 'countAllUsed'> };
  };
  /** Who asks: anonymous when there are no credentials, or wrong ones. */
  readonly actorOf: (request: FastifyRequest) => Actor;
}

const PULL = { resource: 'repository', action: 'pull' } as const;

/** How many projects and repositories there are for who asks; only who sees every project is told of totals and bytes. */
export function registerStatisticsRoutes(app: FastifyInstance, dependencies: StatisticsRouteDependencies): void {
  registerOperations(app, dependencies, (routes) => {
    serveOperation(routes, contract.getStatistic, async (request) => {
      const { projects, content, policies } = dependencies.instanceOf(request);
      const { principal } = dependencies.actorOf(request);
      assertSignedIn(principal);
      const visibility = await projects.permissions.visibilityOf(principal, PULL);
      const countRepositories = (isPublic: boolean) => countOf(content.repositories, visibility, isPublic);
      const ofProjects = {
        public_project_count: await projects.count({ principal, isPublic: true }),
        private_project_count: await projects.count({ principal, isPublic: false }),
      };
      const ofRepositories = {
        public_repo_count: await countRepositories(true),
        private_repo_count: await countRepositories(false),
      };
      if (!(await projects.permissions.canSeeEveryProject(principal))) return { ...ofProjects, ...ofRepositories };
      return {
        ...ofProjects,
        ...ofRepositories,
        total_project_count: ofProjects.public_project_count + ofProjects.private_project_count,
        total_repo_count: ofRepositories.public_repo_count + ofRepositories.private_repo_count,
        total_storage_consumption: await policies.quotas.countAllUsed(),
      };
    });
  });
}

async function countOf(
  repositories: Pick<Repositories, 'page'>,
  visibility: Visibility,
  isPublic: boolean,
): Promise<number> {
  const filters = [{ column: 'projects.is_public', kind: 'any', values: [isPublic ? 1 : 0] }] as const;
  const { total } = await repositories.page({ visibility, filters, order: [], page: 1, pageSize: 1 });
  return total;
}
