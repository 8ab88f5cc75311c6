import type { FastifyInstance } from 'fastify';
import { getProjectFor } from '../../../projects/project-access.ts';
import { keyOfProject } from '../openapi/project-request.ts';
import { serveOperation } from '../openapi/serve-operation.ts';
import type { ProjectRouteDependencies } from './project-routes.ts';
import { getProjectDeletable, getProjectSummary } from './projects-contract.ts';

const LIST_MEMBERS = { resource: 'member', action: 'list' } as const;
const READ_QUOTA = { resource: 'quota', action: 'read' } as const;

/** What is counted of a project, and whether it can go. */
export function registerProjectSummary(routes: FastifyInstance, dependencies: ProjectRouteDependencies): void {
  const { instanceOf, actorOf } = dependencies;
  serveOperation(routes, getProjectDeletable, async (request) => {
    const { projects } = instanceOf(request);
    const project = await getProjectFor(projects, actorOf(request).principal, 'delete', keyOfProject(request));
    const { repositories } = await projects.summarize(project.id);
    if (repositories === 0) return { deletable: true };
    return { deletable: false, message: 'the project contains repositories, can not be deleted' };
  });
  serveOperation(routes, getProjectSummary, async (request) => {
    const { projects, policies } = instanceOf(request);
    const { principal } = actorOf(request);
    const project = await getProjectFor(projects, principal, 'read', keyOfProject(request));
    const { repositories, members } = await projects.summarize(project.id);
    const may = (permission: { readonly resource: string; readonly action: string }) =>
      projects.permissions.can(principal, permission, { project });
    const quota = (await may(READ_QUOTA)) ? await policies.quotas.get(project.id) : undefined;
    return {
      repo_count: repositories,
      ...((await may(LIST_MEMBERS)) && {
        project_admin_count: members.get('projectAdmin') ?? 0,
        maintainer_count: members.get('maintainer') ?? 0,
        developer_count: members.get('developer') ?? 0,
        guest_count: members.get('guest') ?? 0,
        limited_guest_count: members.get('limitedGuest') ?? 0,
      }),
      ...(quota !== undefined && {
        quota: { hard: { storage: quota.limitBytes }, used: { storage: quota.usedBytes } },
      }),
    };
  });
}
