import type { Kysely } from 'kysely';
import { fixedStatement } from '../../db/instance/fixed-statement.ts';
import type { InstanceTransaction } from '../../db/instance/instance-database.ts';
import type { InstanceSchema } from '../../db/instance/schema.ts';
import { lockCollectionState } from './collection-state.ts';

export interface HoldCollectionInput {
  /** Whose it is: `backup`, `export:7`. Holding again renews it. */
  readonly name: string;
  readonly until: number;
}

/**
 * Keeps everything that is stored and reachable where it is until then: once this has resolved, no pass marks anything for
 * removal and no trash is purged. What was marked before is not reachable any more.
 */
export async function holdCollection(context: InstanceTransaction, input: HoldCollectionInput): Promise<void> {
  await lockCollectionState(context);
  const { name, until } = input;
  await context.tx
    .insertInto('collection_holds')
    .values({ name, until })
    .onConflict((conflict) => conflict.column('name').doUpdateSet({ until }))
    .execute();
}

export async function releaseCollection(
  { tx }: InstanceTransaction,
  { name }: Pick<HoldCollectionInput, 'name'>,
): Promise<void> {
  await tx.deleteFrom('collection_holds').where('name', '=', name).execute();
}

/** The hold that lasts longest, or undefined when the collector may work. */
export async function findCollectionHold(
  db: Kysely<InstanceSchema>,
  now: number,
): Promise<{ readonly name: string; readonly until: number } | undefined> {
  return (await selectHold(db, { now })).rows[0];
}

const selectHold = fixedStatement<{ readonly now: number }, { readonly name: string; readonly until: number }>(
  (db, { now }) =>
    db
      .selectFrom('collection_holds')
      .select(['name', 'until'])
      .where('until', '>', now)
      .orderBy('until', 'desc')
      .limit(1),
);
