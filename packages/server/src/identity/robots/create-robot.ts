import type { InstanceTransaction } from '../../db/instance/instance-database.ts';
import { journalAuditSink } from '../../journal/journal-audit-sink.ts';
import type { Actor } from '../../kernel/actor.ts';
import type { PermissionBlock } from '../../kernel/permission.ts';
import { principalKey, userIdOf } from '../../kernel/principal.ts';
import { ROBOT_COLUMNS, type Robot, toRobot } from './robot.ts';
import { robotExpiry } from './robot-duration.ts';

export interface CreateRobotInput {
  readonly fullName: string;
  readonly projectId: number | undefined;
  readonly description: string;
  readonly secretHash: string;
  readonly durationDays: number;
  readonly isDisabled: boolean;
  readonly permissions: readonly PermissionBlock[];
  readonly actor: Actor;
  readonly now: number;
}

/** @returns undefined when there is a robot of that name already */
export async function createRobot({ tx }: InstanceTransaction, input: CreateRobotInput): Promise<Robot | undefined> {
  const { fullName, projectId, durationDays, actor, now } = input;
  const permissions = JSON.stringify(input.permissions);
  const userId = userIdOf(actor.principal);
  const row = await tx
    .insertInto('robots')
    .values({
      full_name: fullName,
      project_id: projectId ?? null,
      description: input.description,
      secret_hash: input.secretHash,
      previous_secret_hash: null,
      previous_secret_until: null,
      duration_days: durationDays,
      expires_at: robotExpiry(now, durationDays),
      disabled_at: input.isDisabled ? now : null,
      permissions,
      epoch: 1,
      // What an access token makes is its owner's.
      created_by: userId === undefined ? principalKey(actor.principal) : `user:${userId}`,
      last_used_at: null,
      created_at: now,
      updated_at: now,
    })
    .onConflict((conflict) => conflict.column('full_name').doNothing())
    .returning(ROBOT_COLUMNS)
    .executeTakeFirst();
  if (row === undefined) return undefined;
  await journalAuditSink.record(tx, {
    at: now,
    actor,
    kind: 'robot.created',
    resource: fullName,
    ...(projectId === undefined ? {} : { projectId }),
    outcome: 'done',
    detail: { robotId: row.id, durationDays, isDisabled: input.isDisabled, permissions },
  });
  return toRobot(row);
}
