import { hashPayload, SALT_BYTES } from '@roadstead/archive';
import type { Kysely } from 'kysely';
import type { InstanceSchema } from '../../db/instance/schema.ts';
import type { NewSegment, NewTile } from './append-entries.ts';
import { damagedLog, foldComplete, readTile, splitHashes, TILE_HASHES } from './audit-tree.ts';
import { formatJournalPayload, type JournalEntryRow } from './journal-payload.ts';
import { hashEntries, packEntries, SEGMENT_ENTRIES, type SegmentEntry, unpackEntries } from './segment.ts';

/** What a batch of entries writes. */
export interface LogBatch {
  readonly segments: readonly NewSegment[];
  readonly tiles: readonly NewTile[];
}

/** Works out what the end of the log becomes when entries come to it; it writes nothing itself. */
export class LogWriter {
  readonly #db: Kysely<InstanceSchema>;
  readonly #tiles = new Map<string, Buffer[]>();
  #number: number;
  #entries: SegmentEntry[];

  private constructor(db: Kysely<InstanceSchema>, number: number, entries: readonly SegmentEntry[]) {
    this.#db = db;
    this.#number = number;
    this.#entries = [...entries];
  }

  static async open(db: Kysely<InstanceSchema>): Promise<LogWriter> {
    const row = await db
      .selectFrom('audit_segments')
      .select(['number', 'entries'])
      .orderBy('number', 'desc')
      .limit(1)
      .executeTakeFirst();
    if (row === undefined) return new LogWriter(db, 0, []);
    const entries = unpackEntries(row.entries);
    return entries.length === SEGMENT_ENTRIES
      ? new LogWriter(db, row.number + 1, [])
      : new LogWriter(db, row.number, entries);
  }

  /** @param salts 16 random bytes for each row */
  async append(rows: readonly JournalEntryRow[], salts: Buffer): Promise<LogBatch> {
    const segments: NewSegment[] = [];
    const changed = new Map<string, NewTile>();
    for (const [index, row] of rows.entries()) {
      const salt = salts.subarray(index * SALT_BYTES, (index + 1) * SALT_BYTES);
      const payloadHash = hashPayload(salt, formatJournalPayload(row));
      this.#entries.push({ id: row.id, at: row.at, salt, payloadHash });
      if (this.#entries.length < SEGMENT_ENTRIES) continue;
      const segment = this.#segment();
      segments.push(segment);
      await this.#complete(segment, changed);
      this.#number += 1;
      this.#entries = [];
    }
    if (this.#entries.length > 0) segments.push(this.#segment());
    return { segments, tiles: [...changed.values()] };
  }

  #segment(): NewSegment {
    const ids = this.#entries.map(({ id }) => id);
    return {
      number: this.#number,
      minId: Math.min(...ids),
      maxId: Math.max(...ids),
      entries: packEntries(this.#entries),
    };
  }

  async #complete(segment: NewSegment, changed: Map<string, NewTile>): Promise<void> {
    let [hash, index] = [foldComplete(hashEntries(segment.entries)), segment.number];
    for (let level = 1; ; level += 1) {
      const number = Math.floor(index / TILE_HASHES);
      const slot = index % TILE_HASHES;
      const hashes = await this.#tile(level, number);
      if (hashes.length < slot) throw damagedLog();
      hashes.length = slot;
      hashes.push(hash);
      changed.set(`${level}:${number}`, { level, number, hashes: Buffer.concat(hashes) });
      if (hashes.length < TILE_HASHES) return;
      [hash, index] = [foldComplete(hashes), number];
    }
  }

  async #tile(level: number, number: number): Promise<Buffer[]> {
    const key = `${level}:${number}`;
    let hashes = this.#tiles.get(key);
    if (hashes === undefined) {
      hashes = [...splitHashes(await readTile(this.#db, level, number))];
      this.#tiles.set(key, hashes);
    }
    return hashes;
  }
}
