import type { InstanceTransaction } from '../db/instance/instance-database.ts';
import { insertSigningKey, type NewSigningKey } from './insert-signing-key.ts';

/** The setting that names the key which signs: one row, so that two processes never disagree. */
export const SIGNING_KEY_SETTING = 'identity.signing_key';

/**
 * Makes `candidate` the key that signs, unless there is one already.
 * @returns the id of the key that signs
 */
export async function ensureSigningKey({ tx }: InstanceTransaction, candidate: NewSigningKey): Promise<string> {
  // Of two processes at this point the second waits here for the first one's commit.
  const claimed = await tx
    .insertInto('settings')
    .values({ name: SIGNING_KEY_SETTING, value: candidate.id })
    .onConflict((conflict) => conflict.column('name').doNothing())
    .returning('value')
    .executeTakeFirst();
  if (claimed !== undefined) {
    await insertSigningKey(tx, candidate);
    return candidate.id;
  }
  const { value } = await tx
    .selectFrom('settings')
    .select('value')
    .where('name', '=', SIGNING_KEY_SETTING)
    .executeTakeFirstOrThrow();
  return value;
}
