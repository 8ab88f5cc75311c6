import type { InstanceTransaction } from '../../db/instance/instance-database.ts';
import { appendJournal } from '../../journal/journal.ts';
import type { Actor } from '../../kernel/actor.ts';
import { assertNotRecoveryAccount } from './assert-not-recovery-account.ts';
import { assertNotLastAdministrator, lockAccount } from './lock-account.ts';

export interface DeleteUserInput {
  readonly userId: number;
  readonly actor: Actor;
  readonly now: number;
}

/**
 * Deletes an account with its memberships, tokens and sessions. What it did stays in the journal under `user:<id>`, which
 * nobody else ever gets; this entry does not name it either.
 * @throws ProductError NOT_FOUND, PRECONDITION (the last administrator), DENIED (the account `admin`)
 */
export async function deleteUser(context: InstanceTransaction, { userId, actor, now }: DeleteUserInput): Promise<void> {
  const { tx } = context;
  const account = await lockAccount(context, userId);
  assertNotRecoveryAccount(account, 'deleted');
  assertNotLastAdministrator(account);
  await tx.deleteFrom('users').where('id', '=', userId).execute();
  const detail = { userId, wasAdministrator: account.isAdministrator, wasDisabled: account.isDisabled };
  await appendJournal(tx, { at: now, actor, kind: 'user.deleted', detail });
}
