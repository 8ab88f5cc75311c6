import { sql } from 'kysely';
import type { InstanceTransaction } from '../../db/instance/instance-database.ts';

/** A day, from the first wrong code on. */
export const WRONG_CODE_WINDOW_MS = 24 * 3_600_000;
/** Three codes in a million are right at a time: a guesser who spends them every day is right once in 18 years. */
export const MAX_WRONG_CODES = 50;

export interface TakeCodeTryInput {
  readonly userId: number;
  readonly now: number;
}

/** Takes one of the tries that an account has in all, before the code is looked at. @returns whether there was one left */
export async function takeCodeTry({ tx }: InstanceTransaction, { userId, now }: TakeCodeTryInput): Promise<boolean> {
  const isOver = sql<boolean>`wrong_codes.since <= ${now - WRONG_CODE_WINDOW_MS}`;
  const taken = await tx
    .insertInto('wrong_codes')
    .values({ user_id: userId, since: now, count: 1 })
    .onConflict((conflict) =>
      conflict
        .column('user_id')
        .doUpdateSet({
          since: sql<number>`case when ${isOver} then excluded.since else wrong_codes.since end`,
          count: sql<number>`case when ${isOver} then 1 else wrong_codes.count + 1 end`,
        })
        .where((row) => row.or([row('wrong_codes.count', '<', MAX_WRONG_CODES), isOver])),
    )
    .returning('user_id')
    .executeTakeFirst();
  return taken !== undefined;
}

/** The code was right. */
export async function giveBackCodeTry(
  { tx }: InstanceTransaction,
  { userId }: { readonly userId: number },
): Promise<void> {
  await tx
    .updateTable('wrong_codes')
    .set((row) => ({ count: row('count', '-', 1) }))
    .where('user_id', '=', userId)
    .where('count', '>', 0)
    .execute();
}
