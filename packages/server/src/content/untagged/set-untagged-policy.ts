import type { InstanceTransaction } from '../../db/instance/instance-database.ts';
import { appendJournal } from '../../journal/journal.ts';
import type { Actor } from '../../kernel/actor.ts';
import { ProductError } from '../../kernel/errors.ts';

export interface SetUntaggedPolicyInput {
  readonly projectId: number;
  /** Manifests without a tag for this long are deleted; null: they stay. */
  readonly untaggedAfterMs: number | null;
  /** Pushes that run now know nothing of the policy: it begins when they are over. */
  readonly pushWindowMs: number;
  readonly now: number;
  readonly actor: Actor;
}

/**
 * Turns the deletion of untagged manifests of a project on or off (invariant 2: it is off unless somebody asked for it).
 * @throws ProductError PROJECT_NOT_FOUND, VALIDATION
 */
export async function setUntaggedPolicy(
  { tx, capabilities }: InstanceTransaction,
  input: SetUntaggedPolicyInput,
): Promise<void> {
  const { projectId, untaggedAfterMs, now, actor } = input;
  if (untaggedAfterMs !== null && !(Number.isSafeInteger(untaggedAfterMs) && untaggedAfterMs >= 0)) {
    throw new ProductError('VALIDATION', 'The time after which untagged manifests go is a whole number, 0 or more.');
  }
  let find = tx
    .selectFrom('projects')
    .select(['name', 'untagged_after_ms', 'untagged_from'])
    .where('id', '=', projectId);
  if (capabilities.rowLocks) find = find.forNoKeyUpdate();
  const before = await find.executeTakeFirst();
  if (before === undefined) throw new ProductError('PROJECT_NOT_FOUND', `there is no project with the id ${projectId}`);
  const isNew = before.untagged_after_ms === null;
  await tx
    .updateTable('projects')
    .set({
      untagged_after_ms: untaggedAfterMs,
      untagged_from: isNew ? now + input.pushWindowMs : before.untagged_from,
      updated_at: now,
    })
    .where('id', '=', projectId)
    .execute();
  await appendJournal(tx, {
    at: now,
    actor,
    kind: 'project.updated',
    projectId,
    detail: {
      resource: before.name,
      outcome: 'done',
      untaggedAfterMs,
      untaggedAfterMsBefore: before.untagged_after_ms,
    },
  });
}
