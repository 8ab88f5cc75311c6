import type { InstanceTransaction } from '../db/instance/instance-database.ts';
import { appendJournal } from '../journal/journal.ts';
import type { Actor } from '../kernel/actor.ts';

export interface CreateUserInput {
  readonly username: string;
  readonly passwordHash: string;
  readonly isAdministrator: boolean;
  readonly actor: Actor;
  readonly now: number;
}

/** @returns whether the user is new; one of that name that exists already is left as it is. */
export async function createUser({ tx }: InstanceTransaction, input: CreateUserInput): Promise<boolean> {
  const created = await tx
    .insertInto('users')
    .values({
      username: input.username,
      password_hash: input.passwordHash,
      is_administrator: input.isAdministrator ? 1 : 0,
      token_epoch: 1,
      created_at: input.now,
      updated_at: input.now,
    })
    .onConflict((conflict) => conflict.column('username').doNothing())
    .returning('id')
    .executeTakeFirst();
  if (created === undefined) return false;
  await appendJournal(tx, {
    at: input.now,
    actor: input.actor,
    kind: 'user.created',
    detail: { userId: created.id, username: input.username, isAdministrator: input.isAdministrator },
  });
  return true;
}
