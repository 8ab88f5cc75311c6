import type { InstanceTransaction } from '../db/instance/instance-database.ts';
import { appendJournal } from '../journal/journal.ts';
import type { Actor } from '../kernel/actor.ts';
import { SIGNING_KEY_SETTING } from './ensure-signing-key.ts';
import { insertSigningKey, type NewSigningKey } from './insert-signing-key.ts';

export interface RotateSigningKeyInput {
  readonly successor: NewSigningKey;
  /** Until when the tokens of the keys before it are honoured. */
  readonly predecessorsExpireAt: number;
  readonly actor: Actor;
}

/** From now on `successor` signs; what the others signed verifies until its time is over, and keys beyond that go. */
export async function rotateSigningKey({ tx }: InstanceTransaction, input: RotateSigningKeyInput): Promise<void> {
  const { successor, predecessorsExpireAt, actor } = input;
  await tx
    .insertInto('settings')
    .values({ name: SIGNING_KEY_SETTING, value: successor.id })
    .onConflict((conflict) => conflict.column('name').doUpdateSet({ value: successor.id }))
    .execute();
  await tx.deleteFrom('signing_keys').where('expires_at', '<=', successor.now).execute();
  await tx
    .updateTable('signing_keys')
    .set({ retired_at: successor.now, expires_at: predecessorsExpireAt })
    .where('retired_at', 'is', null)
    .execute();
  await insertSigningKey(tx, successor);
  await appendJournal(tx, {
    at: successor.now,
    actor,
    kind: 'signing-key.rotated',
    detail: { keyId: successor.id },
  });
}
