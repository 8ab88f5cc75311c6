import { type Permission, permissionKey } from '../../../kernel/permission.ts';
import type { Principal } from '../../../kernel/principal.ts';
import type { Projects } from '../../../projects/projects.ts';
import { PERMISSION_CATALOGUE } from '../../../projects/robots/permission-catalogue.ts';
import { PROJECT_ROLE_PERMISSIONS } from '../../../projects/roles/builtin-roles.ts';

const PROJECT_SCOPE = /^\/project\/(\d{1,15})\/?$/;
const SYSTEM_SCOPE = /^\/system\/?$/;

/** What Harbor tells administrators of, beyond what can be given to robots. */
const FOR_ADMINISTRATORS: readonly string[] = [
  'configuration:read',
  'configuration:update',
  'distribution:create',
  'distribution:delete',
  'distribution:list',
  'distribution:read',
  'distribution:update',
  'garbage-collection:delete',
  'project:delete',
  'project:read',
  'project:update',
  'replication:delete',
  'replication:update',
  'scan-all:delete',
  'scan-all:list',
];

const SYSTEM_PERMISSIONS = [...PERMISSION_CATALOGUE.system.map(permissionKey), ...FOR_ADMINISTRATORS].toSorted();

export interface ShownPermission {
  /** `/project/7/repository`, or from the scope on: `repository`. */
  readonly resource: string;
  readonly action: string;
}

/**
 * What the principal may do in a project or in the instance as a whole, in Harbor's form. A project that does not exist and one
 * without any right look the same; so does every other scope.
 * @param asked.scope `/project/<id>` or `/system`
 */
export async function listPermissions(
  projects: Pick<Projects, 'findDetails' | 'permissions'>,
  principal: Principal,
  { scope, isRelative }: { readonly scope: string; readonly isRelative: boolean },
): Promise<ShownPermission[]> {
  if (SYSTEM_SCOPE.test(scope)) return listSystemPermissions(projects, principal);
  const projectId = PROJECT_SCOPE.exec(scope)?.[1];
  const project = projectId === undefined ? undefined : await projects.findDetails(Number(projectId));
  if (project === undefined) return [];
  const shown: ShownPermission[] = [];
  for (const { resource, action } of [...PROJECT_ROLE_PERMISSIONS].toSorted().map(readKey)) {
    if (!(await projects.permissions.can(principal, { resource, action }, { project }))) continue;
    // Harbor has the project itself for what it calls the project.
    const within = resource === 'project' ? '' : resource;
    const base = `/project/${project.id}`;
    shown.push({ resource: isRelative ? within || '.' : [base, within].filter(Boolean).join('/'), action });
  }
  return shown;
}

/** Harbor names these resources from the scope on, whatever was asked for. */
async function listSystemPermissions(
  { permissions }: Pick<Projects, 'permissions'>,
  principal: Principal,
): Promise<ShownPermission[]> {
  const shown: ShownPermission[] = [];
  for (const permission of SYSTEM_PERMISSIONS.map(readKey)) {
    const { isAllowed, rule } = await permissions.decide(principal, permission, 'system');
    // That everybody may create projects is a setting to Harbor, and no permission.
    if (isAllowed && rule.kind !== 'may-create-projects') shown.push(permission);
  }
  return shown;
}

function readKey(key: string): Permission {
  const [resource = '', action = ''] = key.split(':');
  return { resource, action };
}
