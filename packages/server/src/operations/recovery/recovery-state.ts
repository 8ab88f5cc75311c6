import type { Kysely } from 'kysely';
import { fixedStatement } from '../../db/instance/fixed-statement.ts';
import type { InstanceTransaction } from '../../db/instance/instance-database.ts';
import type { InstanceSchema } from '../../db/instance/schema.ts';
import { assertJobLease, type JobFence } from '../../jobs/job-fence.ts';
import type { ChainLink, RecordRef } from './record.ts';

/** How far the shipping is. Instants are milliseconds UTC. */
export interface RecoveryState {
  readonly lineage: string;
  /** Lineages whose records go once this one can do without them. */
  readonly replaces: readonly string[];
  /** The newest record of changes. */
  readonly last: ChainLink | null;
  readonly shippedAt: number | null;
  /** Of the records of changes since the newest base began. */
  readonly bytesSinceBase: number;
  readonly recordsSinceBase: number;
  readonly base: FinishedBase | null;
  /** From here on the records of changes are kept, for the base before the newest one. */
  readonly keptFromSeq: number;
  readonly building: BaseBuild | null;
  /** Changes were forgotten since: what lies in the storage has an end here. */
  readonly isOver?: boolean;
}

export interface FinishedBase {
  readonly number: number;
  readonly end: RecordRef;
  readonly after: ChainLink | null;
  readonly bytes: number;
}

/** A base that is being written. */
export interface BaseBuild {
  readonly number: number;
  /** The newest record of changes when it began. */
  readonly after: ChainLink | null;
  readonly parts: readonly RecordRef[];
  readonly bytes: number;
  /** Which table comes next, and after which of its keys; undefined at the end. */
  readonly table: string | undefined;
  readonly key?: string | undefined;
}

const NAME = 'recovery';

export async function findRecoveryState(db: Kysely<InstanceSchema>): Promise<RecoveryState | undefined> {
  const { rows } = await selectState(db, {});
  const [row] = rows;
  return row === undefined ? undefined : (JSON.parse(row.value) as RecoveryState);
}

const selectState = fixedStatement<object, { readonly value: string }>((db) =>
  db.selectFrom('settings').select('value').where('name', '=', NAME),
);

export function createRecoveryState(lineage: string, replaces: readonly string[]): RecoveryState {
  return {
    lineage,
    replaces,
    last: null,
    shippedAt: null,
    bytesSinceBase: 0,
    recordsSinceBase: 0,
    base: null,
    keptFromSeq: 0,
    building: null,
  };
}

export interface RecordShipmentInput {
  /** How far it is now. */
  readonly state: RecoveryState;
  /** Of the changes that were shipped. */
  readonly changeIds: readonly number[];
  readonly fence?: JobFence | undefined;
  readonly now?: number | undefined;
}

const DELETE_BATCH = 1_000;

/** Notes what lies in the blob storage now, and forgets the changes that do. */
export async function recordShipment(context: InstanceTransaction, input: RecordShipmentInput): Promise<void> {
  const { tx } = context;
  if (input.fence !== undefined) await assertJobLease(context, input.fence, input.now);
  for (let start = 0; start < input.changeIds.length; start += DELETE_BATCH) {
    const ids = input.changeIds.slice(start, start + DELETE_BATCH);
    await tx.deleteFrom('row_changes').where('id', 'in', ids).execute();
  }
  await writeState(tx, input.state);
}

export interface ForgetChangesInput {
  readonly limit: number;
  readonly fence?: JobFence | undefined;
}

/** Where nothing is shipped: forgets some changes, which ends what was shipped before. @returns how many were forgotten */
export async function forgetChanges(
  context: InstanceTransaction,
  { limit, fence }: ForgetChangesInput,
): Promise<number> {
  const { tx } = context;
  if (fence !== undefined) await assertJobLease(context, fence);
  const state = await findRecoveryState(tx);
  if (state !== undefined && state.isOver !== true) await writeState(tx, { ...state, isOver: true });
  const some = tx.selectFrom('row_changes').select('id').orderBy('id').limit(limit);
  const { numDeletedRows } = await tx.deleteFrom('row_changes').where('id', 'in', some).executeTakeFirstOrThrow();
  return Number(numDeletedRows);
}

async function writeState(tx: Kysely<InstanceSchema>, state: RecoveryState): Promise<void> {
  const value = JSON.stringify(state);
  await tx
    .insertInto('settings')
    .values({ name: NAME, value })
    .onConflict((conflict) => conflict.column('name').doUpdateSet({ value }))
    .execute();
}
