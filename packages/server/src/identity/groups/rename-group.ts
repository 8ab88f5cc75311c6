import type { InstanceTransaction } from '../../db/instance/instance-database.ts';
import { appendJournal } from '../../journal/journal.ts';
import type { Actor } from '../../kernel/actor.ts';
import { ProductError } from '../../kernel/errors.ts';

export interface RenameGroupInput {
  readonly id: number;
  /** Checked by the caller. */
  readonly name: string;
  readonly actor: Actor;
  readonly now: number;
}

/**
 * The provider's name of an external group stays, so that its members still find it.
 * @returns whether there is such a group
 * @throws ProductError CONFLICT: the name is taken
 */
export async function renameGroup(
  { tx }: InstanceTransaction,
  { id, name, actor, now }: RenameGroupInput,
): Promise<boolean> {
  const before = await tx.selectFrom('user_groups').select('name').where('id', '=', id).executeTakeFirst();
  if (before === undefined) return false;
  const taken = await tx.selectFrom('user_groups').select('id').where('name', '=', name).executeTakeFirst();
  if (taken !== undefined && taken.id !== id) {
    throw new ProductError('CONFLICT', `there is a group named ${name} already`);
  }
  await tx.updateTable('user_groups').set({ name, updated_at: now }).where('id', '=', id).execute();
  const detail = { resource: name, outcome: 'done', groupId: id, before: before.name, after: name };
  await appendJournal(tx, { at: now, actor, kind: 'group.updated', detail });
  return true;
}
