import { ERASED_KIND } from '@roadstead/archive';
import type { Kysely } from 'kysely';
import type { InstanceDatabase, InstanceTransaction } from '../../db/instance/instance-database.ts';
import type { InstanceSchema } from '../../db/instance/schema.ts';
import type { JobFence } from '../../jobs/job-fence.ts';
import { appendJournal } from '../../journal/journal.ts';
import type { Actor } from '../../kernel/actor.ts';
import { readAuditState } from './audit-state.ts';
import { eraseAuditEntries } from './erase-entries.ts';

const SETTING = 'audit.retention';
const DAY_MS = 24 * 3_600_000;
const BATCH = 1_000;

/** For how many days entries are kept; undefined: for ever. */
export async function readRetentionDays(db: Kysely<InstanceSchema>): Promise<number | undefined> {
  const row = await db.selectFrom('settings').select('value').where('name', '=', SETTING).executeTakeFirst();
  const { days } = JSON.parse(row?.value ?? '{}') as { readonly days?: number | null };
  return days ?? undefined;
}

export interface SetRetentionInput {
  /** Null: for ever. */
  readonly days: number | null;
  readonly actor: Actor;
  readonly now: number;
}

export async function setAuditRetention({ tx }: InstanceTransaction, input: SetRetentionInput): Promise<void> {
  const { days, actor, now } = input;
  const before = (await readRetentionDays(tx)) ?? null;
  const value = JSON.stringify({ days });
  await tx
    .insertInto('settings')
    .values({ name: SETTING, value })
    .onConflict((conflict) => conflict.column('name').doUpdateSet({ value }))
    .execute();
  await appendJournal(tx, { at: now, actor, kind: 'audit-retention.set', detail: { days, before } });
}

export interface RetainInput {
  readonly database: InstanceDatabase;
  readonly now: number;
  /** Up to here every other reader of the journal has read. */
  readonly readUpTo: number;
  readonly jobFence?: JobFence | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Makes stumps of what is older than is kept. @returns how many */
export async function retainAuditLog({ database, now, readUpTo, jobFence, signal }: RetainInput): Promise<number> {
  const days = await readRetentionDays(database.reader);
  const nextAt = await findNextRetention(database.reader);
  if (days === undefined || nextAt === undefined || nextAt > now) return 0;
  let count = 0;
  for (;;) {
    signal?.throwIfAborted();
    const { settledId } = await readAuditState(database.reader);
    const oldest = await listOldest(database.reader, Math.min(settledId, readUpTo), BATCH);
    const ids = oldest.filter(({ at }) => at < now - days * DAY_MS).map(({ id }) => id);
    const erased = await database.execute(eraseAuditEntries, { ids, reason: 'retention', now, jobFence });
    count += erased;
    if (erased === 0 || oldest.length < BATCH) return count;
  }
}

/** When the next entry is old enough; undefined when nothing is erased by its age. */
export async function findNextRetention(db: Kysely<InstanceSchema>): Promise<number | undefined> {
  const days = await readRetentionDays(db);
  if (days === undefined) return undefined;
  const [oldest] = await listOldest(db, Number.MAX_SAFE_INTEGER, 1);
  return oldest === undefined ? undefined : oldest.at + days * DAY_MS + 1;
}

/** What tells of erasures is kept: it is what a stump is proved by, and it names nobody. */
function listOldest(db: Kysely<InstanceSchema>, upTo: number, limit: number) {
  return db
    .selectFrom('journal')
    .select(['id', 'at'])
    .where('id', '<=', upTo)
    .where('kind', '!=', ERASED_KIND)
    .orderBy('id')
    .limit(limit)
    .execute();
}
