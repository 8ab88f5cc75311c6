import type { InstanceDatabase } from '../../db/instance/instance-database.ts';
import type { BlobStorage } from '../../drivers/blob-storage/blob-storage.ts';
import type { JobFence } from '../../jobs/job-fence.ts';
import type { Clock } from '../../kernel/clock.ts';
import type { Ids } from '../../kernel/ids.ts';
import type { Secrets } from '../../kernel/secrets-envelope.ts';
import { type BaseLimits, BaseWriter, DEFAULT_BASE_LIMITS } from './base-writer.ts';
import { pruneRecords } from './prune-records.ts';
import { readChanges } from './read-changes.ts';
import { type ChainLink, checksumOf, type HeadHeader, packRecord, type RecordHeader, unpackRecord } from './record.ts';
import { HEAD_NAME, nameChanges } from './record-names.ts';
import { createRecoveryState, findRecoveryState, type RecoveryState, recordShipment } from './recovery-state.ts';
import { toRowLines } from './row-text.ts';

export interface ShipperDeps {
  readonly instanceId: string;
  readonly database: InstanceDatabase;
  readonly storage: Pick<BlobStorage, 'putRecord' | 'readRecord' | 'listRecords' | 'deleteRecord'>;
  readonly secrets: Pick<Secrets, 'envelope'>;
  readonly clock: Clock;
  readonly ids: Pick<Ids, 'hex'>;
  readonly limits?: Partial<BaseLimits>;
}

/** An attempt that holds the lease. */
export interface ShipAttempt {
  readonly fence: JobFence;
  readonly signal: AbortSignal;
  /** @throws when the lease is lost */
  confirm(): Promise<void>;
}

export interface ShipReport {
  readonly records: number;
  readonly rows: number;
  readonly bytes: number;
  /** Of the base that was ended. */
  readonly base: number | undefined;
  readonly prunedRecords: number;
}

/** Changes that one command reads: other writes wait for it where there is one writer. It grows while it is not enough. */
const FIRST_LIMIT = 500;
const MAX_LIMIT = 2_000;
const MAX_BYTES = 8 * 1024 * 1024;
const LINEAGE_BYTES = 8;
/** How often the head says that nothing has changed. */
const HEAD_INTERVAL_MS = 300_000;

/**
 * Ships what a lost database is restored from to the blob storage: the rows that have changed, in records that are chained by
 * their checksums, and from time to time all rows (a base), so that a rebuild takes a bounded time. Each step may be repeated: a
 * record that was written and not noted is written again, under another name.
 *
 * What was shipped is exactly one state of the database at every settled record. A row that differs between two such states was
 * changed by a transaction that the second state has and the first has not; the database has noted that change in the same
 * transaction, so the note is in the second state, and it is forgotten only after the row was shipped as it is in a state that
 * has the note.
 */
export class Shipper {
  readonly #deps: ShipperDeps;
  readonly #limits: BaseLimits;
  #isChecked = false;
  #headAt = Number.NEGATIVE_INFINITY;

  constructor(deps: ShipperDeps) {
    this.#deps = deps;
    this.#limits = { ...DEFAULT_BASE_LIMITS, ...deps.limits };
  }

