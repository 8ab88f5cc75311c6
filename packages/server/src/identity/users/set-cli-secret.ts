import type { InstanceTransaction } from '../../db/instance/instance-database.ts';
import { appendJournal } from '../../journal/journal.ts';
import type { Actor } from '../../kernel/actor.ts';
import { ProductError } from '../../kernel/errors.ts';
import { noSuchUser } from './no-such-user.ts';

export interface SetCliSecretInput {
  readonly userId: number;
  /** A PHC string. */
  readonly secretHash: string;
  readonly actor: Actor;
  readonly now: number;
}

/**
 * Gives an account without a password here a secret for the command line. What was issued for the one before ends; sessions go on,
 * since none was opened by it.
 * @throws ProductError NOT_FOUND, PRECONDITION (the account has a password)
 */
export async function setCliSecret(
  { tx }: InstanceTransaction,
  { userId, secretHash, actor, now }: SetCliSecretInput,
): Promise<void> {
  const changed = await tx
    .updateTable('users')
    .set((row) => ({ token_epoch: row('token_epoch', '+', 1), updated_at: now }))
    .where('id', '=', userId)
    .returning(['username', 'password_hash', 'token_epoch'])
    .executeTakeFirst();
  if (changed === undefined) throw noSuchUser();
  if (changed.password_hash !== null) {
    throw new ProductError('PRECONDITION', 'this account has a password: use that, or an access token');
  }
  const before = changed.token_epoch - 1;
  await tx
    .updateTable('sessions')
    .set({ token_epoch: changed.token_epoch })
    .where('user_id', '=', userId)
    .where('token_epoch', '=', before)
    .execute();
  await tx.deleteFrom('refresh_tokens').where('user_id', '=', userId).execute();
  const row = { secret_hash: secretHash, updated_at: now };
  await tx
    .insertInto('cli_secrets')
    .values({ user_id: userId, ...row })
    .onConflict((conflict) => conflict.column('user_id').doUpdateSet(row))
    .execute();
  const detail = { userId, username: changed.username };
  await appendJournal(tx, { at: now, actor, kind: 'user.cli-secret-changed', detail });
}
