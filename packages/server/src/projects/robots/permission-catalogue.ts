import { type Permission, type PermissionKey, permissionKey } from '../../kernel/permission.ts';

/** Resource → actions. Harbor's, with what it adds wherever robots may manage robots, members and users. */
const SYSTEM: Readonly<Record<string, string>> = {
  'audit-log': 'list',
  'preheat-instance': 'read create delete list update',
  project: 'list create',
  'replication-policy': 'read create delete list update',
  replication: 'read create list',
  'replication-adapter': 'list',
  registry: 'read create delete list update',
  'scan-all': 'read update stop create',
  'system-volumes': 'read',
  'garbage-collection': 'read create list update stop',
  'purge-audit': 'read create list update stop',
  'jobservice-monitor': 'list stop',
  scanner: 'read create delete list update',
  label: 'read create delete update',
  'security-hub': 'read list',
  catalog: 'read',
  quota: 'read list update',
  robot: 'create read list delete',
  user: 'create read update list delete',
  'ldap-user': 'create list',
  'user-group': 'create read update list delete',
};

const PROJECT: Readonly<Record<string, string>> = {
  log: 'list',
  project: 'read delete update',
  metadata: 'read create delete list update',
  repository: 'read update delete list pull push',
  artifact: 'read create list delete',
  scan: 'create read stop',
  sbom: 'create stop read',
  tag: 'create list delete',
  accessory: 'list',
  'artifact-addition': 'read',
  'artifact-label': 'create delete',
  scanner: 'create read',
  'preheat-policy': 'read create delete list update',
  'immutable-tag': 'create delete list update',
  'notification-policy': 'read create delete list update',
  'tag-retention': 'read create delete list update',
  label: 'read create delete list update',
  quota: 'read',
  robot: 'create read list delete',
  'export-cve': 'create read',
  member: 'create read update list delete',
};

/** What can be given to robots and access tokens: in the instance as a whole, and in a project. */
export const PERMISSION_CATALOGUE: Readonly<Record<'system' | 'project', readonly Permission[]>> = {
  system: listOf(SYSTEM),
  project: listOf(PROJECT),
};

const KEYS: Readonly<Record<'system' | 'project', ReadonlySet<PermissionKey>>> = {
  system: new Set(PERMISSION_CATALOGUE.system.map(permissionKey)),
  project: new Set(PERMISSION_CATALOGUE.project.map(permissionKey)),
};

export function isInCatalogue(kind: 'system' | 'project', permission: Permission): boolean {
  return KEYS[kind].has(permissionKey(permission));
}

function listOf(table: Readonly<Record<string, string>>): readonly Permission[] {
  return Object.entries(table).flatMap(([resource, actions]) =>
    actions.split(' ').map((action) => ({ resource, action })),
  );
}
