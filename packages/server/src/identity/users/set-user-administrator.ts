import type { InstanceTransaction } from '../../db/instance/instance-database.ts';
import { appendJournal } from '../../journal/journal.ts';
import type { Actor } from '../../kernel/actor.ts';
import { assertNotRecoveryAccount } from './assert-not-recovery-account.ts';
import { endSignIns } from './end-sign-ins.ts';
import { assertNotLastAdministrator, lockAccount } from './lock-account.ts';

export interface SetUserAdministratorInput {
  readonly userId: number;
  readonly isAdministrator: boolean;
  readonly actor: Actor;
  readonly now: number;
}

/**
 * Gives or takes the rights of an administrator. Who loses them loses all that was issued with them; who gains them signs in
 * anew in the browser, so that nobody who knew a session before has it with more rights.
 * @throws ProductError NOT_FOUND, PRECONDITION (the last administrator), DENIED (the account `admin`)
 */
export async function setUserAdministrator(
  context: InstanceTransaction,
  { userId, isAdministrator, actor, now }: SetUserAdministratorInput,
): Promise<void> {
  const { tx } = context;
  const account = await lockAccount(context, userId);
  if (account.isAdministrator === isAdministrator) return;
  if (!isAdministrator) {
    assertNotRecoveryAccount(account, 'demoted');
    assertNotLastAdministrator(account);
  }
  await tx
    .updateTable('users')
    .set((row) => ({
      is_administrator: isAdministrator ? 1 : 0,
      ...(isAdministrator ? {} : { token_epoch: row('token_epoch', '+', 1) }),
      updated_at: now,
    }))
    .where('id', '=', userId)
    .execute();
  if (isAdministrator) await tx.deleteFrom('sessions').where('user_id', '=', userId).execute();
  else await endSignIns(tx, userId);
  await appendJournal(tx, {
    at: now,
    actor,
    kind: 'user.administrator-changed',
    detail: { userId, username: account.username, before: account.isAdministrator, after: isAdministrator },
  });
}
