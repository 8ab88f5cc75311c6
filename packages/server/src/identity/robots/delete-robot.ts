import type { InstanceTransaction } from '../../db/instance/instance-database.ts';
import { journalAuditSink } from '../../journal/journal-audit-sink.ts';
import type { Actor } from '../../kernel/actor.ts';

export interface DeleteRobotInput {
  readonly id: number;
  readonly actor: Actor;
  readonly now: number;
}

/** @returns whether the robot exists */
export async function deleteRobot({ tx }: InstanceTransaction, input: DeleteRobotInput): Promise<boolean> {
  const { id, actor, now } = input;
  const row = await tx
    .deleteFrom('robots')
    .where('id', '=', id)
    .returning(['full_name', 'project_id', 'permissions'])
    .executeTakeFirst();
  if (row === undefined) return false;
  await journalAuditSink.record(tx, {
    at: now,
    actor,
    kind: 'robot.deleted',
    resource: row.full_name,
    ...(row.project_id === null ? {} : { projectId: row.project_id }),
    outcome: 'done',
    detail: { robotId: id, permissions: row.permissions },
  });
  return true;
}
