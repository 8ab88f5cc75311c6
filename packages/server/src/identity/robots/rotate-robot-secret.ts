import type { InstanceTransaction } from '../../db/instance/instance-database.ts';
import { journalAuditSink } from '../../journal/journal-audit-sink.ts';
import type { Actor } from '../../kernel/actor.ts';

export interface RotateRobotSecretInput {
  readonly id: number;
  readonly secretHash: string;
  readonly isChosen: boolean;
  /** So long the secret before works too; 0: it ends now, and all that was issued for it. */
  readonly overlapSeconds: number;
  readonly actor: Actor;
  readonly now: number;
}

/** @returns whether the robot exists */
export async function rotateRobotSecret({ tx }: InstanceTransaction, input: RotateRobotSecretInput): Promise<boolean> {
  const { id, secretHash, isChosen, overlapSeconds, actor, now } = input;
  const changed = await tx
    .updateTable('robots')
    .set((row) => ({
      secret_hash: secretHash,
      previous_secret_hash: overlapSeconds > 0 ? row.ref('secret_hash') : null,
      previous_secret_until: overlapSeconds > 0 ? now + overlapSeconds * 1000 : null,
      // What was issued before ends with the secret before.
      epoch: row('epoch', '+', 1),
      updated_at: now,
    }))
    .where('id', '=', id)
    .returning(['full_name', 'project_id'])
    .executeTakeFirst();
  if (changed === undefined) return false;
  await journalAuditSink.record(tx, {
    at: now,
    actor,
    kind: 'robot.secret-changed',
    resource: changed.full_name,
    ...(changed.project_id === null ? {} : { projectId: changed.project_id }),
    outcome: 'done',
    detail: { robotId: id, isChosen, overlapSeconds },
  });
  return true;
}
