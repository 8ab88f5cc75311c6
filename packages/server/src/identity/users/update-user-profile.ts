import type { InstanceTransaction } from '../../db/instance/instance-database.ts';
import { appendJournal } from '../../journal/journal.ts';
import type { Actor } from '../../kernel/actor.ts';
import { ProductError } from '../../kernel/errors.ts';
import { isNameTaken } from './is-name-taken.ts';
import type { Profile } from './profile.ts';

export interface UpdateUserProfileInput {
  readonly userId: number;
  /** What is not here stays. */
  readonly change: Partial<Profile>;
  readonly actor: Actor;
  readonly now: number;
}

/**
 * @returns whether the user exists
 * @throws ProductError CONFLICT when the e-mail address is another account's.
 */
export async function updateUserProfile(
  { tx, capabilities }: InstanceTransaction,
  { userId, change, actor, now }: UpdateUserProfileInput,
): Promise<boolean> {
  let query = tx
    .selectFrom('users')
    .select(['username', 'email', 'real_name as realName', 'comment'])
    .where('id', '=', userId);
  if (capabilities.rowLocks) query = query.forUpdate();
  const row = await query.executeTakeFirst();
  if (row === undefined) return false;
  const before: Profile = { email: row.email ?? '', realName: row.realName, comment: row.comment };
  const after = { ...before, ...change };
  if (JSON.stringify(after) === JSON.stringify(before)) return true;
  if (after.email !== '' && after.email !== before.email && (await isNameTaken(tx, after.email, userId))) {
    throw new ProductError('CONFLICT', 'this e-mail address belongs to another account');
  }
  await tx
    .updateTable('users')
    .set({
      email: after.email === '' ? null : after.email,
      real_name: after.realName,
      comment: after.comment,
      updated_at: now,
    })
    .where('id', '=', userId)
    .execute();
  const detail = {
    userId,
    username: row.username,
    before: JSON.stringify(before),
    after: JSON.stringify(after),
  };
  await appendJournal(tx, { at: now, actor, kind: 'user.updated', detail });
  return true;
}
