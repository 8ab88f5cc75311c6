import type { InstanceTransaction } from '../../db/instance/instance-database.ts';
import { appendJournal } from '../../journal/journal.ts';
import type { Actor } from '../../kernel/actor.ts';
import { ProductError } from '../../kernel/errors.ts';
import { queueMail } from '../../mail-queue/queue-mail.ts';
import { isAddressTrusted } from './is-address-trusted.ts';
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
  input: UpdateUserProfileInput,
): Promise<boolean> {
  const { userId, change, actor, now } = input;
  let query = tx
    .selectFrom('users')
    .select(['username', 'email', 'is_email_trusted', 'real_name as realName', 'comment'])
    .where('id', '=', userId);
  if (capabilities.rowLocks) query = query.forUpdate();
  const row = await query.executeTakeFirst();
  if (row === undefined) return false;
  const before: Profile = { email: row.email ?? '', realName: row.realName, comment: row.comment };
  const after = { ...before, ...change };
  // Who looks after accounts and sets the address that is there already has said that it is right.
  const isTrusted = change.email === undefined ? row.is_email_trusted === 1 : trustOf(row, after.email, input);
  if (JSON.stringify(after) === JSON.stringify(before) && isTrusted === (row.is_email_trusted === 1)) return true;
  if (after.email !== '' && after.email !== before.email && (await isNameTaken(tx, after.email, userId))) {
    throw new ProductError('CONFLICT', 'this e-mail address belongs to another account');
  }
  if (after.email !== before.email) {
    // To the address of before, if it is known to be the owner's: who takes an account over changes it first.
    await queueMail(tx, { userId, notice: { kind: 'address-changed', at: now, from: actor.address }, now });
  }
  await tx
    .updateTable('users')
    .set({
      email: after.email === '' ? null : after.email,
      is_email_trusted: isTrusted ? 1 : 0,
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

function trustOf(
  before: { readonly email: string | null; readonly is_email_trusted: number },
  email: string,
  { actor, userId }: UpdateUserProfileInput,
): boolean {
  if (email === '') return false;
  return isAddressTrusted(actor, userId) || (email === before.email && before.is_email_trusted === 1);
}
