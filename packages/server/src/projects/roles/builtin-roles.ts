import type { PermissionKey } from '../../kernel/permission.ts';

/** Harbor's five, in falling order of what they may do. */
export const BUILTIN_ROLES = ['projectAdmin', 'maintainer', 'developer', 'guest', 'limitedGuest'] as const;
export type BuiltinRole = (typeof BUILTIN_ROLES)[number];

/** The ids that Harbor's API has for them. */
export const BUILTIN_ROLE_IDS: Readonly<Record<BuiltinRole, number>> = {
  projectAdmin: 1,
  maintainer: 4,
  developer: 2,
  guest: 3,
  limitedGuest: 5,
};

/** Resource → role → actions; a role that is not named may do nothing there. As Harbor has it, its quirks included. */
type Matrix = Readonly<Record<string, Partial<Readonly<Record<BuiltinRole | 'public', string>>>>>;

const CRUD = 'create read update delete list';

const MATRIX: Matrix = {
  project: { ...all('read'), projectAdmin: 'read update delete', public: 'read' },
  member: { projectAdmin: CRUD, maintainer: 'read list', developer: 'read list', guest: 'read list' },
  // Nobody has `list`: only an administrator, or a robot that was given it.
  metadata: { projectAdmin: 'create read update delete', maintainer: 'read' },
  log: { projectAdmin: 'list' },
  label: { projectAdmin: CRUD, maintainer: CRUD, developer: 'read list', guest: 'read list', public: 'read list' },
  quota: all('read'),
  repository: {
    projectAdmin: `${CRUD} pull push`,
    maintainer: `${CRUD} pull push`,
    developer: 'create read update list pull push',
    guest: 'read list pull',
    limitedGuest: 'read list pull',
    // Not `read`: a stranger may list and pull, and not look at one repository's page.
    public: 'list pull',
  },
  'tag-retention': {
    projectAdmin: `${CRUD} operate`,
    maintainer: `${CRUD} operate`,
    developer: `${CRUD} operate`,
  },
  'immutable-tag': { projectAdmin: 'create update delete list', maintainer: 'create update delete list' },
  configuration: { ...all('read'), projectAdmin: 'read update' },
  robot: { projectAdmin: CRUD, maintainer: 'read list', developer: 'read list', guest: 'read list' },
  'notification-policy': { projectAdmin: CRUD, maintainer: 'read list' },
  scan: { ...all('read'), projectAdmin: 'create read stop', maintainer: 'create read stop', public: 'read' },
  sbom: { ...all('read'), projectAdmin: 'create read stop', maintainer: 'create read stop' },
  scanner: { ...all('read'), projectAdmin: 'create read', public: 'read' },
  artifact: {
    projectAdmin: 'create read delete list',
    maintainer: 'create read delete list',
    developer: 'create read list',
    guest: 'read list',
    limitedGuest: 'read list',
    public: 'read list',
  },
  'artifact-addition': { ...all('read'), public: 'read' },
  tag: {
    projectAdmin: 'create delete list',
    maintainer: 'create delete list',
    developer: 'create list',
    guest: 'list',
    limitedGuest: 'list',
    public: 'list',
  },
  accessory: { ...all('list'), public: 'list' },
  'artifact-label': { projectAdmin: 'create delete', maintainer: 'create delete', developer: 'create delete' },
  'preheat-policy': { projectAdmin: CRUD },
  'export-cve': { projectAdmin: 'create read list', maintainer: 'create read list', developer: 'create read list' },
};

/** What each of the five may do in a project. */
export const BUILTIN_ROLE_PERMISSIONS: Readonly<Record<BuiltinRole, ReadonlySet<PermissionKey>>> = {
  projectAdmin: columnOf('projectAdmin'),
  maintainer: columnOf('maintainer'),
  developer: columnOf('developer'),
  guest: columnOf('guest'),
  limitedGuest: columnOf('limitedGuest'),
};

/** What anybody may do in a public project, and everybody who is signed in also in an internal one. */
export const PUBLIC_PERMISSIONS: ReadonlySet<PermissionKey> = columnOf('public');

/** Every permission that a role in a project may have, which custom roles are made of. */
export const PROJECT_ROLE_PERMISSIONS: ReadonlySet<PermissionKey> = new Set([
  ...BUILTIN_ROLES.flatMap((role) => [...BUILTIN_ROLE_PERMISSIONS[role]]),
  'metadata:list',
]);

export function isBuiltinRole(text: string): text is BuiltinRole {
  return BUILTIN_ROLES.some((role) => role === text);
}

function all(actions: string): Readonly<Record<BuiltinRole, string>> {
  return { projectAdmin: actions, maintainer: actions, developer: actions, guest: actions, limitedGuest: actions };
}

function columnOf(role: BuiltinRole | 'public'): ReadonlySet<PermissionKey> {
  return new Set(
    Object.entries(MATRIX).flatMap(([resource, actions]) =>
      (actions[role] ?? '')
        .split(' ')
        .filter((action) => action !== '')
        .map((action): PermissionKey => `${resource}:${action}`),
    ),
  );
}
