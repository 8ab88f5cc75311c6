import { EVERYTHING, NOTHING_VISIBLE, type Visibility } from '../../content/repositories/visibility.ts';
import { type Permission, type PermissionBlock, type PermissionKey, permissionKey } from '../../kernel/permission.ts';
import type { Project } from '../project.ts';
import { BUILTIN_ROLES, PUBLIC_PERMISSIONS } from '../roles/builtin-roles.ts';
import { allow, type Decision, NO_RULE } from './decision.ts';
import { matchesRepository, toLikePattern } from './repository-pattern.ts';

/** Where something is to be done: in the instance as a whole, in a project, or in a repository (its full name) of one. */
export type Place = 'system' | { readonly project: Project; readonly repository?: string | undefined };

/** What a principal may do. */
export interface Rights {
  decide(permission: Permission, place: Place): Decision;
  /** The repositories in which `decide` allows this permission of theirs, for lists of them. */
  visibility(permission: Permission): Visibility;
  /** The projects in which `decide` allows this, for lists of projects. */
  projectVisibility(permission: Permission): Visibility;
  /** The names of the roles that the principal has in the whole project, the highest of Harbor's five first. */
  rolesIn(project: Project): readonly string[];
}

/** A role that somebody has in a project. */
export interface Membership {
  readonly projectId: number;
  /** Its name, to be shown. */
  readonly role: string;
  readonly permissions: ReadonlySet<PermissionKey>;
  readonly group: string | undefined;
  /** A pattern of repositories; empty: the whole project. */
  readonly repositories: string;
}

/** Permissions on what lies in one repository: the only ones that a role on a pattern of repositories gives. */
const REPOSITORY_RESOURCES: ReadonlySet<string> = new Set([
  'repository',
  'artifact',
  'artifact-addition',
  'tag',
  'accessory',
  'artifact-label',
  'scan',
  'sbom',
]);
/** What whoever has a role on some repositories needs to get there. */
const WAY_THERE: ReadonlySet<PermissionKey> = new Set(['project:read', 'repository:list']);

/** Administrators, and the system itself. */
export function rightsToEverything(kind: 'administrator' | 'system'): Rights {
  const decision = allow({ kind });
  return {
    decide: () => decision,
    visibility: () => EVERYTHING,
    projectVisibility: () => EVERYTHING,
    rolesIn: () => ['projectAdmin'],
  };
}

/** Who is not signed in. */
export const ANONYMOUS_RIGHTS: Rights = {
  decide: decideInPublic,
  visibility: openTo,
  projectVisibility: openTo,
  rolesIn: () => [],
};

/** @param mayCreateProjects whether everybody who is signed in may */
export function rightsOfMember(memberships: readonly Membership[], mayCreateProjects: () => boolean): Rights {
  const byProject = Map.groupBy(memberships, ({ projectId }) => projectId);
  const visibilityOf = (permission: Permission, some: Partial<Visibility>): Visibility => {
    const key = permissionKey(permission);
    const projectIds = memberships
      .filter(({ repositories, permissions }) => repositories === '' && permissions.has(key))
      .map(({ projectId }) => projectId);
    const open = openTo(permission);
    return { ...open, internal: open.public, ...some, projectIds: [...projectIds, ...(some.projectIds ?? [])] };
  };
  const partial = memberships.filter(({ repositories }) => repositories !== '');
  return {
    decide: (permission, place) => {
      if (place === 'system') return decideForUser(permission, mayCreateProjects);
      const key = permissionKey(permission);
      const member = byProject.get(place.project.id)?.find((membership) => gives(membership, permission, key, place));
      if (member !== undefined) {
        return allow({ kind: 'role', role: member.role, group: member.group, repositories: member.repositories });
      }
      if (place.project.isInternal && PUBLIC_PERMISSIONS.has(key)) return allow({ kind: 'internal-project' });
      return decideInPublic(permission, place);
    },
    visibility: (permission) => {
      const giving = partial.filter((membership) => givesInRepositories(membership, permission));
      const repositories = giving.map((some) => ({
        projectId: some.projectId,
        like: toLikePattern(some.repositories),
      }));
      return visibilityOf(permission, { repositories });
    },
    projectVisibility: (permission) => {
      const onTheWay = WAY_THERE.has(permissionKey(permission)) ? partial : [];
      return visibilityOf(permission, { projectIds: onTheWay.map(({ projectId }) => projectId) });
    },
    rolesIn: ({ id }) => {
      const whole = (byProject.get(id) ?? []).filter(({ repositories }) => repositories === '');
      return [...new Set(whole.map(({ role }) => role))].toSorted((left, right) => rankOf(left) - rankOf(right));
    },
  };
}

