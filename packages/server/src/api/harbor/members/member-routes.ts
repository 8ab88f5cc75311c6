import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Actor } from '../../../kernel/actor.ts';
import type { ProjectMember as Member } from '../../../projects/members/member.ts';
import type { ProjectDetails } from '../../../projects/project.ts';
import { getProjectWith } from '../../../projects/project-access.ts';
import type { Projects } from '../../../projects/projects.ts';
import { keyOfProject, type ProjectRequest } from '../openapi/project-request.ts';
import { registerOperations } from '../openapi/register-operations.ts';
import { HARBOR_BASE, serveOperation } from '../openapi/serve-operation.ts';
import { sendPageHeaders } from '../page-headers.ts';
import { readPage } from '../page-query.ts';
import { readEntity, readRoleId } from './member-request.ts';
import * as contract from './members-contract.ts';
import type { ProjectMemberEntity } from './members-models.ts';

type MemberProjects = Pick<Projects, 'members' | 'permissions' | 'findDetails'>;

export interface MemberRouteDependencies {
  /** The instance whose host the request names. */
  readonly instanceOf: (request: FastifyRequest) => { readonly projects: MemberProjects };
  /** Who asks: anonymous when there are no credentials, or wrong ones. */
  readonly actorOf: (request: FastifyRequest) => Actor;
}

/** Harbor's operations on the members of projects. */
export function registerMemberRoutes(app: FastifyInstance, dependencies: MemberRouteDependencies): void {
  registerOperations(app, dependencies, (routes) => {
    listMembers(routes, dependencies);
    createMember(routes, dependencies);
    registerSingleMember(routes, dependencies);
  });
}

function listMembers(routes: FastifyInstance, dependencies: MemberRouteDependencies): void {
  serveOperation(routes, contract.listProjectMembers, async (request, reply) => {
    const { projects, project } = await admit(request, dependencies, 'list');
    const at = readPage(request.query);
    const nameContains = request.query.entityname;
    const { members, total } = await projects.members.list({ project, nameContains, ...at });
    sendPageHeaders(request, reply, at, total);
    return members.map(renderMember);
  });
}

function createMember(routes: FastifyInstance, dependencies: MemberRouteDependencies): void {
  serveOperation(routes, contract.createProjectMember, async (request, reply) => {
    const { projects, project, actor } = await admit(request, dependencies, 'create');
    const body = request.body ?? {};
    const member = {
      entity: readEntity(body),
      roleId: readRoleId(body.role_id),
      repositories: body.repositories ?? '',
    };
    const id = await projects.members.add(project, member, actor);
    reply.header('location', `${HARBOR_BASE}/projects/${project.id}/members/${id}`);
  });
}

function registerSingleMember(routes: FastifyInstance, dependencies: MemberRouteDependencies): void {
  serveOperation(routes, contract.getProjectMember, async (request) => {
    const { projects, project } = await admit(request, dependencies, 'read');
    return renderMember(await projects.members.get(project, request.params.mid));
  });
  serveOperation(routes, contract.updateProjectMember, async (request) => {
    const { projects, project, actor } = await admit(request, dependencies, 'update');
    const { role_id, repositories } = request.body ?? {};
    await projects.members.change(project, request.params.mid, { roleId: readRoleId(role_id), repositories }, actor);
  });
  serveOperation(routes, contract.deleteProjectMember, async (request) => {
    const { projects, project, actor } = await admit(request, dependencies, 'delete');
    await projects.members.remove(project, request.params.mid, actor);
  });
}

interface Admitted {
  readonly projects: MemberProjects;
  readonly project: ProjectDetails;
  readonly actor: Actor;
}

/** @throws ProductError UNAUTHORIZED (anonymous), DENIED, PROJECT_NOT_FOUND */
async function admit(
  request: ProjectRequest,
  { instanceOf, actorOf }: MemberRouteDependencies,
  action: 'list' | 'create' | 'read' | 'update' | 'delete',
): Promise<Admitted> {
  const { projects } = instanceOf(request);
  const actor = actorOf(request);
  const project = await getProjectWith(
    projects,
    actor.principal,
    { resource: 'member', action },
    keyOfProject(request),
  );
  return { projects, project, actor };
}

/** Harbor's ProjectMemberEntity, and the pattern where there is one. */
function renderMember(member: Member): ProjectMemberEntity {
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
