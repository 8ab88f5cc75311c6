import { type AuditLine, auditOrigin } from '@roadstead/archive';
import type { Kysely } from 'kysely';
import type { InstanceSchema } from '../../db/instance/schema.ts';
import { readAuditState } from './audit-state.ts';
import { type KeptCheckpoint, listCheckpoints } from './checkpoints.ts';
import { formatJournalPayload, type JournalEntryRow } from './journal-payload.ts';
import { SEGMENT_ENTRIES, type SegmentEntry, unpackEntries } from './segment.ts';

export interface ExportLinesInput {
  readonly db: Kysely<InstanceSchema>;
  readonly instanceId: string;
  readonly keys: readonly string[];
  readonly size: number;
  /**
   * Asked at the end: up to which size it goes on. What was erased meanwhile is a stump already, and the entry that tells of it has
   * to be in the same file.
   */
  readonly extend: (size: number) => Promise<number>;
  readonly now: number;
}

const CHECKPOINTS_PER_PAGE = 500;
const ROWS_PER_PAGE = 1_000;

/** The log in lines, a segment at a time: what it needs of memory does not grow with the log. */
export async function* exportAuditLines(
  input: ExportLinesInput,
): AsyncGenerator<readonly AuditLine[], void, undefined> {
  const { db, instanceId, keys, now, extend } = input;
  let { size } = input;
  yield [
    {
      type: 'header',
      format: 'roadstead-audit',
      version: 1,
      origin: auditOrigin(instanceId),
      exportedAt: new Date(now).toISOString(),
    },
    ...keys.map((key) => ({ type: 'key', key }) as const),
  ];
  let checkpoints = readCheckpoints(db, 0);
  let next = (await checkpoints.next()).value;
  for (let position = 0; position < size; ) {
    const number = Math.floor(position / SEGMENT_ENTRIES);
    const first = number * SEGMENT_ENTRIES;
    const found = (await readEntryLines(db, number)).slice(position - first, size - first);
    const lines: AuditLine[] = [];
    for (const line of found) {
      lines.push(line);
      position += 1;
      while (next !== undefined && next.size <= position) {
        lines.push(toCheckpointLine(next));
        next = (await checkpoints.next()).value;
      }
    }
    yield lines;
    // A segment that is gone, or shorter than it was, leaves a hole.
    position = Math.min(first + SEGMENT_ENTRIES, size);
    if (position < size) continue;
    size = await extend(size);
    // New ones may have come behind the last that was read.
    checkpoints = readCheckpoints(db, Math.max(position, next?.size ?? 0));
    next ??= (await checkpoints.next()).value;
  }
  for (; next !== undefined && next.size <= size; next = (await checkpoints.next()).value)
    yield [toCheckpointLine(next)];
  yield* exportUnlogged(db);
  yield [{ type: 'end', size }];
}

async function* readCheckpoints(
  db: Kysely<InstanceSchema>,
  from: number,
): AsyncGenerator<KeptCheckpoint, undefined, undefined> {
  for (let after = from; ; ) {
    const page = await listCheckpoints(db, after, CHECKPOINTS_PER_PAGE);
    yield* page;
    const last = page.at(-1);
    if (last === undefined) return undefined;
    after = last.size;
  }
}

function toCheckpointLine({ note, peaks }: KeptCheckpoint): AuditLine {
  return { type: 'checkpoint', note, peaks: peaks.map((peak) => peak.toString('hex')) };
}

async function readEntryLines(db: Kysely<InstanceSchema>, number: number): Promise<readonly AuditLine[]> {
  // Erasures between the two reads would look like rows that are gone: the rows come first.
  const ids = (await readSegment(db, number)).map(({ id }) => id);
  if (ids.length === 0) return [];
  const rows = await db.selectFrom('journal').selectAll().where('id', 'in', ids).execute();
  const byId = new Map(rows.map((row) => [row.id, row]));
  const entries = await readSegment(db, number);
  return entries.map((entry, index) => toLine(number * SEGMENT_ENTRIES + index, entry, byId.get(entry.id)));
}

async function readSegment(db: Kysely<InstanceSchema>, number: number): Promise<readonly SegmentEntry[]> {
  const row = await db.selectFrom('audit_segments').select('entries').where('number', '=', number).executeTakeFirst();
  return row === undefined ? [] : unpackEntries(row.entries);
}

function toLine(
  position: number,
  { id, at, salt, payloadHash }: SegmentEntry,
  row: JournalEntryRow | undefined,
): AuditLine {
  const leaf = { position, id, at, hash: payloadHash.toString('hex') };
  if (salt === undefined) return { type: 'stump', ...leaf };
  if (row === undefined) return { type: 'missing', ...leaf };
  return { type: 'entry', ...leaf, salt: salt.toString('hex'), payload: formatJournalPayload(row) };
}

/** A row in the place of one that was erased is none that the log knows. */
async function readProvableIds(db: Kysely<InstanceSchema>, after: number, last: number): Promise<ReadonlySet<number>> {
  const segments = await db
    .selectFrom('audit_segments')
    .select('entries')
    .where('max_id', '>', after)
    .where('min_id', '<=', last)
    .execute();
  const entries = segments.flatMap((segment) => unpackEntries(segment.entries));
  return new Set(entries.filter(({ salt }) => salt !== undefined).map(({ id }) => id));
}

/** Rows that the log has no entry for, though it has looked at all up to there. */
async function* exportUnlogged(db: Kysely<InstanceSchema>): AsyncGenerator<readonly AuditLine[], void, undefined> {
  const { settledId } = await readAuditState(db);
  for (let after = Number.MIN_SAFE_INTEGER; ; ) {
    const ids = await db
      .selectFrom('journal')
      .select('id')
      .where('id', '>', after)
      .where('id', '<=', settledId)
      .orderBy('id')
      .limit(ROWS_PER_PAGE)
      .execute();
    const last = ids.at(-1)?.id;
    if (last === undefined) return;
    const known = await readProvableIds(db, after, last);
    const unlogged = ids.map(({ id }) => id).filter((id) => !known.has(id));
    if (unlogged.length > 0) {
      const rows = await db.selectFrom('journal').selectAll().where('id', 'in', unlogged).orderBy('id').execute();
      yield rows.map((row) => ({ type: 'unlogged', id: row.id, payload: formatJournalPayload(row) }) as const);
    }
    after = last;
  }
}
