import type { Permission } from '../kernel/permission.ts';
import type { Principal } from '../kernel/principal.ts';
import type { Permissions } from '../projects/permissions.ts';

/** What looking after an instance as a whole is made of, in Harbor's words where it has some. */
export const OPERATOR_PERMISSIONS = {
  readCollection: { resource: 'garbage-collection', action: 'read' },
  runCollection: { resource: 'garbage-collection', action: 'create' },
  confirmCollection: { resource: 'garbage-collection', action: 'update' },
  readJobs: { resource: 'jobservice-monitor', action: 'list' },
  stopJobs: { resource: 'jobservice-monitor', action: 'stop' },
  // In no catalogue: for administrators, and their access tokens without bounds.
  retryJobs: { resource: 'jobservice-monitor', action: 'create' },
  readScrub: { resource: 'scrub', action: 'read' },
  runScrub: { resource: 'scrub', action: 'create' },
  readAudit: { resource: 'audit-log', action: 'list' },
  changeAudit: { resource: 'audit-log', action: 'update' },
  readSettings: { resource: 'configuration', action: 'read' },
  changeSettings: { resource: 'configuration', action: 'update' },
} as const satisfies Readonly<Record<string, Permission>>;

export type OperatorPermission = keyof typeof OPERATOR_PERMISSIONS;

/** Who may look after an instance as a whole, by what they may do there and not by what they are. */
export function canOperate(
  permissions: Pick<Permissions, 'can'>,
  principal: Principal,
  permission: OperatorPermission,
): Promise<boolean> {
  return permissions.can(principal, OPERATOR_PERMISSIONS[permission], 'system');
}
