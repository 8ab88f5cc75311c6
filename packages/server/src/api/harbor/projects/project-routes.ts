import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Actor } from '../../../kernel/actor.ts';
import { ProductError } from '../../../kernel/errors.ts';
import type { Principal } from '../../../kernel/principal.ts';
import type { Policies } from '../../../policies/policies.ts';
import { assertStorageLimit } from '../../../policies/quota/quotas.ts';
import { type ProjectDetails, visibilityOf } from '../../../projects/project.ts';
import { assertSignedIn, getProjectFor, refusal } from '../../../projects/project-access.ts';
import type { Projects } from '../../../projects/projects.ts';
import { BUILTIN_ROLE_IDS, isBuiltinRole } from '../../../projects/roles/builtin-roles.ts';
import { keyOfProject } from '../openapi/project-request.ts';
import { registerOperations } from '../openapi/register-operations.ts';
import { HARBOR_BASE, serveOperation } from '../openapi/serve-operation.ts';
import type { Project } from '../openapi/shared-models.ts';
import { sendPageHeaders } from '../page-headers.ts';
import { readPage } from '../page-query.ts';
import { readProjectOrder, readProjectQuery } from './project-query.ts';
import { assertSupported, readCveAllowlist, readMetadataFields, readVisibility } from './project-request.ts';
import { registerProjectSummary } from './project-summary-routes.ts';
import * as contract from './projects-contract.ts';
import type { ProjectReq } from './projects-models.ts';
import { renderProject } from './render-project.ts';

export interface ProjectRouteDependencies {
  /** The instance whose host the request names. */
  readonly instanceOf: (request: FastifyRequest) => {
    readonly projects: Projects;
    readonly policies: Pick<Policies, 'quotas'>;
  };
  /** Who asks: anonymous when there are no credentials, or wrong ones. */
  readonly actorOf: (request: FastifyRequest) => Actor;
}

const SET_QUOTA = { resource: 'quota', action: 'update' } as const;

/** Harbor's operations on projects themselves. */
export function registerProjectRoutes(app: FastifyInstance, dependencies: ProjectRouteDependencies): void {
  registerOperations(app, dependencies, (routes) => {
    registerLists(routes, dependencies);
    createProject(routes, dependencies);
    registerOne(routes, dependencies);
    registerProjectSummary(routes, dependencies);
  });
}

function registerLists(routes: FastifyInstance, { instanceOf, actorOf }: ProjectRouteDependencies): void {
  serveOperation(routes, contract.listProjects, async (request, reply) => {
    const { projects } = instanceOf(request);
    const { principal } = actorOf(request);
    const query = readProjectQuery(request.query, principal);
    const order = readProjectOrder(request.query.sort);
    const at = readPage(request.query);
    const total = await projects.count(query);
    const found = await projects.list({ ...query, ...at, ...(order === undefined ? {} : { order }) });
    sendPageHeaders(request, reply, at, total);
    return renderProjects(principal, projects, found);
  });
  // Whether a name is taken; like Harbor, for everybody who is signed in, as making a project tells the same.
  serveOperation(routes, contract.headProject, async (request) => {
    assertSignedIn(actorOf(request).principal);
    const { project_name: name } = request.query;
    if ((await instanceOf(request).projects.find(name)) === undefined) {
      throw new ProductError('NOT_FOUND', 'there is no project of this name');
    }
  });
}

function createProject(routes: FastifyInstance, { instanceOf, actorOf }: ProjectRouteDependencies): void {
  serveOperation(routes, contract.createProject, async (request, reply) => {
    const { projects } = instanceOf(request);
    const actor = actorOf(request);
    if (!(await projects.permissions.canCreateProject(actor.principal))) throw refusal(actor.principal);
    assertSupported(request.body);
    const metadata = readMetadataFields(request.body);
    const cveAllowlist = readCveAllowlist(request.body);
    const storageBytes = await readStorageLimit(request.body, projects, actor.principal);
    const visibility = readVisibility(request.body);
    const is = { isPublic: visibility === 'public', isInternal: visibility === 'internal' };
    const { project_name: name = '' } = request.body;
    const project = await projects.create({ name, ...is, metadata, cveAllowlist, storageBytes, actor });
    const byName = request.headers['x-resource-name-in-location'] === true;
    reply.header('location', `${HARBOR_BASE}/projects/${byName ? project.name : project.id}`);
  });
}

function registerOne(routes: FastifyInstance, { instanceOf, actorOf }: ProjectRouteDependencies): void {
  serveOperation(routes, contract.getProject, async (request) => {
    const { projects } = instanceOf(request);
    const { principal } = actorOf(request);
    const project = await getProjectFor(projects, principal, 'read', keyOfProject(request));
    const [rendered] = await renderProjects(principal, projects, [project]);
    return rendered ?? {};
  });
  serveOperation(routes, contract.updateProject, async (request) => {
    const { projects, policies } = instanceOf(request);
    const actor = actorOf(request);
    const project = await getProjectFor(projects, actor.principal, 'update', keyOfProject(request));
    assertSupported(request.body);
    const { project_name: name = '' } = request.body;
    if (name !== '' && name !== project.name) {
      throw new ProductError('BAD_REQUEST', 'project_name: a project keeps its name');
    }
    const metadata = readMetadataFields(request.body);
    const cveAllowlist = readCveAllowlist(request.body);
    const storageBytes = await readStorageLimit(request.body, projects, actor.principal);
    const asked = readVisibility(request.body, project);
    const visibility = asked === visibilityOf(project) ? undefined : asked;
    if (storageBytes !== undefined) await policies.quotas.setStorageLimit(project.id, storageBytes, actor);
    if (visibility !== undefined || cveAllowlist !== undefined || Object.keys(metadata).length > 0) {
      await projects.update({ idOrName: project.id, visibility, metadata, cveAllowlist, actor });
    }
  });
  serveOperation(routes, contract.deleteProject, async (request) => {
    const { projects } = instanceOf(request);
    const actor = actorOf(request);
    const project = await getProjectFor(projects, actor.principal, 'delete', keyOfProject(request));
    await projects.delete(project.id, actor);
  });
}

/** Who may not set quotas says nothing with it, as in Harbor. @throws ProductError BAD_REQUEST */
async function readStorageLimit(
  { storage_limit: bytes }: ProjectReq,
  { permissions }: Projects,
  principal: Principal,
): Promise<number | undefined> {
  if (bytes === undefined || bytes === 0) return undefined;
  assertStorageLimit(bytes);
  return (await permissions.can(principal, SET_QUOTA, 'system')) ? bytes : undefined;
}

/** With what the caller is in each of them. */
export async function renderProjects(
  principal: Principal,
  projects: Projects,
  found: readonly ProjectDetails[],
): Promise<Project[]> {
  const ids = found.map(({ id }) => id);
  const metadata = await projects.metadataOf(ids);
  const allowlists = await projects.cveAllowlistsOf(ids);
  return Promise.all(
    found.map(async (project) => {
      const roles = await projects.permissions.rolesIn(principal, project);
      const roleIds = roles.filter(isBuiltinRole).map((role) => BUILTIN_ROLE_IDS[role]);
      const shown = { metadata: metadata.get(project.id) ?? {}, allowlist: allowlists.get(project.id) };
      return renderProject(project, shown, roleIds);
    }),
  );
}
