import type { RobotRow } from '../../db/instance/access-rows.ts';
import type { InstanceTransaction } from '../../db/instance/instance-database.ts';
import { journalAuditSink } from '../../journal/journal-audit-sink.ts';
import type { Actor } from '../../kernel/actor.ts';

export interface DeleteRobotInput {
  readonly id: number;
  readonly actor: Actor;
  readonly now: number;
}

const TOLD_COLUMNS = ['id', 'full_name', 'project_id', 'permissions'] as const;

type DeletedRobot = Pick<RobotRow, Exclude<(typeof TOLD_COLUMNS)[number], 'id'>> & { readonly id: number };

/** @returns whether the robot exists */
export async function deleteRobot(context: InstanceTransaction, input: DeleteRobotInput): Promise<boolean> {
  const row = await context.tx
    .deleteFrom('robots')
    .where('id', '=', input.id)
    .returning(TOLD_COLUMNS)
    .executeTakeFirst();
  if (row !== undefined) await recordDeleted(context, row, input);
  return row !== undefined;
}

export interface DeleteRobotsOfProjectInput extends Omit<DeleteRobotInput, 'id'> {
  readonly projectId: number;
}

/** A part of the deletion of a project. */
export async function deleteRobotsOfProject(
  context: InstanceTransaction,
  input: DeleteRobotsOfProjectInput,
): Promise<void> {
  const rows = await context.tx
    .deleteFrom('robots')
    .where('project_id', '=', input.projectId)
    .returning(TOLD_COLUMNS)
    .execute();
  for (const row of rows) await recordDeleted(context, row, input);
}

async function recordDeleted(
  { tx }: InstanceTransaction,
  { id, full_name, project_id, permissions }: DeletedRobot,
  { actor, now }: Omit<DeleteRobotInput, 'id'>,
): Promise<void> {
  await journalAuditSink.record(tx, {
    at: now,
    actor,
    kind: 'robot.deleted',
    resource: full_name,
    ...(project_id === null ? {} : { projectId: project_id }),
    outcome: 'done',
    detail: { robotId: id, permissions },
  });
}
