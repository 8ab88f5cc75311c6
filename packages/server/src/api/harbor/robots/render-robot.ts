import type { RobotDetails } from '../../../projects/robots/robot-accounts.ts';
import type { Access, Robot as ShownRobot } from './robots-models.ts';

const NEVER = -1;

/** Harbor's Robot, without a secret. */
export function renderRobot({ robot, loginName, level, permissions }: RobotDetails): ShownRobot {
  return {
    id: robot.id,
    name: loginName,
    description: robot.description,
    level,
    duration: robot.durationDays,
    editable: true,
    disable: robot.isDisabled,
    expires_at: renderExpiry(robot.expiresAt),
    permissions: permissions.map((block) => ({ ...block, access: block.access.map(renderAccess) })),
    ...renderCreator(robot.createdBy),
    creation_time: new Date(robot.createdAt).toISOString(),
    update_time: new Date(robot.updatedAt).toISOString(),
  };
}

/** In seconds since 1970. */
export function renderExpiry(expiresAt: number | undefined): number {
  return expiresAt === undefined ? NEVER : Math.floor(expiresAt / 1000);
}

/** @param key `user:7`, `robot:3`, `system:…` */
function renderCreator(key: string) {
  const [kind, id] = key.split(':', 2);
  return { creator_type: kind === 'robot' ? 'robot' : 'local', creator_ref: /^\d+$/.test(id ?? '') ? Number(id) : 0 };
}

function renderAccess({ resource, action, effect }: RobotDetails['permissions'][number]['access'][number]): Access {
  return { resource, action, ...(effect !== undefined && { effect }) };
}
