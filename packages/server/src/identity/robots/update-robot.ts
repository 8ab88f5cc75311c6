import type { InstanceTransaction } from '../../db/instance/instance-database.ts';
import { journalAuditSink } from '../../journal/journal-audit-sink.ts';
import type { Actor } from '../../kernel/actor.ts';
import type { PermissionBlock } from '../../kernel/permission.ts';
import { robotExpiry } from './robot-duration.ts';

export interface UpdateRobotInput {
  readonly id: number;
  readonly description: string;
  readonly durationDays: number;
  readonly isDisabled: boolean;
  readonly permissions: readonly PermissionBlock[];
  readonly actor: Actor;
  readonly now: number;
}

const endOfAllIssued = <Epoch>(epoch: Epoch) => ({ epoch, previous_secret_hash: null, previous_secret_until: null });

/**
 * Another duration counts from when the robot was made. Disabling ends what was issued to it, and an overlap of secrets.
 * @returns whether the robot exists
 */
export async function updateRobot({ tx }: InstanceTransaction, input: UpdateRobotInput): Promise<boolean> {
  const { id, durationDays, isDisabled, actor, now } = input;
  const before = await tx
    .selectFrom('robots')
    .select(['full_name', 'project_id', 'description', 'duration_days', 'expires_at', 'disabled_at'])
    .select(['permissions', 'created_at'])
    .where('id', '=', id)
    .executeTakeFirst();
  if (before === undefined) return false;
  const permissions = JSON.stringify(input.permissions);
  const wasDisabled = before.disabled_at !== null;
  const expiresAt =
    durationDays === before.duration_days ? before.expires_at : robotExpiry(before.created_at, durationDays);
  await tx
    .updateTable('robots')
    .set((row) => ({
      description: input.description,
      duration_days: durationDays,
      expires_at: expiresAt,
      disabled_at: isDisabled ? (before.disabled_at ?? now) : null,
      permissions,
      updated_at: now,
      ...(isDisabled && !wasDisabled ? endOfAllIssued(row('epoch', '+', 1)) : {}),
    }))
    .where('id', '=', id)
    .execute();
  await journalAuditSink.record(tx, {
    at: now,
    actor,
    kind: 'robot.updated',
    resource: before.full_name,
    ...(before.project_id === null ? {} : { projectId: before.project_id }),
    outcome: 'done',
    detail: {
      robotId: id,
      before: JSON.stringify({
        description: before.description,
        durationDays: before.duration_days,
        isDisabled: wasDisabled,
        permissions: JSON.parse(before.permissions),
      }),
      after: JSON.stringify({
        description: input.description,
        durationDays,
        isDisabled,
        permissions: input.permissions,
      }),
    },
  });
  return true;
}
