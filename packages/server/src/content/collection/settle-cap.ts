import type { Kysely } from 'kysely';
import type { InstanceDatabase, InstanceTransaction } from '../../db/instance/instance-database.ts';
import type { InstanceSchema } from '../../db/instance/schema.ts';
import { assertJobLease, type JobFence } from '../../jobs/job-fence.ts';
import { appendJournal } from '../../journal/journal.ts';
import { systemActor } from '../../kernel/actor.ts';
import type { CollectionSettings } from './collection-settings.ts';
import { lockCollectionState, readCollectionState, writeCollectionState } from './collection-state.ts';
import { nextTurn } from './next-turn.ts';

/** What a pass would remove, as an estimate has it: exact, and marked by nobody yet. */
export interface DueContent {
  readonly bytes: number;
  readonly count: number;
}

export interface SettleCapInput {
  readonly due: DueContent;
  readonly limitBytes: number;
  readonly capWindowMs: number;
  readonly now: number;
  readonly fence?: JobFence | undefined;
}

/** How much a pass may mark, and from what it is taken. */
export interface CollectionBudget {
  readonly bytes: number;
  readonly isConfirmed: boolean;
}

/**
 * Decides how much may be removed: all that is due while the window's cap is not exceeded; else nothing but what was confirmed,
 * and then what is due is noted for somebody to confirm.
 */
export async function settleCap(context: InstanceTransaction, input: SettleCapInput): Promise<CollectionBudget> {
  const { due, limitBytes, capWindowMs, now, fence } = input;
  if (fence !== undefined) await assertJobLease(context, fence, now);
  const state = await lockCollectionState(context);
  const isOver = now < state.capWindowStartedAt || now >= state.capWindowStartedAt + capWindowMs;
  const removedBytes = isOver ? 0 : state.removedBytes;
  const capWindowStartedAt = isOver ? now : state.capWindowStartedAt;
  if (removedBytes + due.bytes <= limitBytes) {
    const change = { removedBytes, capWindowStartedAt, awaiting: null, confirmedBytes: 0 };
    await writeCollectionState(context, state, change);
    return { bytes: limitBytes - removedBytes, isConfirmed: false };
  }
  const awaiting = { bytes: due.bytes, count: due.count, since: state.awaiting?.since ?? now };
  await writeCollectionState(context, state, { removedBytes, capWindowStartedAt, awaiting });
  if (state.awaiting === null) {
    await appendJournal(context.tx, {
      at: now,
      actor: systemActor('collector'),
      kind: 'collection.stopped',
      detail: { bytes: due.bytes, count: due.count, removedBytes, limitBytes },
    });
  }
  return { bytes: state.confirmedBytes, isConfirmed: true };
}

/** The cap in bytes. All stored bytes are only added up when they matter. */
export async function findCapLimit(
  { reader }: InstanceDatabase,
  { capBytes, capShare }: CollectionSettings,
  due: DueContent,
): Promise<number> {
  const { removedBytes } = await readCollectionState(reader);
  if (removedBytes + due.bytes <= capBytes) return capBytes;
  return Math.max(capBytes, Math.floor(capShare * (await sumStoredBytes(reader))));
}

const PAGE_SIZE = 5_000;

async function sumStoredBytes(reader: Kysely<InstanceSchema>): Promise<number> {
  let sum = 0;
  for (let after = 0; ; ) {
    await nextTurn();
    const page = reader
      .selectFrom('blobs')
      .select(['id', 'size'])
      .where('id', '>', after)
      .orderBy('id')
      .limit(PAGE_SIZE);
    const row = await reader
      .selectFrom(page.as('page'))
      .select((blob) => [blob.fn.countAll().as('count'), blob.fn.max('id').as('last'), blob.fn.sum('size').as('bytes')])
      .executeTakeFirstOrThrow();
    sum += Number(row.bytes ?? 0);
    if (Number(row.count) < PAGE_SIZE) return sum;
    after = row.last;
  }
}
