import {
  completeSubtrees,
  consistencyRanges,
  foldPeaks,
  HASH_BYTES,
  inclusionRanges,
  type LeafRange,
  MerkleFrontier,
} from '@roadstead/archive';
import { type Kysely, sql } from 'kysely';
import type { InstanceSchema } from '../../db/instance/schema.ts';
import { ProductError } from '../../kernel/errors.ts';
import { ENTRY_BYTES, hashEntries, SEGMENT_ENTRIES } from './segment.ts';

/** Nodes in one row of a level; the height of a segment's root, too. */
export const TILE_HASHES = 256;
const TILE_HEIGHT = 8;

/**
 * The Merkle tree over the log as it lies in the database. What a proof needs is a few rows, whatever the log's size: leaves are
 * hashed anew from their segment, and higher up the roots of complete subtrees are kept. It remembers what it has read: make one
 * for each piece of work.
 */
export class AuditTree {
  readonly #db: Kysely<InstanceSchema>;
  readonly #leaves = new Map<number, Promise<readonly Buffer[]>>();
  readonly #tiles = new Map<string, Promise<Buffer>>();

  constructor(db: Kysely<InstanceSchema>) {
    this.#db = db;
  }

  /** @param size no more than the log has */
  async frontier(size: number): Promise<MerkleFrontier> {
    return new MerkleFrontier(size, await this.#peaks({ start: 0, end: size }));
  }

  async proveInclusion(position: number, size: number): Promise<readonly Buffer[]> {
    return this.#rootsOf(inclusionRanges(position, size));
  }

  async proveConsistency(from: number, to: number): Promise<readonly Buffer[]> {
    return this.#rootsOf(consistencyRanges(from, to));
  }

  async leafHash(position: number): Promise<Buffer> {
    return this.#subtreeRoot(0, position);
  }

  async #rootsOf(ranges: readonly LeafRange[]): Promise<readonly Buffer[]> {
    const roots: Buffer[] = [];
    for (const range of ranges) roots.push(foldPeaks(await this.#peaks(range)));
    return roots;
  }

  async #peaks(range: LeafRange): Promise<readonly Buffer[]> {
    const peaks: Buffer[] = [];
    for (const { height, index } of completeSubtrees(range)) peaks.push(await this.#subtreeRoot(height, index));
    return peaks;
  }

  async #subtreeRoot(height: number, index: number): Promise<Buffer> {
    const level = Math.floor(height / TILE_HEIGHT);
    const count = 2 ** (height % TILE_HEIGHT);
    const first = index * count;
    const hashes = level === 0 ? await this.#leafHashes(first, count) : await this.#tileHashes(level, first, count);
    if (hashes.length === count) return foldComplete(hashes);
    throw damagedLog();
  }

  async #leafHashes(first: number, count: number): Promise<readonly Buffer[]> {
    const number = Math.floor(first / SEGMENT_ENTRIES);
    let leaves = this.#leaves.get(number);
    if (leaves === undefined) {
      leaves = this.#readSegment(number);
      this.#leaves.set(number, leaves);
    }
    const start = first % SEGMENT_ENTRIES;
    return (await leaves).slice(start, start + count);
  }

  async #readSegment(number: number): Promise<readonly Buffer[]> {
    const row = await this.#db
      .selectFrom('audit_segments')
      .select('entries')
      .where('number', '=', number)
      .executeTakeFirst();
    return row === undefined ? [] : hashEntries(row.entries);
  }

  async #tileHashes(level: number, first: number, count: number): Promise<readonly Buffer[]> {
    const number = Math.floor(first / TILE_HASHES);
    const key = `${level}:${number}`;
    let tile = this.#tiles.get(key);
    if (tile === undefined) {
      tile = readTile(this.#db, level, number);
      this.#tiles.set(key, tile);
    }
    const start = first % TILE_HASHES;
    return splitHashes(await tile).slice(start, start + count);
  }
}

/** How many entries the log has. */
export async function readLogSize(db: Kysely<InstanceSchema>): Promise<number> {
  const row = await db
    .selectFrom('audit_segments')
    .select(['number', sql<number>`octet_length(entries)`.as('bytes')])
    .orderBy('number', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row === undefined ? 0 : row.number * SEGMENT_ENTRIES + Math.floor(row.bytes / ENTRY_BYTES);
}

/** No bytes when there is none. */
export async function readTile(db: Kysely<InstanceSchema>, level: number, number: number): Promise<Buffer> {
  const row = await db
    .selectFrom('audit_tiles')
    .select('hashes')
    .where('level', '=', level)
    .where('number', '=', number)
    .executeTakeFirst();
  return row?.hashes ?? Buffer.alloc(0);
}

export function splitHashes(bytes: Uint8Array): readonly Buffer[] {
  const whole = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length: Math.floor(whole.length / HASH_BYTES) }, (_, index) =>
    whole.subarray(index * HASH_BYTES, (index + 1) * HASH_BYTES),
  );
}

/** @param hashes as many as a power of two */
export function foldComplete(hashes: readonly Buffer[]): Buffer {
  const frontier = new MerkleFrontier();
  for (const hash of hashes) frontier.append(hash);
  return frontier.root();
}

export function damagedLog(): ProductError {
  return new ProductError(
    'CONFLICT',
    'The audit log is damaged: the database does not have all of its hashes. ' +
      'Export it and let `roadstead audit verify` name what is wrong.',
  );
}
