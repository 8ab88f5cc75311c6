import { SALT_BYTES } from '@roadstead/archive';
import type { Kysely } from 'kysely';
import type { InstanceDatabase } from '../../db/instance/instance-database.ts';
import type { InstanceSchema } from '../../db/instance/schema.ts';
import type { JobFence } from '../../jobs/job-fence.ts';
import { listJournalWriters } from '../../journal/list-journal-writers.ts';
import type { Clock } from '../../kernel/clock.ts';
import type { Ids } from '../../kernel/ids.ts';
import { appendLogEntries } from './append-entries.ts';
import { type AuditFence, type AuditState, readAuditState } from './audit-state.ts';
import type { JournalEntryRow } from './journal-payload.ts';
import { LogWriter } from './log-writer.ts';
import { readIds } from './segment.ts';

export interface SequencerDeps {
  readonly database: InstanceDatabase;
  readonly clock: Clock;
  readonly ids: Pick<Ids, 'hex'>;
}

/** An attempt at a job, or somebody who waits. */
export interface SequencerAttempt {
  readonly fence?: JobFence | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Some milliseconds of work, during which requests wait. */
const PAGE_ROWS = 500;

/**
 * Gives each row of the journal its place in the log. Rows come in the order of their ids, but one may be committed after others
 * with a higher id; it gets its place when it is seen. So a row is in the log or it is not, whatever its id, and how far the looking
 * need not go back any more is only an optimisation:
 *
 * An id is given by a transaction that has the journal's lock already, and keeps it until it ends. So when everybody who had that
 * lock at some instant has ended, no row with an id up to the highest one of before that instant can come any more. (The oldest
 * running transaction id would not tell: a transaction gets one after it has got the row's id.)
 */
export class Sequencer {
  readonly #deps: SequencerDeps;

  constructor(deps: SequencerDeps) {
    this.#deps = deps;
  }

  /**
   * Takes into the log every row that is in the journal now.
   * @returns how many
   * @throws ProductError CONFLICT when somebody else does so at the same time
   */
  async run({ fence: jobFence, signal }: SequencerAttempt = {}): Promise<number> {
    const { database, clock } = this.#deps;
    const { reader } = database;
    // Before anything that it belongs to.
    let state = await readAuditState(reader);
    const horizon = await this.#look(state);
    if (horizon === undefined) return 0;
    const writer = await LogWriter.open(reader);
    let [after, count, isEnd] = [state.settledId, 0, false];
    while (!isEnd) {
      signal?.throwIfAborted();
      const rows = await selectPage(reader, after);
      isEnd = rows.length < PAGE_ROWS;
      const last = rows.at(-1)?.id ?? after;
      const known = await readKnownIds(reader, after, last);
      after = last;
      const fresh = rows.filter(({ id }) => !known.has(id));
      const settledId = Math.max(state.settledId, isEnd ? horizon.settledId : Math.min(horizon.settledId, after));
      const next = { settledId, fence: horizon.fence };
      if (fresh.length === 0 && isSame(state, next)) continue;
      const batch = fresh.length === 0 ? NOTHING : await writer.append(fresh, this.#salts(fresh.length));
      const input = { ...batch, ...next, revision: state.revision, jobFence, now: clock.now() };
      // What vouches for it is a checkpoint, and with that it is as durable.
      const revision = await database.execute(appendLogEntries, input, 'crash');
      state = { revision, ...next };
      count += fresh.length;
    }
    return count;
  }

  /** Before any row is read: what can come no more is visible by then. Undefined when there is nothing new. */
  async #look({ settledId, fence }: AuditState): Promise<Pick<AuditState, 'settledId' | 'fence'> | undefined> {
    const { reader, capabilities } = this.#deps.database;
    const highestId = await findHighestId(reader);
    if (highestId <= settledId) return fence === undefined ? undefined : { settledId, fence: undefined };
    const writers = await listJournalWriters(reader, capabilities.openWriters);
    if (writers.length === 0) return { settledId: highestId, fence: undefined };
    const hasEnded = fence?.writers.every((writer) => !writers.includes(writer)) === true;
    if (fence !== undefined && !hasEnded) return { settledId, fence };
    return { settledId: Math.max(settledId, fence?.id ?? 0), fence: { id: highestId, writers } };
  }

  #salts(count: number): Buffer {
    return Buffer.from(this.#deps.ids.hex(count * SALT_BYTES), 'hex');
  }
}

const NOTHING = { segments: [], tiles: [] };

/** 0 when there is none. */
export async function findHighestId(db: Kysely<InstanceSchema>): Promise<number> {
  const row = await db.selectFrom('journal').select('id').orderBy('id', 'desc').limit(1).executeTakeFirst();
  return row?.id ?? 0;
}

/** Ids of the log behind `after`, up to `last`. */
export async function readKnownIds(
  db: Kysely<InstanceSchema>,
  after: number,
  last: number,
): Promise<ReadonlySet<number>> {
  const segments = await db
    .selectFrom('audit_segments')
    .select('entries')
    .where('max_id', '>', after)
    .where('min_id', '<=', last)
    .execute();
  return new Set(segments.flatMap(({ entries }) => readIds(entries)));
}

function selectPage(db: Kysely<InstanceSchema>, after: number): Promise<readonly JournalEntryRow[]> {
  return db.selectFrom('journal').selectAll().where('id', '>', after).orderBy('id').limit(PAGE_ROWS).execute();
}

function isSame(
  state: AuditState,
  next: { readonly settledId: number; readonly fence: AuditFence | undefined },
): boolean {
  return state.settledId === next.settledId && JSON.stringify(state.fence) === JSON.stringify(next.fence);
}
