import type { Principal } from '../../../kernel/principal.ts';
import type { Projects } from '../../../projects/projects.ts';
import { PROJECT_ROLE_PERMISSIONS } from '../../../projects/roles/builtin-roles.ts';

const PROJECT_SCOPE = /^\/project\/(\d{1,15})\/?$/;

export interface ShownPermission {
  /** `/project/7/repository`, or from the scope on: `repository`. */
  readonly resource: string;
  readonly action: string;
}

/**
 * What the principal may do in a project, in Harbor's form. A project that does not exist and one without any right look the
 * same; so does every other scope.
 * @param asked.scope `/project/<id>`
 */
export async function listPermissions(
  projects: Pick<Projects, 'findDetails' | 'permissions'>,
  principal: Principal,
  { scope, isRelative }: { readonly scope: string; readonly isRelative: boolean },
): Promise<readonly ShownPermission[]> {
  const projectId = PROJECT_SCOPE.exec(scope)?.[1];
  const project = projectId === undefined ? undefined : await projects.findDetails(Number(projectId));
  if (project === undefined) return [];
  const shown: ShownPermission[] = [];
  for (const key of [...PROJECT_ROLE_PERMISSIONS].toSorted()) {
    const [resource = '', action = ''] = key.split(':');
    if (!(await projects.permissions.can(principal, { resource, action }, { project }))) continue;
    // Harbor has the project itself for what it calls the project.
    const within = resource === 'project' ? '' : resource;
    const base = `/project/${project.id}`;
    shown.push({ resource: isRelative ? within || '.' : [base, within].filter(Boolean).join('/'), action });
  }
  return shown;
}
