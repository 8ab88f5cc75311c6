import type { Kysely } from 'kysely';
import type { InstanceTransaction } from '../../db/instance/instance-database.ts';
import type { InstanceSchema } from '../../db/instance/schema.ts';
import { assertJobLease, type JobFence } from '../../jobs/job-fence.ts';
import { findCollectionHold } from './collection-holds.ts';
import { lockCollectionState, readCollectionState, writeCollectionState } from './collection-state.ts';

export type StrayKind = 'object' | 'upload';

/** Something in the storage that no row leads to: a crash between two steps left it, or a power cut brought it back. */
export interface Stray {
  readonly kind: StrayKind;
  readonly name: string;
  readonly sizeBytes: number;
}

export interface RecordStraysInput {
  readonly strays: readonly Stray[];
  readonly seenAt: number;
  readonly fence?: JobFence | undefined;
}

const VALUES_PER_ROW = 5;
const MAX_ROWS = 200;

/** Notes what a sweep has seen; when it was first seen stays. */
export async function recordStrays(context: InstanceTransaction, input: RecordStraysInput): Promise<void> {
  const { tx, capabilities } = context;
  const { strays, seenAt, fence } = input;
  if (fence !== undefined) await assertJobLease(context, fence);
  const batchSize = Math.min(MAX_ROWS, Math.floor(capabilities.maxBoundValues / VALUES_PER_ROW));
  for (let start = 0; start < strays.length; start += batchSize) {
    const rows = strays.slice(start, start + batchSize).map(({ kind, name, sizeBytes }) => ({
      kind,
      name,
      size: sizeBytes,
      first_seen_at: seenAt,
      last_seen_at: seenAt,
    }));
    await tx
      .insertInto('strays')
      .values(rows)
      .onConflict((conflict) => conflict.columns(['kind', 'name']).doUpdateSet({ last_seen_at: seenAt }))
      .execute();
  }
}

export interface EndSweepInput {
  /** When the sweep began: what it has not seen again is no stray any more. */
  readonly beganAt: number;
  readonly fence?: JobFence | undefined;
}

/** Ends a sweep that has read every listing to its end; only then does what it has seen count. */
export async function endSweep(context: InstanceTransaction, { beganAt, fence }: EndSweepInput): Promise<void> {
  if (fence !== undefined) await assertJobLease(context, fence);
  const state = await lockCollectionState(context);
  await context.tx.deleteFrom('strays').where('last_seen_at', '<', beganAt).execute();
  await writeCollectionState(context, state, { sweptAt: beganAt });
}

export interface DueStraysInput {
  readonly kind: StrayKind;
  readonly graceMs: number;
  readonly now: number;
  /** Names after this one. */
  readonly after: string;
  readonly limit: number;
}

/** Strays of a kind that two sweeps, the last complete one and another at least the grace before it, have seen. */
export async function listDueStrays(db: Kysely<InstanceSchema>, input: DueStraysInput): Promise<readonly Stray[]> {
  const { kind, graceMs, now, after, limit } = input;
  const { sweptAt } = await readCollectionState(db);
  if (sweptAt === null) return [];
  const query = db
    .selectFrom('strays')
    .select(['name', 'size'])
    .where('kind', '=', kind)
    .where('name', '>', after)
    .where('last_seen_at', '>=', sweptAt)
    .where('first_seen_at', '<=', sweptAt - Math.max(graceMs, 1))
    .orderBy('name')
    .limit(limit);
  // The pass ends the expired ones first.
  const oldest = await findOldestUpload(db, now);
  const rows = await (oldest === undefined || kind === 'upload'
    ? query
    : query.where('first_seen_at', '<', oldest - Math.floor(graceMs / 2))
  ).execute();
  return rows.map((row) => ({ kind, name: row.name, sizeBytes: row.size }));
}

/** When the oldest of the open uploads that do not expire before `after` was begun. */
async function findOldestUpload(db: Kysely<InstanceSchema>, after: number): Promise<number | undefined> {
  const row = await db
    .selectFrom('uploads')
    .select((upload) => upload.fn.min('created_at').as('oldest'))
    .where('expires_at', '>', after)
    .executeTakeFirst();
  return row?.oldest ?? undefined;
}

export interface CondemnStraysInput {
  readonly names: readonly string[];
  readonly graceMs: number;
  readonly now: number;
  readonly isConfirmed: boolean;
  readonly budgetBytes: number;
  readonly fence?: JobFence | undefined;
}

/**
 * Makes stray objects blobs that are being removed. An object may be an upload's that is about to become a blob: such an
 * upload is older than the first sighting and its row goes with the commit, so while one so old is open nothing is
 * condemned; and the key of a stored copy is unique, so one that has become a blob is left alone. That makes this safe
 * whatever the grace, half of which makes up for clocks that differ.
 * @returns how many were condemned, and their bytes
 */
export async function condemnStrays(
  context: InstanceTransaction,
  input: CondemnStraysInput,
): Promise<{ readonly count: number; readonly bytes: number }> {
  const { tx } = context;
  const { names, now, graceMs, fence, isConfirmed } = input;
  if (fence !== undefined) await assertJobLease(context, fence, now);
  const state = await lockCollectionState(context);
  if ((await findCollectionHold(tx, now)) !== undefined) return { count: 0, bytes: 0 };
  const rows = await tx
    .selectFrom('strays')
    .select(['name', 'size'])
    .where('kind', '=', 'object')
    .where('name', 'in', [...names])
    .where('first_seen_at', '<', ((await findOldestUpload(tx, 0)) ?? Number.MAX_SAFE_INTEGER) - Math.floor(graceMs / 2))
    .orderBy('name')
    .execute();
  let bytes = 0;
  let count = 0;
  for (const { name, size } of rows) {
    if (bytes + size > input.budgetBytes) break;
    const condemned = await tx
      .insertInto('blobs')
      .values({
        size,
        storage_key: name,
        encoding: 'unknown',
        key_id: null,
        lost_at: null,
        created_at: now,
        review_after: now,
        deleting_at: now,
      })
      .onConflict((conflict) => conflict.column('storage_key').doNothing())
      .executeTakeFirst();
    if ((condemned.numInsertedOrUpdatedRows ?? 0n) > 0n) {
      bytes += size;
      count += 1;
    }
    await tx.deleteFrom('strays').where('kind', '=', 'object').where('name', '=', name).execute();
  }
  const spent = isConfirmed
    ? { confirmedBytes: state.confirmedBytes - bytes }
    : { removedBytes: state.removedBytes + bytes };
  await writeCollectionState(context, state, spent);
  return { count, bytes };
}

export interface ForgetStrayUploadInput {
  readonly id: string;
  readonly fence?: JobFence | undefined;
}

export async function forgetStrayUpload(
  context: InstanceTransaction,
  { id, fence }: ForgetStrayUploadInput,
): Promise<void> {
  if (fence !== undefined) await assertJobLease(context, fence);
  await context.tx.deleteFrom('strays').where('kind', '=', 'upload').where('name', '=', id).execute();
}
