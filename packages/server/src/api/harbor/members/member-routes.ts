import type { FastifyInstance, FastifyRequest } from 'fastify';
import { applyManagementConventions } from '../../../http/management-conventions.ts';
import type { Actor } from '../../../kernel/actor.ts';
import type { ProjectMember as Member } from '../../../projects/members/member.ts';
import type { ProjectDetails } from '../../../projects/project.ts';
import { getProjectWith, parseProjectKey } from '../../../projects/project-access.ts';
import type { Projects } from '../../../projects/projects.ts';
import { sendPageHeaders } from '../page-headers.ts';
import { readPage } from '../page-query.ts';
import { readEntity, readRepositories, readRoleId } from './member-request.ts';
import { ListMembersQuery, MemberParams, MembersParams, ProjectMember, RoleRequest } from './member-schemas.ts';

const BASE = '/api/v2.0/projects';
const MEMBERS = '/:project_name_or_id/members';
const MEMBER = `${MEMBERS}/:mid`;
const MAX_BODY_BYTES = 16 * 1024;

type MemberProjects = Pick<Projects, 'members' | 'permissions' | 'findDetails'>;

export interface MemberRouteDependencies {
  /** The instance whose host the request names. */
  readonly instanceOf: (request: FastifyRequest) => { readonly projects: MemberProjects };
  /** Who asks: anonymous when there are no credentials, or wrong ones. */
  readonly actorOf: (request: FastifyRequest) => Actor;
}

/** Harbor's operations on the members of projects. */
export function registerMemberRoutes(app: FastifyInstance, dependencies: MemberRouteDependencies): void {
  app.register(
    async (routes) => {
      applyManagementConventions(routes, dependencies);
      listMembers(routes, dependencies);
      createMember(routes, dependencies);
      registerSingleMember(routes, dependencies);
    },
    { prefix: BASE },
  );
}

function listMembers(routes: FastifyInstance, dependencies: MemberRouteDependencies): void {
  const schema = { params: MembersParams, querystring: ListMembersQuery };
  routes.get<{ Params: MembersParams; Querystring: ListMembersQuery }>(
    MEMBERS,
    { schema, exposeHeadRoute: false },
    async (request, reply) => {
      const { projects, project } = await admit(request, dependencies, 'list');
      const at = readPage(request.query);
      const nameContains = request.query.entityname;
      const { members, total } = await projects.members.list({ project, nameContains, ...at });
      sendPageHeaders(request, reply, at, total);
      return members.map(renderMember);
    },
  );
}

function createMember(routes: FastifyInstance, dependencies: MemberRouteDependencies): void {
  const options = { schema: { params: MembersParams, body: ProjectMember }, bodyLimit: MAX_BODY_BYTES };
  routes.post<{ Params: MembersParams; Body: ProjectMember }>(MEMBERS, options, async (request, reply) => {
    const { projects, project, actor } = await admit(request, dependencies, 'create');
    const { body } = request;
    const member = {
      entity: readEntity(body),
      roleId: readRoleId(body.role_id),
      repositories: readRepositories(body.repositories) ?? '',
    };
    const id = await projects.members.add(project, member, actor);
    return reply.code(201).header('location', `${BASE}/${project.id}/members/${id}`).send();
  });
}

function registerSingleMember(routes: FastifyInstance, dependencies: MemberRouteDependencies): void {
  const params = { schema: { params: MemberParams } };
  routes.get<{ Params: MemberParams }>(MEMBER, { ...params, exposeHeadRoute: false }, async (request) => {
    const { projects, project } = await admit(request, dependencies, 'read');
    return renderMember(await projects.members.get(project, Number(request.params.mid)));
  });
  const options = { schema: { params: MemberParams, body: RoleRequest }, bodyLimit: MAX_BODY_BYTES };
  routes.put<{ Params: MemberParams; Body: RoleRequest }>(MEMBER, options, async (request, reply) => {
    const { projects, project, actor } = await admit(request, dependencies, 'update');
    const { role_id, repositories } = request.body;
    const change = { roleId: readRoleId(role_id), repositories: readRepositories(repositories) };
    await projects.members.change(project, Number(request.params.mid), change, actor);
    return reply.code(200).send();
  });
  routes.delete<{ Params: MemberParams }>(MEMBER, params, async (request, reply) => {
    const { projects, project, actor } = await admit(request, dependencies, 'delete');
    await projects.members.remove(project, Number(request.params.mid), actor);
    return reply.code(200).send();
  });
}

interface Admitted {
  readonly projects: MemberProjects;
  readonly project: ProjectDetails;
  readonly actor: Actor;
}

/** @throws ProductError UNAUTHORIZED (anonymous), DENIED, PROJECT_NOT_FOUND */
async function admit(
  request: FastifyRequest<{ Params: MembersParams }>,
  { instanceOf, actorOf }: MemberRouteDependencies,
  action: 'list' | 'create' | 'read' | 'update' | 'delete',
): Promise<Admitted> {
  const { projects } = instanceOf(request);
  const actor = actorOf(request);
  const key = parseProjectKey(request.params.project_name_or_id, request.headers['x-is-resource-name']);
  const project = await getProjectWith(projects, actor.principal, { resource: 'member', action }, key);
  return { projects, project, actor };
}

/** Harbor's ProjectMemberEntity, and the pattern where there is one. */
function renderMember(member: Member): Readonly<Record<string, unknown>> {
  return {
    id: member.id,
    project_id: member.projectId,
    entity_name: member.entityName,
    role_name: member.roleName,
    role_id: member.roleId,
    entity_id: member.entityId,
    entity_type: member.kind === 'user' ? 'u' : 'g',
    ...(member.repositories !== '' && { repositories: member.repositories }),
  };
}
