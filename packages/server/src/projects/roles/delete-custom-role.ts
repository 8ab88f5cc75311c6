import type { InstanceTransaction } from '../../db/instance/instance-database.ts';
import { appendJournal } from '../../journal/journal.ts';
import type { Actor } from '../../kernel/actor.ts';
import { ProductError } from '../../kernel/errors.ts';
import { storedNameOfCustomRole } from './role-ids.ts';

export interface DeleteCustomRoleInput {
  readonly id: number;
  /** Takes the role from those who have it, too. */
  readonly force: boolean;
  readonly actor: Actor;
  readonly now: number;
}

/**
 * @returns whether there was such a role
 * @throws ProductError PRECONDITION while members have it, unless `force`
 */
export async function deleteCustomRole(
  { tx }: InstanceTransaction,
  { id, force, actor, now }: DeleteCustomRoleInput,
): Promise<boolean> {
  const role = await tx.selectFrom('custom_roles').select('name').where('id', '=', id).executeTakeFirst();
  if (role === undefined) return false;
  const stored = storedNameOfCustomRole(id);
  const inUse = await tx
    .selectFrom('project_members')
    .select((row) => row.fn.countAll<number>().as('count'))
    .where('role', '=', stored)
    .executeTakeFirstOrThrow();
  const members = Number(inUse.count);
  if (members > 0 && !force) {
    throw new ProductError(
      'PRECONDITION',
      `the role ${role.name} is in use, ${members} times: give those members another role first, or take it from them by force=true`,
    );
  }
  if (members > 0) await tx.deleteFrom('project_members').where('role', '=', stored).execute();
  await tx.deleteFrom('custom_roles').where('id', '=', id).execute();
  const detail = { resource: role.name, outcome: 'done', removedMembers: members };
  await appendJournal(tx, { at: now, actor, kind: 'role.deleted', detail });
  return true;
}
