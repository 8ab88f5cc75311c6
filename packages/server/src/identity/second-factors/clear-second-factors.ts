import type { InstanceTransaction } from '../../db/instance/instance-database.ts';
import { appendJournal } from '../../journal/journal.ts';
import type { Actor } from '../../kernel/actor.ts';
import { forgetFactors } from './enrolment-rows.ts';

export interface ClearSecondFactorsInput {
  readonly userId: number;
  readonly actor: Actor;
  readonly now: number;
}

/** For somebody who has lost all of them: takes every factor and every recovery code away. @returns whether there was a factor */
export async function clearSecondFactors(
  { tx }: InstanceTransaction,
  { userId, actor, now }: ClearSecondFactorsInput,
): Promise<boolean> {
  const user = await tx
    .selectFrom('users')
    .select('id')
    .where('id', '=', userId)
    .where('has_second_factor', '=', 1)
    .executeTakeFirst();
  await tx.deleteFrom('totp_factors').where('user_id', '=', userId).execute();
  await tx.deleteFrom('wrong_codes').where('user_id', '=', userId).execute();
  await tx.deleteFrom('passkeys').where('user_id', '=', userId).execute();
  if (user === undefined) return false;
  await forgetFactors(tx, userId);
  await appendJournal(tx, { at: now, actor, kind: 'second-factor.removed', detail: { userId, factor: 'all' } });
  return true;
}
