import type { BlobStorage } from '../../drivers/blob-storage/blob-storage.ts';
import {
  type BaseEndHeader,
  checksumOf,
  packRecord,
  type RecordHeader,
  RecordPacker,
  type RecordRef,
} from './record.ts';
import { nameBaseEnd, nameBasePart } from './record-names.ts';
import { findRecoveredTable, RECOVERED_TABLES, type RecoveredTable } from './recovered-tables.ts';
import type { BaseBuild, RecoveryState } from './recovery-state.ts';
import { toRowLines } from './row-text.ts';
import { selectPage } from './select-rows.ts';
import type { ShipAttempt, ShipperDeps } from './shipper.ts';

/** When a base is made, and how. */
export interface BaseLimits {
  /** Records of changes, after which the next base begins. */
  readonly maxRecords: number;
  /** Their bytes, or half of those of the base where that is more, up to `maxBytes`. */
  readonly minBytes: number;
  readonly maxBytes: number;
  /** How long one run works at it: changes wait for it. */
  readonly runMs: number;
  readonly rowsPerPart: number;
}

const MIB = 1024 * 1024;

export const DEFAULT_BASE_LIMITS: BaseLimits = {
  maxRecords: 2_000,
  minBytes: 16 * MIB,
  maxBytes: 128 * MIB,
  runMs: 2_000,
  rowsPerPart: 10_000,
};

const ROWS_PER_PAGE = 500;
const MAX_PAGE_BYTES = MIB;
const MAX_PART_CHARACTERS = 8 * MIB;

/** Writes all rows in parts, some in each run, each read back before it counts. */
export class BaseWriter {
  readonly #deps: ShipperDeps;
  readonly #limits: BaseLimits;
  readonly #note: (state: RecoveryState) => Promise<void>;

  constructor(deps: ShipperDeps, limits: BaseLimits, note: (state: RecoveryState) => Promise<void>) {
    this.#deps = deps;
    this.#limits = limits;
    this.#note = note;
  }

  /** Begins a base where one is due, and goes on with the one that has begun, for a while. */
  async goOn(attempt: ShipAttempt, from: RecoveryState): Promise<RecoveryState> {
    let state = from.building === null && this.#isDue(from) ? this.#begin(from) : from;
    const endsAt = this.#deps.clock.now() + this.#limits.runMs;
    while (state.building?.table !== undefined) {
      attempt.signal.throwIfAborted();
      state = { ...state, building: await this.#writePart(attempt, state, state.building) };
      await this.#note(state);
      if (this.#deps.clock.now() >= endsAt) break;
    }
    return state;
  }

  hasAllParts({ building }: RecoveryState): boolean {
    return building !== null && building.table === undefined;
  }

  /** Once all changes were shipped that came while the parts were read. */
  async end(attempt: ShipAttempt, state: RecoveryState): Promise<RecoveryState> {
    const { building, lineage } = state;
    if (building === null) return state;
    const header: BaseEndHeader = {
      ...this.#common(lineage),
      kind: 'base-end',
      base: building.number,
      parts: building.parts,
      after: building.after,
      settledSeq: state.last?.seq ?? 0,
      replaces: state.replaces,
    };
    const name = nameBaseEnd(lineage, building.number, attempt.fence.token);
    const end = await this.#put(attempt, name, await packRecord({ header, lines: [] }));
    const ended: RecoveryState = {
      ...state,
      building: null,
      base: { number: building.number, end, after: building.after, bytes: building.bytes },
      // The base before stays, and with it the changes since: it could take this one's place.
      keptFromSeq: (state.base?.after?.seq ?? 0) + 1,
    };
    await this.#note(ended);
    return ended;
  }

  #isDue({ base, bytesSinceBase, recordsSinceBase }: RecoveryState): boolean {
    if (base === null) return true;
    const { maxRecords, minBytes, maxBytes } = this.#limits;
    const limit = Math.min(maxBytes, Math.max(minBytes, base.bytes / 2));
    return recordsSinceBase >= maxRecords || bytesSinceBase >= limit;
  }

  #begin(state: RecoveryState): RecoveryState {
    const number = (state.base?.number ?? 0) + 1;
    const building = { number, after: state.last, parts: [], bytes: 0, table: RECOVERED_TABLES[0]?.name };
    return { ...state, building, bytesSinceBase: 0, recordsSinceBase: 0 };
  }

  async #writePart(attempt: ShipAttempt, { lineage }: RecoveryState, build: BaseBuild): Promise<BaseBuild> {
    const table = findRecoveredTable(build.table ?? '');
    if (table === undefined) return { ...build, table: undefined };
    const { rows, key, isEnd } = await this.#packRows(table, build.key);
    const next = isEnd ? RECOVERED_TABLES[RECOVERED_TABLES.indexOf(table) + 1]?.name : table.name;
    if (rows.lines === 0) return { ...build, table: next, key: undefined };
    const part = build.parts.length + 1;
    const header = { ...this.#common(lineage), kind: 'base-part' as const, base: build.number, part };
    const bytes = await rows.end(header);
    const ref = await this.#put(attempt, nameBasePart(lineage, build.number, part, attempt.fence.token), bytes);
    return {
      ...build,
      parts: [...build.parts, ref],
      bytes: build.bytes + bytes.length,
      table: next,
      key: isEnd ? undefined : key,
    };
  }

  /** Page by page, so that requests get their turn in between, and no more than a page is held as it is. */
  async #packRows(table: RecoveredTable, after: string | undefined) {
    const { database, secrets } = this.#deps;
    const { rowsPerPart } = this.#limits;
    const maxRows = Math.min(ROWS_PER_PAGE, rowsPerPart);
    const packer = new RecordPacker();
    let key = after;
    for (let characters = 0; packer.lines < rowsPerPart && characters < MAX_PART_CHARACTERS; ) {
      const rows = await selectPage(database.reader, table, { after: key, maxRows, maxBytes: MAX_PAGE_BYTES });
      if (rows.length === 0) return { rows: packer, key, isEnd: true };
      const lines = await toRowLines(rows, await secrets.envelope());
      await packer.add(lines);
      characters += lines.reduce((sum, { length }) => sum + length, 0);
      key = rows.at(-1)?.key;
    }
    return { rows: packer, key, isEnd: false };
  }

  /** What it stands for is removed later, so it has to be there. */
  async #put(attempt: ShipAttempt, name: string, bytes: Buffer): Promise<RecordRef> {
    const { storage } = this.#deps;
    await attempt.confirm();
    await storage.putRecord(name, bytes);
    const sha256 = checksumOf(bytes);
    await assertReads(storage, { name, sha256 });
    return { name, sha256 };
  }

  #common(lineage: string): Pick<RecordHeader, 'instance' | 'lineage' | 'at'> {
    return { instance: this.#deps.instanceId, lineage, at: this.#deps.clock.now() };
  }
}

async function assertReads(storage: Pick<BlobStorage, 'readRecord'>, { name, sha256 }: RecordRef): Promise<void> {
  const read = await storage.readRecord(name);
  if (read !== undefined && checksumOf(read) === sha256) return;
  throw new Error(`the blob storage does not return the record ${name} as it was written`);
}
