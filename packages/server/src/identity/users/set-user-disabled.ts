import type { InstanceTransaction } from '../../db/instance/instance-database.ts';
import { appendJournal } from '../../journal/journal.ts';
import type { Actor } from '../../kernel/actor.ts';
import { endSignIns } from './end-sign-ins.ts';
import { assertNotLastAdministrator, lockAccount } from './lock-account.ts';

export interface SetUserDisabledInput {
  readonly userId: number;
  readonly isDisabled: boolean;
  readonly actor: Actor;
  readonly now: number;
}

/**
 * Shuts an account, and everything that was issued to it, or opens it again; what was issued before stays void.
 * @throws ProductError NOT_FOUND, PRECONDITION (the last administrator)
 */
export async function setUserDisabled(
  context: InstanceTransaction,
  { userId, isDisabled, actor, now }: SetUserDisabledInput,
): Promise<void> {
  const { tx } = context;
  const account = await lockAccount(context, userId);
  if (account.isDisabled === isDisabled) return;
  if (isDisabled) assertNotLastAdministrator(account);
  await tx
    .updateTable('users')
    .set((row) => ({
      disabled_at: isDisabled ? now : null,
      token_epoch: row('token_epoch', '+', 1),
      updated_at: now,
    }))
    .where('id', '=', userId)
    .execute();
  await endSignIns(tx, userId);
  await appendJournal(tx, {
    at: now,
    actor,
    kind: isDisabled ? 'user.disabled' : 'user.enabled',
    detail: { userId, username: account.username },
  });
}
