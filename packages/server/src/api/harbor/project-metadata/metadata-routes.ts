import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Actor } from '../../../kernel/actor.ts';
import { ProductError } from '../../../kernel/errors.ts';
import {
  isMetadataKey,
  noSuchKey,
  readMetadataValue,
  type ShownMetadata,
} from '../../../projects/metadata/metadata-keys.ts';
import type { ProjectDetails } from '../../../projects/project.ts';
import { getProjectWith } from '../../../projects/project-access.ts';
import type { Projects } from '../../../projects/projects.ts';
import { keyOfProject, type ProjectRequest } from '../openapi/project-request.ts';
import { registerOperations } from '../openapi/register-operations.ts';
import { serveOperation } from '../openapi/serve-operation.ts';
import { parseFlag } from '../projects/project-request.ts';
import { renderMetadata } from '../projects/render-project.ts';
import * as contract from './project-metadata-contract.ts';

export interface MetadataRouteDependencies {
  /** The instance whose host the request names. */
  readonly instanceOf: (request: FastifyRequest) => { readonly projects: Projects };
  /** Who asks: anonymous when there are no credentials, or wrong ones. */
  readonly actorOf: (request: FastifyRequest) => Actor;
}

interface Admitted {
  readonly projects: Projects;
  readonly project: ProjectDetails;
  readonly metadata: ShownMetadata;
  readonly actor: Actor;
}

const PUBLIC = 'public';

/** Harbor's operations on what projects say of themselves, one key at a time. */
export function registerMetadataRoutes(app: FastifyInstance, dependencies: MetadataRouteDependencies): void {
  registerOperations(app, dependencies, (routes) => {
    registerReads(routes, dependencies);
    registerWrites(routes, dependencies);
  });
}

function registerReads(routes: FastifyInstance, dependencies: MetadataRouteDependencies): void {
  serveOperation(routes, contract.listProjectMetadatas, async (request) => {
    const { project, metadata } = await admit(request, dependencies, 'list');
    return toTexts(renderMetadata(project, metadata));
  });
  serveOperation(routes, contract.getProjectMetadata, async (request) => {
    const { project, metadata } = await admit(request, dependencies, 'read');
    const { meta_name: key } = request.params;
    const value = toTexts(renderMetadata(project, metadata))[key];
    if (value === undefined) throw notThere(key);
    return { [key]: value };
  });
}

function registerWrites(routes: FastifyInstance, dependencies: MetadataRouteDependencies): void {
  serveOperation(routes, contract.addProjectMetadatas, async (request) => {
    const admitted = await admit(request, dependencies, 'create');
    const [entry, ...others] = Object.entries(request.body ?? {});
    if (entry === undefined || others.length > 0) throw new ProductError('BAD_REQUEST', 'only one metadata at a time');
    const [key, value] = entry;
    if (toTexts(renderMetadata(admitted.project, admitted.metadata))[key] !== undefined) {
      throw new ProductError('CONFLICT', `the project has metadata ${key} already`);
    }
    await write(admitted, key, value);
  });
  serveOperation(routes, contract.updateProjectMetadata, async (request) => {
    const admitted = await admit(request, dependencies, 'update');
    const { meta_name: key } = request.params;
    const value = request.body?.[key];
    if (value === undefined)
      throw new ProductError('BAD_REQUEST', `the body has no ${JSON.stringify(key.slice(0, 64))}`);
    if (key !== PUBLIC && !isMetadataKey(key)) noSuchKey(key);
    if (toTexts(renderMetadata(admitted.project, admitted.metadata))[key] === undefined) throw notThere(key);
    await write(admitted, key, value);
  });
  serveOperation(routes, contract.deleteProjectMetadata, async (request) => {
    const { projects, project, metadata, actor } = await admit(request, dependencies, 'delete');
    const { meta_name: key } = request.params;
    if (key === PUBLIC) throw new ProductError('BAD_REQUEST', 'a project is public or not: set it to "false"');
    if (!isMetadataKey(key) || metadata[key] === undefined) throw notThere(key);
    await projects.update({ idOrName: project.id, metadata: { [key]: null }, actor });
  });
}

/** @throws ProductError BAD_REQUEST */
async function write({ projects, project, actor }: Admitted, key: string, value: string): Promise<void> {
  if (key === PUBLIC) {
    const isPublic = parseFlag(PUBLIC, value);
    if (isPublic === undefined) throw new ProductError('BAD_REQUEST', 'public must be "true" or "false"');
    if (isPublic === project.isPublic) return;
    await projects.update({ idOrName: project.id, visibility: isPublic ? 'public' : 'private', actor });
    return;
  }
  if (!isMetadataKey(key)) noSuchKey(key);
  await projects.update({ idOrName: project.id, metadata: { [key]: readMetadataValue(key, value) }, actor });
}

async function admit(
  request: ProjectRequest,
  { instanceOf, actorOf }: MetadataRouteDependencies,
  action: string,
): Promise<Admitted> {
  const { projects } = instanceOf(request);
  const actor = actorOf(request);
  const permission = { resource: 'metadata', action };
  const project = await getProjectWith(projects, actor.principal, permission, keyOfProject(request));
  const metadata = (await projects.metadataOf([project.id])).get(project.id) ?? {};
  return { projects, project, metadata, actor };
}

function toTexts(metadata: object): Record<string, string> {
  return Object.fromEntries(Object.entries(metadata).map(([key, value]) => [key, String(value)]));
}

function notThere(key: string): ProductError {
  return new ProductError('NOT_FOUND', `the project has no metadata ${JSON.stringify(key.slice(0, 64))}`);
}
