import type { InstanceTransaction } from '../../db/instance/instance-database.ts';
import { appendJournal } from '../../journal/journal.ts';
import type { Actor } from '../../kernel/actor.ts';
import { ProductError } from '../../kernel/errors.ts';
import type { RoleContent } from './role.ts';

export interface PutCustomRoleInput {
  /** The row to change; undefined: a new one. */
  readonly id: number | undefined;
  /** Checked by the caller. */
  readonly content: RoleContent;
  readonly actor: Actor;
  readonly now: number;
}

/**
 * Makes a custom role, or changes one: for all its holders at once.
 * @returns the id of its row; undefined when there is none to change
 * @throws ProductError CONFLICT: the name is taken
 */
export async function putCustomRole(
  { tx }: InstanceTransaction,
  { id, content, actor, now }: PutCustomRoleInput,
): Promise<number | undefined> {
  const { name, description } = content;
  const permissions = JSON.stringify(content.permissions);
  const taken = await tx.selectFrom('custom_roles').select('id').where('name', '=', name).executeTakeFirst();
  if (taken !== undefined && taken.id !== id) throw nameTaken(name);
  const after = JSON.stringify({ name, description, permissions: content.permissions });
  if (id === undefined) {
    const created = await tx
      .insertInto('custom_roles')
      .values({ name, description, permissions, created_at: now, updated_at: now })
      .onConflict((conflict) => conflict.column('name').doNothing())
      .returning('id')
      .executeTakeFirst();
    if (created === undefined) throw nameTaken(name);
    const detail = { resource: name, outcome: 'done', after };
    await appendJournal(tx, { at: now, actor, kind: 'role.created', detail });
    return created.id;
  }
  const old = await tx.selectFrom('custom_roles').selectAll().where('id', '=', id).executeTakeFirst();
  if (old === undefined) return undefined;
  await tx
    .updateTable('custom_roles')
    .set({ name, description, permissions, updated_at: now })
    .where('id', '=', id)
    .execute();
  const before = JSON.stringify({
    name: old.name,
    description: old.description,
    permissions: JSON.parse(old.permissions),
  });
  const detail = { resource: name, outcome: 'done', before, after };
  await appendJournal(tx, { at: now, actor, kind: 'role.updated', detail });
  return id;
}

function nameTaken(name: string): ProductError {
  return new ProductError('CONFLICT', `there is a role named ${name} already`);
}
