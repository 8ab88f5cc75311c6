import { isRepositoryName, projectOf } from '@roadstead/oci';
import { seesEverything, type Visibility } from '../content/repositories/visibility.ts';
import type { Permission } from '../kernel/permission.ts';
import type { Principal } from '../kernel/principal.ts';
import type { Decision } from './access/decision.ts';
import type { Place, Rights } from './access/rights.ts';
import type { RightsReader } from './access/rights-reader.ts';
import { isProjectName, type Project } from './project.ts';

/** What can be done with a repository, in the words of registry tokens. */
export type RepositoryAction = 'pull' | 'push' | 'delete';

/** What can be done with a project itself. */
export type ProjectAction = 'read' | 'update' | 'delete';

const REPOSITORY_ACTIONS: readonly RepositoryAction[] = ['pull', 'push', 'delete'];
const PULL: Permission = { resource: 'repository', action: 'pull' };
/** A project is listed for whoever may do one of these in it. */
export const SHOWING_A_PROJECT: readonly Permission[] = [
  { resource: 'project', action: 'read' },
  { resource: 'repository', action: 'list' },
  PULL,
];
const NOTHING: ReadonlySet<RepositoryAction> = new Set();
/** A push looks first at what is there, so that it needs to be told that nothing is. */
const PUSH_THAT_CREATES: ReadonlySet<RepositoryAction> = new Set<RepositoryAction>(['pull', 'push']);

/** Answers who may do what. Rights that were taken away are gone at once here, and within two seconds everywhere. */
export interface Permissions {
  /** Whether the principal may, and by which rule. */
  decide(principal: Principal, permission: Permission, place: Place): Promise<Decision>;
  can(principal: Principal, permission: Permission, place: Place): Promise<boolean>;
  /**
   * What the principal may do with a repository, whether it exists or not. Nothing when the name is not `project/…`, and
   * nothing when the project is missing, except that who may make projects can pull and push where pushes create them.
   */
  allowedActions(principal: Principal, repositoryName: string): Promise<ReadonlySet<RepositoryAction>>;
  /** As `allowedActions`, for a project that was read already. */
  allowedActionsIn(
    principal: Principal,
    project: Project,
    repositoryName: string,
  ): Promise<ReadonlySet<RepositoryAction>>;
  /** Whether the principal may pull each repository of the project, those to come included. */
  canPullAllOf(principal: Principal, project: Project): Promise<boolean>;
  canOnProject(principal: Principal, action: ProjectAction, project: Project): Promise<boolean>;
  canCreateProject(principal: Principal): Promise<boolean>;
  /** Sees every project, so that only such a principal may be told that one does not exist. */
  canSeeEveryProject(principal: Principal): Promise<boolean>;
  /** May ask for the catalog, whose entries are those that it may read. */
  canListCatalog(principal: Principal): boolean;
  /** Whose repositories the principal may pull. */
  visibleRepositories(principal: Principal): Promise<Visibility>;
  /** The projects to list: those that one of these shows. */
  visibleProjects(principal: Principal): Promise<readonly Visibility[]>;
  /** Where the principal may do this. */
  visibilityOf(principal: Principal, permission: Permission): Promise<Visibility>;
  /** The names of the principal's roles in the project, the highest first. */
  rolesIn(principal: Principal, project: Project): Promise<readonly string[]>;
}

export interface PermissionsDependencies {
  readonly findProject: (name: string) => Promise<Project | undefined>;
  readonly rights: Pick<RightsReader, 'of'>;
  /** A push to a project that is missing makes it, for those who may make projects. */
  readonly createsProjects: boolean;
}

export function createPermissions({ findProject, rights, createsProjects }: PermissionsDependencies): Permissions {
  const decide = async (principal: Principal, permission: Permission, place: Place) =>
    (await rights.of(principal)).decide(permission, place);
  const can = async (principal: Principal, permission: Permission, place: Place) =>
    (await decide(principal, permission, place)).isAllowed;
  const canCreateProject = (principal: Principal) =>
    can(principal, { resource: 'project', action: 'create' }, 'system');
  const allowedActionsIn = async (principal: Principal, project: Project, repository: string) =>
    repositoryActions(await rights.of(principal), { project, repository });
  return {
    decide,
    can,
    canCreateProject,
    allowedActionsIn,
    async allowedActions(principal, repositoryName) {
      const projectName = projectOf(repositoryName);
      if (projectName === repositoryName || !isRepositoryName(repositoryName)) return NOTHING;
      if (!isProjectName(projectName)) return NOTHING;
      const project = await findProject(projectName);
      if (project !== undefined) return allowedActionsIn(principal, project, repositoryName);
      return createsProjects && (await canCreateProject(principal)) ? PUSH_THAT_CREATES : NOTHING;
    },
    canPullAllOf: (principal, project) => can(principal, PULL, { project }),
    canOnProject: (principal, action, project) => can(principal, { resource: 'project', action }, { project }),
    canSeeEveryProject: async (principal) =>
      seesEverything((await rights.of(principal)).visibility({ resource: 'project', action: 'read' })),
    canListCatalog: (principal) => principal.kind !== 'anonymous',
    visibleRepositories: async (principal) => (await rights.of(principal)).visibility(PULL),
    visibleProjects: async (principal) => {
      const held = await rights.of(principal);
      return SHOWING_A_PROJECT.map((permission) => held.projectVisibility(permission));
    },
    visibilityOf: async (principal, permission) => (await rights.of(principal)).visibility(permission),
    rolesIn: async (principal, project) => (await rights.of(principal)).rolesIn(project),
  };
}

function repositoryActions(rights: Rights, place: Place): ReadonlySet<RepositoryAction> {
  return new Set(
    REPOSITORY_ACTIONS.filter((action) => rights.decide({ resource: 'repository', action }, place).isAllowed),
  );
}
