import type { Kysely } from 'kysely';
import type { InstanceDatabase } from '../../../db/instance/instance-database.ts';
import type { InstanceSchema } from '../../../db/instance/schema.ts';
import { listJournalWriters } from '../../../journal/list-journal-writers.ts';
import { type AuditEntry, ENTRY_COLUMNS, toAuditEntry } from '../audit-entry.ts';
import { type ForwardingGap, findHoles, waitFor, withoutIds } from './forwarding-gaps.ts';
import type { StoredForwarding } from './forwarding-rows.ts';

export interface ForwardingBatch {
  /** What came late first, then what follows. */
  readonly entries: readonly AuditEntry[];
  /** Where it is when they are sent. */
  readonly lastId: number;
  readonly gaps: readonly ForwardingGap[];
  /** There is nothing more by now. */
  readonly isLast: boolean;
}

export interface ReadForwardingBatchOptions {
  readonly limit: number;
  /** Of gaps: when there are so many it waits until some are over. Default: 2,000. */
  readonly maxGaps?: number;
}

const DEFAULT_MAX_GAPS = 2_000;
const GAPS_IN_A_QUERY = 200;

/**
 * The next entries, in the order of their ids, and those that were committed after higher ones. The order of the reads matters:
 * a gap is given up only if its ids are missing after every transaction has ended that was open when it was seen.
 */
export async function readForwardingBatch(
  { reader, capabilities }: Pick<InstanceDatabase, 'reader' | 'capabilities'>,
  { lastId, gaps }: Pick<StoredForwarding, 'lastId' | 'gaps'>,
  { limit, maxGaps = DEFAULT_MAX_GAPS }: ReadForwardingBatchOptions,
): Promise<ForwardingBatch> {
  const { openWriters } = capabilities;
  if (openWriters === undefined) {
    const rows = await selectAfter(reader, lastId, limit);
    const isLast = rows.length < limit;
    return { entries: rows.map(toAuditEntry), lastId: rows.at(-1)?.id ?? lastId, gaps: [], isLast };
  }
  const open = gaps.length === 0 ? [] : await listJournalWriters(reader, openWriters);
  const late = await selectInGaps(reader, gaps, limit);
  const isWhole = late.length < limit;
  const left = withoutIds(
    gaps,
    late.map(({ id }) => id),
  )
    .map((gap) => waitFor(gap, open))
    .filter(({ writers: waited }) => !isWhole || waited.length > 0);
  const rows = isWhole ? await selectAfter(reader, lastId, limit - late.length) : [];
  const holes = findHoles(
    lastId,
    rows.map(({ id }) => id),
  );
  const writers = holes.length === 0 ? [] : await listJournalWriters(reader, openWriters);
  const room = Math.max(0, maxGaps - left.length);
  const noted = holes.slice(0, room).map((hole) => ({ ...hole, writers }));
  const barrier = holes[room]?.from ?? Number.POSITIVE_INFINITY;
  const taken = rows.filter(({ id }) => id < barrier);
  return {
    entries: [...late, ...taken].map(toAuditEntry),
    lastId: taken.at(-1)?.id ?? lastId,
    gaps: [...left, ...noted],
    isLast: isWhole && late.length + rows.length < limit,
  };
}

function selectAfter(reader: Kysely<InstanceSchema>, lastId: number, limit: number) {
  return reader
    .selectFrom('journal')
    .select(ENTRY_COLUMNS)
    .where('id', '>', lastId)
    .orderBy('id')
    .limit(limit)
    .execute();
}

async function selectInGaps(reader: Kysely<InstanceSchema>, gaps: readonly ForwardingGap[], limit: number) {
  const rows: Awaited<ReturnType<typeof selectAfter>> = [];
  const ascending = gaps.toSorted((left, right) => left.from - right.from);
  for (let start = 0; start < ascending.length && rows.length < limit; start += GAPS_IN_A_QUERY) {
    const some = ascending.slice(start, start + GAPS_IN_A_QUERY);
    const found = await reader
      .selectFrom('journal')
      .select(ENTRY_COLUMNS)
      .where((entry) => entry.or(some.map(({ from, to }) => entry.between('id', from, to))))
      .orderBy('id')
      .limit(limit - rows.length)
      .execute();
    rows.push(...found);
  }
  return rows;
}
