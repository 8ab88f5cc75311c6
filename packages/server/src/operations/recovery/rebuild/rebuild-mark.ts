import type { Kysely } from 'kysely';
import type { InstanceSchema } from '../../../db/instance/schema.ts';
import { ConfigurationError } from '../../../kernel/errors.ts';

const NAME = 'rebuild';

/** While a rebuild fills the database: nobody serves what is not whole. */
export async function markRebuild(tx: Kysely<InstanceSchema>, startedAt: number): Promise<void> {
  const value = JSON.stringify({ startedAt });
  await tx
    .insertInto('settings')
    .values({ name: NAME, value })
    .onConflict((conflict) => conflict.column('name').doUpdateSet({ value }))
    .execute();
}

export async function unmarkRebuild(tx: Kysely<InstanceSchema>): Promise<void> {
  await tx.deleteFrom('settings').where('name', '=', NAME).execute();
}

export async function isMarkedForRebuild(db: Kysely<InstanceSchema>): Promise<boolean> {
  const row = await db.selectFrom('settings').select('name').where('name', '=', NAME).executeTakeFirst();
  return row !== undefined;
}

/** @throws ConfigurationError when a rebuild has begun and not ended */
export async function assertRebuilt(db: Kysely<InstanceSchema>): Promise<void> {
  if (!(await isMarkedForRebuild(db))) return;
  throw new ConfigurationError(
    'the rebuild of this database has not ended: wait for it, or run `roadstead admin rebuild --from-blobs` again, which begins anew',
  );
}
