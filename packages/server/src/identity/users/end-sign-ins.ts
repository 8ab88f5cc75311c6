import type { Kysely } from 'kysely';
import type { InstanceSchema } from '../../db/instance/schema.ts';

/** Takes away what a user would stay signed in with. What is signed (registry tokens) dies with the user's epoch. */
export async function endSignIns(tx: Kysely<InstanceSchema>, userId: number): Promise<void> {
  await tx.deleteFrom('refresh_tokens').where('user_id', '=', userId).execute();
  await tx.deleteFrom('sessions').where('user_id', '=', userId).execute();
}