/** A robot: what it was given, and what is public. */
export function rightsOfBlocks(blocks: readonly PermissionBlock[]): Rights {
  return {
    decide: (permission, place) => {
      const given = decideInBlocks(blocks, permission, place);
      if (given.isAllowed || place === 'system') return given;
      const open = decideInPublic(permission, place);
      return open.isAllowed ? open : given;
    },
    visibility: (permission) => visibilityOfBlocks(blocks, permission),
    projectVisibility: (permission) => visibilityOfBlocks(blocks, permission),
    rolesIn: () => [],
  };
}

/** An access token: what its owner may, as far as the token was given it. */
export function rightsOfToken(owner: Rights, blocks: readonly PermissionBlock[]): Rights {
  const bounded = (seen: Visibility, permission: Permission): Visibility => {
    const bounds = visibilityOfBlocks(blocks, permission);
    const within = bounds.everything ? undefined : bounds.projectIds;
    return { ...seen, public: bounds.public, within, exceptProjectIds: bounds.exceptProjectIds };
  };
  return {
    decide: (permission, place) => {
      const theirs = owner.decide(permission, place);
      if (!theirs.isAllowed || theirs.rule.kind === 'public-project') return theirs;
      const given = decideInBlocks(blocks, permission, place);
      if (given.isAllowed) return theirs;
      const open = decideInPublic(permission, place);
      if (open.isAllowed) return open;
      return given.rule.kind === 'denied' ? given : { isAllowed: false, rule: { kind: 'beyond-token' } };
    },
    visibility: (permission) => bounded(owner.visibility(permission), permission),
    projectVisibility: (permission) => bounded(owner.projectVisibility(permission), permission),
    rolesIn: () => [],
  };
}

/** Custom roles come last. */
function rankOf(role: string): number {
  const rank = (BUILTIN_ROLES as readonly string[]).indexOf(role);
  return rank < 0 ? BUILTIN_ROLES.length : rank;
}

function gives(membership: Membership, permission: Permission, key: PermissionKey, place: Exclude<Place, 'system'>) {
  const { repositories, permissions } = membership;
  if (repositories === '') return permissions.has(key);
  const { repository, project } = place;
  if (repository === undefined || permission.resource === 'project') return WAY_THERE.has(key);
  if (!givesInRepositories(membership, permission)) return false;
  const prefix = `${project.name}/`;
  return repository.startsWith(prefix) && matchesRepository(repositories, repository.slice(prefix.length));
}

function givesInRepositories({ permissions }: Membership, permission: Permission): boolean {
  return REPOSITORY_RESOURCES.has(permission.resource) && permissions.has(permissionKey(permission));
}

/** What anybody sees. */
function openTo(permission: Permission): Visibility {
  return { ...NOTHING_VISIBLE, public: PUBLIC_PERMISSIONS.has(permissionKey(permission)) };
}

function decideForUser({ resource, action }: Permission, mayCreateProjects: () => boolean): Decision {
  const creates = resource === 'project' && action === 'create';
  return creates && mayCreateProjects() ? allow({ kind: 'may-create-projects' }) : NO_RULE;
}

function decideInPublic(permission: Permission, place: Place): Decision {
  if (place === 'system' || !place.project.isPublic) return NO_RULE;
  return PUBLIC_PERMISSIONS.has(permissionKey(permission)) ? allow({ kind: 'public-project' }) : NO_RULE;
}

function decideInBlocks(blocks: readonly PermissionBlock[], permission: Permission, place: Place): Decision {
  const key = permissionKey(permission);
  const holding = blocks.filter(({ scope }) => holdsAt(scope, place));
  if (holding.some(({ deny }) => deny.includes(key))) return { isAllowed: false, rule: { kind: 'denied' } };
  const giving = holding.find((block) => block.allow.includes(key));
  if (giving === undefined) return NO_RULE;
  return allow({ kind: 'given', scope: typeof giving.scope === 'number' ? 'project' : giving.scope });
}

function holdsAt(scope: PermissionBlock['scope'], place: Place): boolean {
  if (place === 'system') return scope === 'system';
  return scope === 'all-projects' || scope === place.project.id;
}

function visibilityOfBlocks(blocks: readonly PermissionBlock[], permission: Permission): Visibility {
  const key = permissionKey(permission);
  const open = openTo(permission);
  const idsOf = (listed: (block: PermissionBlock) => readonly PermissionKey[]) =>
    blocks.flatMap((block) => (typeof block.scope === 'number' && listed(block).includes(key) ? [block.scope] : []));
  const inAll = blocks.filter(({ scope }) => scope === 'all-projects');
  if (inAll.some(({ deny }) => deny.includes(key))) return open;
  const exceptProjectIds = idsOf(({ deny }) => deny);
  if (inAll.some((block) => block.allow.includes(key))) return { ...open, everything: true, exceptProjectIds };
  return { ...open, projectIds: idsOf((block) => block.allow).filter((id) => !exceptProjectIds.includes(id)) };
}
