import type { RobotRow } from '../../db/instance/access-rows.ts';
import type { PermissionBlock } from '../../kernel/permission.ts';
import type { Principal } from '../../kernel/principal.ts';

/** An account for a machine: a name, a secret and what it was given. */
export interface Robot {
  readonly id: number;
  /** Without the prefix: `ci` of the system, `library+ci` of a project. */
  readonly fullName: string;
  /** Undefined at the level of the system. */
  readonly projectId: number | undefined;
  readonly description: string;
  /** -1: for ever. */
  readonly durationDays: number;
  readonly expiresAt: number | undefined;
  readonly isDisabled: boolean;
  readonly permissions: readonly PermissionBlock[];
  /** The key of the principal that made it. */
  readonly createdBy: string;
  readonly lastUsedAt: number | undefined;
  readonly createdAt: number;
  readonly updatedAt: number;
  /** Counts up whenever what was issued to it must die. */
  readonly epoch: number;
  /** Until then the secret before works too, and what was issued for it in the epoch before; undefined: it does not. */
  readonly overlapUntil: number | undefined;
}

/** A robot as a principal, with the epoch of the secret that was shown. */
export type RobotPrincipal = Extract<Principal, { readonly kind: 'robot' }> & { readonly epoch: number };

export const ROBOT_COLUMNS = [
  'id',
  'full_name',
  'project_id',
  'description',
  'duration_days',
  'expires_at',
  'disabled_at',
  'permissions',
  'epoch',
  'previous_secret_until',
  'created_by',
  'last_used_at',
  'created_at',
  'updated_at',
] as const;

/** The row of a robot, as every query here selects it: without secrets. */
export type SelectedRobot = Omit<RobotRow, 'id' | 'secret_hash' | 'previous_secret_hash'> & {
  readonly id: number;
};

export function toRobot(row: SelectedRobot): Robot {
  return {
    id: row.id,
    fullName: row.full_name,
    projectId: row.project_id ?? undefined,
    description: row.description,
    durationDays: row.duration_days,
    expiresAt: row.expires_at ?? undefined,
    isDisabled: row.disabled_at !== null,
    permissions: JSON.parse(row.permissions) as PermissionBlock[],
    createdBy: row.created_by,
    lastUsedAt: row.last_used_at ?? undefined,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    epoch: row.epoch,
    overlapUntil: row.previous_secret_until ?? undefined,
  };
}

/** Whether what was issued in that epoch holds. */
export function acceptsEpoch({ epoch, overlapUntil }: Robot, issued: number, now: number): boolean {
  return issued === epoch || (issued === epoch - 1 && overlapUntil !== undefined && now < overlapUntil);
}

/** Whether it may sign in, and what was issued to it holds. */
export function isUsableAt(robot: Pick<Robot, 'isDisabled' | 'expiresAt'>, now: number): boolean {
  return !robot.isDisabled && (robot.expiresAt === undefined || now < robot.expiresAt);
}
