import { isRepositoryName, isTag, quoteForMessage } from '@roadstead/oci';
import type { FastifyInstance } from 'fastify';
import { ProductError } from '../../../kernel/errors.ts';
import { HARBOR_BASE, serveOperation } from '../openapi/serve-operation.ts';
import {
  type ArtifactRouteDependencies,
  admit,
  admitToRepository,
  type RepositoryRequest,
  readReference,
  readSource,
} from './artifact-request.ts';
import * as contract from './artifacts-contract.ts';

const CREATE = { resource: 'artifact', action: 'create' } as const;
const READ = { resource: 'artifact', action: 'read' } as const;
const DELETE = { resource: 'artifact', action: 'delete' } as const;
const CREATE_TAG = { resource: 'tag', action: 'create' } as const;
const CREATE_LABEL = { resource: 'artifact-label', action: 'create' } as const;
const DELETE_LABEL = { resource: 'artifact-label', action: 'delete' } as const;
const DELETE_TAG = { resource: 'tag', action: 'delete' } as const;

/** What changes artifacts: copies, deletes and tags. */
export function registerArtifactChanges(routes: FastifyInstance, dependencies: ArtifactRouteDependencies): void {
  serveOperation(routes, contract.copyArtifact, async (request, reply) => {
    const { artifacts, repository, actor } = await admitToRepository(request, dependencies, CREATE);
    if (!isRepositoryName(repository.name)) {
      throw new ProductError('BAD_REQUEST', `${quoteForMessage(repository.name)} is no name for a repository`);
    }
    const { projectName, repository: name, reference } = readSource(request.query.from);
    const instance = dependencies.instanceOf(request);
    const project = await admit(instance, actor, READ, { projectName, repository: name });
    const source = { projectId: project.id, name };
    const digest = await artifacts.copy({ source, reference, repository, actor });
    reply.header('location', `${addressOf(request)}/${digest}`);
  });
  serveOperation(routes, contract.deleteArtifact, async (request) => {
    const { artifacts, repository, actor } = await admitToRepository(request, dependencies, DELETE);
    await artifacts.delete(repository, readReference(request.params.reference), actor);
  });
  serveOperation(routes, contract.createTag, async (request, reply) => {
    const { artifacts, repository, actor } = await admitToRepository(request, dependencies, CREATE_TAG);
    const { name } = request.body;
    if (!isTag(name)) throw new ProductError('BAD_REQUEST', `${quoteForMessage(name)} is no name for a tag`);
    const { reference } = request.params;
    await artifacts.addTag(repository, readReference(reference), name, actor);
    reply.header('location', `${addressOf(request)}/${reference}/tags/${name}`);
  });
  serveOperation(routes, contract.deleteTag, async (request) => {
    const { artifacts, repository, actor } = await admitToRepository(request, dependencies, DELETE_TAG);
    const { reference, tag_name: tag } = request.params;
    await artifacts.removeTag(repository, readReference(reference), tag, actor);
  });
  registerLabelChanges(routes, dependencies);
}

function registerLabelChanges(routes: FastifyInstance, dependencies: ArtifactRouteDependencies): void {
  serveOperation(routes, contract.addLabel, async (request) => {
    const { repository, actor } = await admitToRepository(request, dependencies, CREATE_LABEL);
    const { labels } = dependencies.instanceOf(request).content;
    const { id } = request.body;
    if (id === undefined) throw new ProductError('BAD_REQUEST', 'id says which label');
    await labels.add(repository, readReference(request.params.reference), id, actor);
  });
  serveOperation(routes, contract.removeLabel, async (request) => {
    const { repository, actor } = await admitToRepository(request, dependencies, DELETE_LABEL);
    const { labels } = dependencies.instanceOf(request).content;
    const { reference, label_id: id } = request.params;
    await labels.remove(repository, readReference(reference), id, actor);
  });
}

/** Where the artifacts of the repository are, with its slashes encoded twice as Harbor has them. */
function addressOf({ params }: RepositoryRequest): string {
  const { project_name: project, repository_name: repository } = params;
  const name = encodeURIComponent(repository.includes('%') ? repository : encodeURIComponent(repository));
  return `${HARBOR_BASE}/projects/${project}/repositories/${name}/artifacts`;
}
