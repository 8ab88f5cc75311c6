import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Repositories } from '../../../content/repositories/repositories.ts';
import type { Visibility } from '../../../content/repositories/visibility.ts';
import { ProductError } from '../../../kernel/errors.ts';
import { refusal } from '../../../projects/project-access.ts';
import { type ArtifactRouteDependencies, admitToRepository } from '../artifacts/artifact-request.ts';
import { registerOperations } from '../openapi/register-operations.ts';
import { type RequestOf, serveOperation } from '../openapi/serve-operation.ts';
import { sendPageHeaders } from '../page-headers.ts';
import { readListQuery, type ShownColumn } from '../read-list-query.ts';
import { renderRepository } from './render-repository.ts';
import * as contract from './repositories-contract.ts';
import type { Repository } from './repositories-models.ts';

export interface RepositoryRouteDependencies extends ArtifactRouteDependencies {
  /** The instance whose host the request names. */
  readonly instanceOf: (request: FastifyRequest) => ReturnType<ArtifactRouteDependencies['instanceOf']> & {
    readonly content: { readonly repositories: Repositories };
  };
}

const LIST = { resource: 'repository', action: 'list' } as const;
const PULL = { resource: 'repository', action: 'pull' } as const;
const MAX_DESCRIPTION = 65_536;

const COLUMNS: Readonly<Record<string, ShownColumn>> = {
  name: { column: 'repositories.name', type: 'text' },
  description: { column: 'repositories.description', type: 'text' },
  id: { column: 'repositories.id', type: 'integer' },
  repository_id: { column: 'repositories.id', type: 'integer' },
  project_id: { column: 'repositories.project_id', type: 'integer' },
  creation_time: { column: 'repositories.created_at', type: 'instant' },
  update_time: { column: 'repositories.updated_at', type: 'instant' },
};

/** Harbor's operations on repositories. */
export function registerRepositoryRoutes(app: FastifyInstance, dependencies: RepositoryRouteDependencies): void {
  registerOperations(app, dependencies, (routes) => {
    serveOperation(routes, contract.listAllRepositories, async (request, reply) => {
      const { projects, content } = dependencies.instanceOf(request);
      const { principal } = dependencies.actorOf(request);
      const visibility = await projects.permissions.visibilityOf(principal, PULL);
      return sendPage(request, reply, content.repositories, { visibility });
    });
    serveOperation(routes, contract.listRepositories, async (request, reply) => {
      const { content } = dependencies.instanceOf(request);
      const place = await admitToProject(request, dependencies);
      return sendPage(request, reply, content.repositories, place);
    });
    registerOne(routes, dependencies);
  });
}

function registerOne(routes: FastifyInstance, dependencies: RepositoryRouteDependencies): void {
  const on = (action: string) => ({ resource: 'repository', action });
  serveOperation(routes, contract.getRepository, async (request) => {
    const { repository } = await admitToRepository(request, dependencies, on('read'));
    const found = await dependencies.instanceOf(request).content.repositories.find(repository);
    return renderRepository(found ?? noSuchRepository(repository.name));
  });
  serveOperation(routes, contract.updateRepository, async (request) => {
    const { repository, actor } = await admitToRepository(request, dependencies, on('update'));
    const { repositories } = dependencies.instanceOf(request).content;
    const found = (await repositories.find(repository)) ?? noSuchRepository(repository.name);
    const { description = found.description } = request.body;
    if (description.length > MAX_DESCRIPTION) {
      throw new ProductError('BAD_REQUEST', `a description has at most ${MAX_DESCRIPTION} characters`);
    }
    if (description === found.description) return;
    if (!(await repositories.describe(repository, description, actor))) noSuchRepository(repository.name);
  });
  serveOperation(routes, contract.deleteRepository, async (request) => {
    const { repository, actor } = await admitToRepository(request, dependencies, on('delete'));
    await dependencies.instanceOf(request).content.repositories.delete(repository, actor);
  });
}

/** Who has a role on some of the project's repositories sees those. */
async function admitToProject(
  request: RequestOf<typeof contract.listRepositories>,
  { instanceOf, actorOf }: RepositoryRouteDependencies,
): Promise<{ readonly projectId: number; readonly visibility: Visibility }> {
  const { projects } = instanceOf(request);
  const { principal } = actorOf(request);
  const name = request.params.project_name;
  const project = await projects.findDetails(name);
  if (project === undefined) {
    if (!(await projects.permissions.canSeeEveryProject(principal))) throw refusal(principal);
    throw new ProductError('PROJECT_NOT_FOUND', `there is no project ${JSON.stringify(name)}`);
  }
  if (!(await projects.permissions.can(principal, LIST, { project }))) throw refusal(principal);
  return { projectId: project.id, visibility: await projects.permissions.visibilityOf(principal, LIST) };
}

async function sendPage(
  request: FastifyRequest<{ Querystring: Parameters<typeof readListQuery>[0] }>,
  reply: FastifyReply,
  repositories: Repositories,
  place: { readonly projectId?: number; readonly visibility: Visibility },
): Promise<Repository[]> {
  const query = readListQuery(request.query, COLUMNS);
  const { items, total } = await repositories.page({ ...query, ...place });
  sendPageHeaders(request, reply, query, total);
  return items.map(renderRepository);
}

function noSuchRepository(name: string): never {
  throw new ProductError('NOT_FOUND', `repository ${name} not found`);
}
