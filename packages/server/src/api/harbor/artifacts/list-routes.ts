import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Artifact } from '../../../content/artifacts/artifact.ts';
import type { ArtifactFilter, ArtifactScope } from '../../../content/artifacts/artifact-filter.ts';
import { ProductError } from '../../../kernel/errors.ts';
import { refusal } from '../../../projects/project-access.ts';
import { renderLabel } from '../labels/render-label.ts';
import { keyOfProject, type ProjectRequest } from '../openapi/project-request.ts';
import { serveOperation } from '../openapi/serve-operation.ts';
import type * as models from '../openapi/shared-models.ts';
import { sendPageHeaders } from '../page-headers.ts';
import { readPage } from '../page-query.ts';
import { listArtifactsOfProject } from '../projects/projects-contract.ts';
import { readArtifactFilter, readArtifactOrder } from './artifact-query.ts';
import {
  type ArtifactInstance,
  type ArtifactRouteDependencies,
  admitToRepository,
  readReference,
} from './artifact-request.ts';
import * as contract from './artifacts-contract.ts';
import { renderArtifact } from './render-artifact.ts';

const LIST = { resource: 'artifact', action: 'list' } as const;
const READ = { resource: 'artifact', action: 'read' } as const;

/** What a list shows with each artifact, besides what it is. */
interface ExtrasQuery {
  readonly with_tag?: boolean;
  readonly with_label?: boolean;
  readonly with_accessory?: boolean;
  readonly with_immutable_status?: boolean;
}

interface ListQuery extends ExtrasQuery {
  readonly q?: string;
  readonly sort?: string;
  readonly page?: number;
  readonly page_size?: number;
}

/** Lists of artifacts, and one of them. */
export function registerArtifactLists(routes: FastifyInstance, dependencies: ArtifactRouteDependencies): void {
  serveOperation(routes, contract.listArtifacts, async (request, reply) => {
    const { artifacts, repository } = await admitToRepository(request, dependencies, LIST);
    const found = await artifacts.findRepository(repository);
    const filter = readArtifactFilter(request.query.q);
    readArtifactOrder(request.query.sort);
    if (found === undefined) {
      throw new ProductError('NOT_FOUND', `repository ${repository.name} not found`);
    }
    const scope: ArtifactScope = { kind: 'repository', repositoryId: found.id };
    return sendList(request, reply, dependencies.instanceOf(request), { ...filter, scope });
  });
  serveOperation(routes, contract.getArtifact, async (request) => {
    const { artifacts, repository } = await admitToRepository(request, dependencies, READ);
    const artifact = await artifacts.get(repository, readReference(request.params.reference));
    const [rendered] = await renderAll(dependencies.instanceOf(request), [artifact], request.query);
    return rendered ?? {};
  });
  registerListOfProject(routes, dependencies);
}

function registerListOfProject(routes: FastifyInstance, dependencies: ArtifactRouteDependencies): void {
  serveOperation(routes, listArtifactsOfProject, async (request, reply) => {
    const scope = await admitToProject(request, dependencies);
    const filter = readArtifactFilter(request.query.q);
    const onlyLatest = request.query.latest_in_repository ?? false;
    if (onlyLatest && !filter.columns?.has('artifact_type') && !filter.columns?.has('media_type')) {
      throw new ProductError('BAD_REQUEST', 'latest_in_repository goes with artifact_type or media_type in q');
    }
    return sendList(request, reply, dependencies.instanceOf(request), { ...filter, scope, onlyLatest });
  });
}

/** Who has a role on some of the project's repositories sees the artifacts of those. */
async function admitToProject(
  request: ProjectRequest,
  { instanceOf, actorOf }: ArtifactRouteDependencies,
): Promise<ArtifactScope> {
  const { projects } = instanceOf(request);
  const { principal } = actorOf(request);
  const key = keyOfProject(request);
  const project = await projects.findDetails(key);
  if (project === undefined) {
    if (!(await projects.permissions.canSeeEveryProject(principal))) throw refusal(principal);
    throw new ProductError('PROJECT_NOT_FOUND', `there is no project ${JSON.stringify(key)}`);
  }
  const scope = { kind: 'project', projectId: project.id } as const;
  if (await projects.permissions.can(principal, LIST, { project })) {
    return { ...scope, visibility: undefined };
  }
  const visibility = await projects.permissions.visibilityOf(principal, LIST);
  if (!visibility.repositories.some(({ projectId }) => projectId === project.id)) throw refusal(principal);
  return { ...scope, visibility };
}

async function sendList(
  request: FastifyRequest<{ Querystring: ListQuery }>,
  reply: FastifyReply,
  instance: ArtifactInstance,
  filter: ArtifactFilter,
): Promise<models.Artifact[]> {
  const { artifacts } = instance.content;
  const at = readPage(request.query);
  const order = readArtifactOrder(request.query.sort);
  const total = await artifacts.count(filter);
  const offset = (at.page - 1) * at.pageSize;
  const found = offset >= total ? [] : await artifacts.list({ ...filter, order, limit: at.pageSize, offset });
  sendPageHeaders(request, reply, at, total);
  return renderAll(instance, found, request.query);
}

/** One query for each kind of extra, however many artifacts. */
async function renderAll(
  { content, policies }: ArtifactInstance,
  found: readonly Artifact[],
  query: ExtrasQuery,
): Promise<models.Artifact[]> {
  const { artifacts } = content;
  const tags = (query.with_tag ?? true) ? await artifacts.tagsOf(found) : undefined;
  const accessories = query.with_accessory ? await artifacts.accessoriesOf(found) : undefined;
  const labels = query.with_label ? await content.labels.ofArtifacts(found) : undefined;
  const attributes = await artifacts.attributesOf(found);
  // All of a page are of one project.
  const [{ repository } = {}] = found;
  const keeps =
    query.with_immutable_status && repository !== undefined
      ? await policies.immutableRules.reader(repository.projectId)
      : undefined;
  return found.map((artifact) =>
    renderArtifact(artifact, {
      tags: tags?.get(artifact.id),
      accessories: accessories?.get(artifact.id),
      attributes: attributes.get(artifact.id) ?? {},
      labels: labels?.get(artifact.id)?.map(renderLabel),
      isImmutable: keeps && ((tag) => keeps(artifact.repository.name, tag.name)),
    }),
  );
}
