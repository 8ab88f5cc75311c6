import type { FastifyInstance, FastifyRequest } from 'fastify';
import { applyManagementConventions } from '../../../http/management-conventions.ts';
import type { Actor } from '../../../kernel/actor.ts';
import { ProductError } from '../../../kernel/errors.ts';
import type { Principal } from '../../../kernel/principal.ts';
import { type ProjectDetails, visibilityOf } from '../../../projects/project.ts';
import { assertSignedIn, getProjectFor, parseProjectKey, refusal } from '../../../projects/project-access.ts';
import type { Projects } from '../../../projects/projects.ts';
import { BUILTIN_ROLE_IDS, isBuiltinRole } from '../../../projects/roles/builtin-roles.ts';
import { sendPageHeaders } from '../page-headers.ts';
import { readPage } from '../page-query.ts';
import { readProjectOrder, readProjectQuery } from './project-query.ts';
import { assertSupported, readVisibility } from './project-request.ts';
import { HeadProjectQuery, ListProjectsQuery, ProjectParams, ProjectReq } from './project-schemas.ts';
import { renderProject } from './render-project.ts';

const BASE = '/api/v2.0/projects';
const MAX_BODY_BYTES = 64 * 1024;

export interface ProjectRouteDependencies {
  /** The instance whose host the request names. */
  readonly instanceOf: (request: FastifyRequest) => { readonly projects: Projects };
  /** Who asks: anonymous when there are no credentials, or wrong ones. */
  readonly actorOf: (request: FastifyRequest) => Actor;
}

/** Harbor's operations on projects themselves. */
export function registerProjectRoutes(app: FastifyInstance, dependencies: ProjectRouteDependencies): void {
  app.register(
    async (routes) => {
      applyManagementConventions(routes, dependencies);
      listProjects(routes, dependencies);
      headProject(routes, dependencies);
      createProject(routes, dependencies);
      getProject(routes, dependencies);
      updateProject(routes, dependencies);
      deleteProject(routes, dependencies);
    },
    { prefix: BASE },
  );
}

function listProjects(routes: FastifyInstance, { instanceOf, actorOf }: ProjectRouteDependencies): void {
  const schema = { querystring: ListProjectsQuery };
  routes.get<{ Querystring: ListProjectsQuery }>('', { schema, exposeHeadRoute: false }, async (request, reply) => {
    const { projects } = instanceOf(request);
    const { principal } = actorOf(request);
    const query = readProjectQuery(request.query, principal);
    const order = readProjectOrder(request.query.sort);
    const at = readPage(request.query);
    const total = await projects.count(query);
    const found = await projects.list({ ...query, ...at, ...(order === undefined ? {} : { order }) });
    sendPageHeaders(request, reply, at, total);
    return Promise.all(found.map((project) => renderFor(principal, projects, project)));
  });
}

/** Whether a name is taken; like Harbor, for everybody who is signed in, as making a project tells the same. */
function headProject(routes: FastifyInstance, { instanceOf, actorOf }: ProjectRouteDependencies): void {
  const schema = { querystring: HeadProjectQuery };
  routes.head<{ Querystring: HeadProjectQuery }>('', { schema }, async (request, reply) => {
    assertSignedIn(actorOf(request).principal);
    const project = await instanceOf(request).projects.find(request.query.project_name);
    return reply.code(project === undefined ? 404 : 200).send();
  });
}

function createProject(routes: FastifyInstance, { instanceOf, actorOf }: ProjectRouteDependencies): void {
  const options = { schema: { body: ProjectReq }, bodyLimit: MAX_BODY_BYTES };
  routes.post<{ Body: ProjectReq }>('', options, async (request, reply) => {
    const { projects } = instanceOf(request);
    const actor = actorOf(request);
    if (!(await projects.permissions.canCreateProject(actor.principal))) throw refusal(actor.principal);
    assertSupported(request.body);
    const name = request.body.project_name ?? '';
    const visibility = readVisibility(request.body);
    const is = { isPublic: visibility === 'public', isInternal: visibility === 'internal' };
    const project = await projects.create({ name, ...is, actor });
    const byName = String(request.headers['x-resource-name-in-location']).toLowerCase() === 'true';
    return reply
      .code(201)
      .header('location', `${BASE}/${byName ? project.name : project.id}`)
      .send();
  });
}

function getProject(routes: FastifyInstance, { instanceOf, actorOf }: ProjectRouteDependencies): void {
  const options = { schema: { params: ProjectParams }, exposeHeadRoute: false };
  routes.get<{ Params: ProjectParams }>('/:project_name_or_id', options, async (request) => {
    const { projects } = instanceOf(request);
    const { principal } = actorOf(request);
    const project = await getProjectFor(projects, principal, 'read', keyOf(request));
    return renderFor(principal, projects, project);
  });
}

function updateProject(routes: FastifyInstance, { instanceOf, actorOf }: ProjectRouteDependencies): void {
  const options = { schema: { params: ProjectParams, body: ProjectReq }, bodyLimit: MAX_BODY_BYTES };
  const path = '/:project_name_or_id';
  routes.put<{ Params: ProjectParams; Body: ProjectReq }>(path, options, async (request, reply) => {
    const { projects } = instanceOf(request);
    const actor = actorOf(request);
    const project = await getProjectFor(projects, actor.principal, 'update', keyOf(request));
    assertSupported(request.body);
    const { project_name: name } = request.body;
    if (name !== undefined && name !== null && name !== '' && name !== project.name) {
      throw new ProductError('BAD_REQUEST', 'project_name: a project keeps its name');
    }
    const visibility = readVisibility(request.body, project);
    if (visibility !== visibilityOf(project)) {
      await projects.setVisibility({ idOrName: project.id, visibility, actor });
    }
    return reply.code(200).send();
  });
}

function deleteProject(routes: FastifyInstance, { instanceOf, actorOf }: ProjectRouteDependencies): void {
  const options = { schema: { params: ProjectParams } };
  routes.delete<{ Params: ProjectParams }>('/:project_name_or_id', options, async (request, reply) => {
    const { projects } = instanceOf(request);
    const actor = actorOf(request);
    const project = await getProjectFor(projects, actor.principal, 'delete', keyOf(request));
    await projects.delete(project.id, actor);
    return reply.code(200).send();
  });
}

async function renderFor(principal: Principal, { permissions }: Projects, project: ProjectDetails) {
  const roles = await permissions.rolesIn(principal, project);
  return renderProject(
    project,
    roles.filter(isBuiltinRole).map((role) => BUILTIN_ROLE_IDS[role]),
  );
}

function keyOf(request: FastifyRequest<{ Params: ProjectParams }>): number | string {
  return parseProjectKey(request.params.project_name_or_id, request.headers['x-is-resource-name']);
}
