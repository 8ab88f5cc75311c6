import type { InstanceTransaction } from '../../db/instance/instance-database.ts';
import { appendJournal } from '../../journal/journal.ts';
import type { Actor } from '../../kernel/actor.ts';
import { ProductError } from '../../kernel/errors.ts';

export interface RequestErasureInput {
  readonly userId: number;
  readonly actor: Actor;
  readonly now: number;
}

/**
 * Tells who wants somebody to be forgotten, before anything is erased. Of an account that is there nothing is: an administrator
 * would erase what he did himself.
 * @throws ProductError PRECONDITION while there is such an account
 */
export async function requestErasure(
  { tx }: InstanceTransaction,
  { userId, actor, now }: RequestErasureInput,
): Promise<void> {
  const account = await tx.selectFrom('users').select('username').where('id', '=', userId).executeTakeFirst();
  if (account !== undefined) {
    throw new ProductError(
      'PRECONDITION',
      `user:${userId} is the account ${account.username}: delete it first, what it does is in the audit log as long as it is there`,
    );
  }
  const detail = { resource: `user:${userId}`, outcome: 'done' };
  await appendJournal(tx, { at: now, actor, kind: 'audit.erasure-requested', detail });
}
