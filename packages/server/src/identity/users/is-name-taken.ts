import { type Kysely, sql } from 'kysely';
import type { InstanceSchema } from '../../db/instance/schema.ts';

/**
 * Whether another account has this as its name or as its e-mail address, in upper or lower case: people sign in with either,
 * so one text never means two accounts.
 * @param exceptId the account that may have it
 */
export async function isNameTaken(
  tx: Kysely<InstanceSchema>,
  nameOrEmail: string,
  exceptId?: number,
): Promise<boolean> {
  let query = tx
    .selectFrom('users')
    .select('id')
    .where(sql<boolean>`(lower(username) = lower(${nameOrEmail}) or lower(email) = lower(${nameOrEmail}))`);
  if (exceptId !== undefined) query = query.where('id', '<>', exceptId);
  return (await query.executeTakeFirst()) !== undefined;
}
