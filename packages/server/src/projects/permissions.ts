import { isRepositoryName, projectOf } from '@roadstead/oci';
import type { Principal } from '../kernel/principal.ts';
import { isProjectName, type Project } from './project.ts';

/** What can be done with a repository, in the words of registry tokens. */
export type RepositoryAction = 'pull' | 'push' | 'delete';

/** What can be done with a project itself. */
export type ProjectAction = 'read' | 'update' | 'delete';

/**
 * What a principal is to a project. Today there are two; members' roles join here, and `ROLES` stays the one table that says
 * what a role may do.
 */
type Role = 'administrator' | 'reader-of-public';

interface RoleRights {
  readonly repository: ReadonlySet<RepositoryAction>;
  readonly project: ReadonlySet<ProjectAction>;
}

const ROLES: Readonly<Record<Role, RoleRights>> = {
  administrator: {
    repository: new Set<RepositoryAction>(['pull', 'push', 'delete']),
    project: new Set<ProjectAction>(['read', 'update', 'delete']),
  },
  'reader-of-public': {
    repository: new Set<RepositoryAction>(['pull']),
    project: new Set<ProjectAction>(['read']),
  },
};

const NOTHING: ReadonlySet<RepositoryAction> = new Set();
/** A push looks first at what is there, so that it needs to be told that nothing is. */
const PUSH_THAT_CREATES: ReadonlySet<RepositoryAction> = new Set<RepositoryAction>(['pull', 'push']);

/** Answers who may do what. Reads the project each time: rights that were taken away are gone at once. */
export interface Permissions {
  /**
   * What the principal may do with a repository, whether it exists or not. Nothing when the name is not `project/…`, and
   * nothing when the project is missing, except that who may make projects can pull and push where pushes create them.
   */
  allowedActions(principal: Principal, repositoryName: string): Promise<ReadonlySet<RepositoryAction>>;
  /** As `allowedActions`, for a project that was read already. */
  allowedActionsIn(principal: Principal, project: Project): ReadonlySet<RepositoryAction>;
  canOnProject(principal: Principal, action: ProjectAction, project: Project): boolean;
  canCreateProject(principal: Principal): boolean;
  /** Sees every project, so that only such a principal may be told that one does not exist. */
  canSeeEveryProject(principal: Principal): boolean;
  /** May ask for the catalog, whose entries are those that it may read. */
  canListCatalog(principal: Principal): boolean;
}

export interface PermissionsDependencies {
  readonly findProject: (name: string) => Promise<Project | undefined>;
  /** A push to a project that is missing makes it, for those who may make projects. */
  readonly createsProjects: boolean;
}

export function createPermissions({ findProject, createsProjects }: PermissionsDependencies): Permissions {
  const allowedActionsIn = (principal: Principal, project: Project) =>
    unite(rolesOf(principal, project).map((role) => ROLES[role].repository));
  return {
    allowedActionsIn,
    async allowedActions(principal, repositoryName) {
      const projectName = projectOf(repositoryName);
      if (projectName === repositoryName || !isRepositoryName(repositoryName)) return NOTHING;
      if (!isProjectName(projectName)) return NOTHING;
      const project = await findProject(projectName);
      if (project !== undefined) return allowedActionsIn(principal, project);
      return createsProjects && isAdministrator(principal) ? PUSH_THAT_CREATES : NOTHING;
    },
    canOnProject: (principal, action, project) =>
      rolesOf(principal, project).some((role) => ROLES[role].project.has(action)),
    canCreateProject: isAdministrator,
    canSeeEveryProject: isAdministrator,
    canListCatalog: (principal) => principal.kind !== 'anonymous',
  };
}

function rolesOf(principal: Principal, project: Project): readonly Role[] {
  const roles: Role[] = [];
  if (isAdministrator(principal)) roles.push('administrator');
  if (project.isPublic) roles.push('reader-of-public');
  return roles;
}

function isAdministrator(principal: Principal): boolean {
  return principal.kind === 'system' || (principal.kind === 'user' && principal.isAdministrator);
}

function unite(sets: readonly ReadonlySet<RepositoryAction>[]): ReadonlySet<RepositoryAction> {
  const [first, ...others] = sets;
  if (first === undefined) return NOTHING;
  return others.length === 0 ? first : new Set(sets.flatMap((set) => [...set]));
}
