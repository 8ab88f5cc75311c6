import type { Kysely } from 'kysely';
import type { InstanceTransaction } from '../../db/instance/instance-database.ts';
import type { InstanceSchema } from '../../db/instance/schema.ts';

/** What the collector has to remember between passes. Instants are milliseconds UTC. */
export interface CollectionState {
  /** The time over which the cap counts, and what was removed in it without a confirmation. */
  readonly capWindowStartedAt: number;
  readonly removedBytes: number;
  /** What a pass would have removed and must not without a confirmation. */
  readonly awaiting: { readonly bytes: number; readonly count: number; readonly since: number } | null;
  /** What is left of the last confirmation. */
  readonly confirmedBytes: number;
  /** When the last complete comparison of the storage with the rows began. */
  readonly sweptAt: number | null;
  readonly searchedUntaggedAt: number | null;
}

const NAME = 'collection';

const INITIAL: CollectionState = {
  capWindowStartedAt: 0,
  removedBytes: 0,
  awaiting: null,
  confirmedBytes: 0,
  sweptAt: null,
  searchedUntaggedAt: null,
};

export async function readCollectionState(db: Kysely<InstanceSchema>): Promise<CollectionState> {
  const row = await db.selectFrom('settings').select('value').where('name', '=', NAME).executeTakeFirst();
  return row === undefined ? INITIAL : parse(row.value);
}

/**
 * The state, locked: what marks content for removal, takes a hold or purges trash goes one after the other, so that nothing is
 * marked once a hold was given. First of all locks but the job's.
 */
export async function lockCollectionState({ tx, capabilities }: InstanceTransaction): Promise<CollectionState> {
  await tx
    .insertInto('settings')
    .values({ name: NAME, value: JSON.stringify(INITIAL) })
    .onConflict((conflict) => conflict.column('name').doNothing())
    .execute();
  const query = tx.selectFrom('settings').select('value').where('name', '=', NAME);
  const row = await (capabilities.rowLocks ? query.forUpdate() : query).executeTakeFirstOrThrow();
  return parse(row.value);
}

/** Only in a transaction that has locked the state. */
export async function writeCollectionState(
  { tx }: InstanceTransaction,
  current: CollectionState,
  change: Partial<CollectionState>,
): Promise<void> {
  const value = JSON.stringify({ ...current, ...change });
  await tx.updateTable('settings').set({ value }).where('name', '=', NAME).execute();
}

function parse(value: string): CollectionState {
  return { ...INITIAL, ...(JSON.parse(value) as Partial<CollectionState>) };
}
