import type { InstanceTransaction } from '../db/instance/instance-database.ts';
import { appendJournal } from '../journal/journal.ts';
import type { Actor } from '../kernel/actor.ts';

export interface SetPasswordInput {
  readonly userId: number;
  readonly passwordHash: string;
  readonly actor: Actor;
  readonly now: number;
}

/**
 * Replaces a password, and with it everything that was issued under the old one: the epoch moves on, and refresh tokens go.
 * @returns whether the user exists
 */
export async function setPassword({ tx }: InstanceTransaction, input: SetPasswordInput): Promise<boolean> {
  const changed = await tx
    .updateTable('users')
    .set((row) => ({
      password_hash: input.passwordHash,
      token_epoch: row('token_epoch', '+', 1),
      updated_at: input.now,
    }))
    .where('id', '=', input.userId)
    .returning('username')
    .executeTakeFirst();
  if (changed === undefined) return false;
  await tx.deleteFrom('refresh_tokens').where('user_id', '=', input.userId).execute();
  await appendJournal(tx, {
    at: input.now,
    actor: input.actor,
    kind: 'user.password-changed',
    detail: { userId: input.userId, username: changed.username },
  });
  return true;
}
