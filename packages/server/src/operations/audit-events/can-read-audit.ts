import type { Principal } from '../../kernel/principal.ts';
import type { Permissions } from '../../projects/permissions.ts';
import type { Project } from '../../projects/project.ts';
import { canOperate } from '../can-operate.ts';

/**
 * Who may read the audit log: of one project whoever may list its log, of the whole instance who may list that.
 * @param project undefined also when somebody asks for one that does not exist
 */
export async function canReadAudit(
  permissions: Pick<Permissions, 'can'>,
  principal: Principal,
  project: Project | undefined,
): Promise<boolean> {
  if (await canOperate(permissions, principal, 'readAudit')) return true;
  return project !== undefined && permissions.can(principal, { resource: 'log', action: 'list' }, { project });
}
