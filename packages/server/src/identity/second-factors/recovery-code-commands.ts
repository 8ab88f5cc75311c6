import type { InstanceTransaction } from '../../db/instance/instance-database.ts';
import { appendJournal } from '../../journal/journal.ts';
import type { Actor } from '../../kernel/actor.ts';
import { replaceRecoveryRows } from './enrolment-rows.ts';

export interface ReplaceRecoveryCodesInput {
  readonly userId: number;
  readonly hashes: readonly string[];
  readonly actor: Actor;
  readonly now: number;
}

/** @returns false for an account without a second factor, which needs none */
export async function replaceRecoveryCodes(
  { tx }: InstanceTransaction,
  { userId, hashes, actor, now }: ReplaceRecoveryCodesInput,
): Promise<boolean> {
  const user = await tx
    .selectFrom('users')
    .select('id')
    .where('id', '=', userId)
    .where('has_second_factor', '=', 1)
    .executeTakeFirst();
  if (user === undefined) return false;
  await replaceRecoveryRows(tx, userId, hashes);
  await appendJournal(tx, { at: now, actor, kind: 'recovery-codes.replaced', detail: { userId } });
  return true;
}

export interface SpendRecoveryCodeInput {
  readonly userId: number;
  readonly hash: string;
  readonly actor: Actor;
  readonly now: number;
}

/** @returns whether it was one of the account's, which it is no more */
export async function spendRecoveryCode(
  { tx }: InstanceTransaction,
  { userId, hash, actor, now }: SpendRecoveryCodeInput,
): Promise<boolean> {
  const spent = await tx
    .deleteFrom('recovery_codes')
    .where('user_id', '=', userId)
    .where('code_hash', '=', hash)
    .returning('user_id')
    .executeTakeFirst();
  if (spent === undefined) return false;
  const { left } = await tx
    .selectFrom('recovery_codes')
    .select((row) => row.fn.countAll<number>().as('left'))
    .where('user_id', '=', userId)
    .executeTakeFirstOrThrow();
  await appendJournal(tx, { at: now, actor, kind: 'recovery-code.used', detail: { userId, left: Number(left) } });
  return true;
}
