import { type Kysely, sql } from 'kysely';
import type { InstanceSchema } from '../schema.ts';

/** Whose name it is but for case is asked with every password that a directory may know. */
export async function up(db: Kysely<InstanceSchema>): Promise<void> {
  await db.schema.createIndex('users_folded_name').on('users').expression(sql`lower(username)`).execute();
}