  /** Ships everything that has changed, and goes on with a base for a while. */
  async run(attempt: ShipAttempt): Promise<ShipReport> {
    let state = await this.#findState(attempt);
    const shipped = await this.#shipChanges(attempt, state);
    state = shipped.state;
    const base = new BaseWriter(this.#deps, this.#limits, (next) => this.#note(attempt, next, []));
    state = await base.goOn(attempt, state);
    let ended: number | undefined;
    let pruned = 0;
    if (base.hasAllParts(state)) {
      // What has changed while the parts were read: only with it the base is one state.
      const rest = await this.#shipChanges(attempt, state);
      state = await base.end(attempt, rest.state);
      ended = state.base?.number;
      await this.#putHead(attempt, state, rest.seenAt);
      pruned = await pruneRecords(this.#deps.storage, state, attempt);
    }
    if (shipped.seenAt >= this.#headAt + HEAD_INTERVAL_MS) await this.#putHead(attempt, state, shipped.seenAt);
    const { records, rows, bytes } = shipped;
    return { records, rows, bytes, base: ended, prunedRecords: pruned };
  }

  async #shipChanges(attempt: ShipAttempt, from: RecoveryState) {
    let state = from;
    const sum = { records: 0, rows: 0, bytes: 0 };
    for (let limit = FIRST_LIMIT; ; limit = Math.min(2 * limit, MAX_LIMIT)) {
      attempt.signal.throwIfAborted();
      const at = this.#deps.clock.now();
      if (!(await this.#hasChanges())) return { state, seenAt: at, ...sum };
      const read = await this.#deps.database.execute(readChanges, { limit, maxBytes: MAX_BYTES });
      if (read.changeIds.length === 0) return { state, seenAt: at, ...sum };
      const lines = await toRowLines(read.rows, await this.#deps.secrets.envelope());
      const { link, bytes } = await this.#shipRecord(attempt, state, { at, settled: read.isSettled, lines });
      state = {
        ...state,
        last: link,
        shippedAt: at,
        bytesSinceBase: state.bytesSinceBase + bytes,
        recordsSinceBase: state.recordsSinceBase + 1,
      };
      await this.#putHead(attempt, state, at);
      await this.#note(attempt, state, read.changeIds);
      sum.records += 1;
      sum.rows += lines.length;
      sum.bytes += bytes;
      if (read.isSettled) return { state, seenAt: at, ...sum };
    }
  }

  /** A look that keeps no writer busy: most times there is nothing. */
  async #hasChanges(): Promise<boolean> {
    const { reader } = this.#deps.database;
    return (await reader.selectFrom('row_changes').select('id').limit(1).executeTakeFirst()) !== undefined;
  }

  async #shipRecord(
    attempt: ShipAttempt,
    { lineage, last }: RecoveryState,
    { at, settled, lines }: { readonly at: number; readonly settled: boolean; readonly lines: readonly string[] },
  ): Promise<{ readonly link: ChainLink; readonly bytes: number }> {
    const seq = (last?.seq ?? 0) + 1;
    const previous = last === null ? null : { name: last.name, sha256: last.sha256 };
    const header = { ...this.#common(lineage, at), kind: 'changes' as const, seq, previous, settled };
    const bytes = await packRecord({ header, lines });
    const name = nameChanges(lineage, seq, attempt.fence.token);
    await attempt.confirm();
    await this.#deps.storage.putRecord(name, bytes);
    return { link: { seq, name, sha256: checksumOf(bytes) }, bytes: bytes.length };
  }

  #note({ fence }: ShipAttempt, state: RecoveryState, changeIds: readonly number[]): Promise<void> {
    return this.#deps.database.execute(recordShipment, { state, changeIds, fence, now: this.#deps.clock.now() });
  }

  /** @param at when the last look at the changes was taken: up to then `last` has them all, if it is settled */
  async #putHead(attempt: ShipAttempt, { lineage, last, base }: RecoveryState, at: number): Promise<void> {
    const header: HeadHeader = { ...this.#common(lineage, at), kind: 'head', last, base: base?.end ?? null };
    const bytes = await packRecord({ header, lines: [] });
    await attempt.confirm();
    await this.#deps.storage.putRecord(HEAD_NAME, bytes);
    this.#headAt = at;
  }

  #common(lineage: string, at: number): Pick<RecordHeader, 'instance' | 'lineage' | 'at'> {
    return { instance: this.#deps.instanceId, lineage, at };
  }

  /**
   * Where the shipping goes on. A database that was brought back from a backup is behind what lies in the storage: its records
   * would not fit behind those, so it begins a lineage of its own. So does one that has shipped nothing yet, or has not for a while.
   */
  async #findState(attempt: ShipAttempt): Promise<RecoveryState> {
    const state = await findRecoveryState(this.#deps.database.reader);
    if (state !== undefined && (this.#isChecked || !(await this.#isBehind(state)))) {
      this.#isChecked = true;
      return state;
    }
    const lineage = this.#deps.ids.hex(LINEAGE_BYTES);
    const created = createRecoveryState(lineage, state === undefined ? [] : [...state.replaces, state.lineage]);
    await this.#note(attempt, created, []);
    this.#isChecked = true;
    return created;
  }

  async #isBehind({ lineage, last, base, isOver }: RecoveryState): Promise<boolean> {
    if (isOver === true) return true;
    const bytes = await this.#deps.storage.readRecord(HEAD_NAME);
    // The blobs were moved to another storage, and the records were not.
    if (bytes === undefined) return last !== null || base !== null;
    const head = await findHead(bytes);
    if (head === undefined) return false;
    if (head.lineage !== lineage) return true;
    // One more is what a crash leaves between the record and the note of it.
    return (head.last?.seq ?? 0) > (last?.seq ?? 0) + 1;
  }
}

/** @returns undefined when it is damaged: the next one takes its place */
async function findHead(bytes: Uint8Array): Promise<HeadHeader | undefined> {
  try {
    const { header } = await unpackRecord(HEAD_NAME, bytes);
    return header.kind === 'head' ? header : undefined;
  } catch {
    return undefined;
  }
}
