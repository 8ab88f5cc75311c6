import { HASH_BYTES, hashAuditLeaf, SALT_BYTES } from '@roadstead/archive';

/** Entries that one row holds. */
export const SEGMENT_ENTRIES = 256;

const INSTANT_AT = 8;
const SALT_AT = 16;
const HASH_AT = SALT_AT + SALT_BYTES;
export const ENTRY_BYTES = HASH_AT + HASH_BYTES;

const NO_SALT = Buffer.alloc(SALT_BYTES);

/** What is kept of an entry: enough to prove it, and nothing of what it says. */
export interface SegmentEntry {
  readonly id: number;
  readonly at: number;
  /** Undefined when the entry was erased. */
  readonly salt: Buffer | undefined;
  readonly payloadHash: Buffer;
}

export function packEntries(entries: readonly SegmentEntry[]): Buffer {
  const bytes = Buffer.alloc(entries.length * ENTRY_BYTES);
  for (const [index, { id, at, salt, payloadHash }] of entries.entries()) {
    const start = index * ENTRY_BYTES;
    bytes.writeBigUInt64BE(BigInt(id), start);
    bytes.writeBigInt64BE(BigInt(at), start + INSTANT_AT);
    if (salt !== undefined) salt.copy(bytes, start + SALT_AT);
    payloadHash.copy(bytes, start + HASH_AT);
  }
  return bytes;
}

export function unpackEntries(packed: Uint8Array): readonly SegmentEntry[] {
  const bytes = asBuffer(packed);
  return Array.from({ length: countEntries(bytes) }, (_, index) => {
    const start = index * ENTRY_BYTES;
    const salt = bytes.subarray(start + SALT_AT, start + HASH_AT);
    return {
      id: readId(bytes, index),
      at: Number(bytes.readBigInt64BE(start + INSTANT_AT)),
      salt: salt.equals(NO_SALT) ? undefined : salt,
      payloadHash: bytes.subarray(start + HASH_AT, start + ENTRY_BYTES),
    };
  });
}

export function countEntries(packed: Uint8Array): number {
  return Math.floor(packed.length / ENTRY_BYTES);
}

export function readIds(packed: Uint8Array): readonly number[] {
  const bytes = asBuffer(packed);
  return Array.from({ length: countEntries(bytes) }, (_, index) => readId(bytes, index));
}

export function hashEntries(packed: Uint8Array): readonly Buffer[] {
  return unpackEntries(packed).map(hashAuditLeaf);
}

/** The same segment without the salts of these entries. */
export function eraseSalts(packed: Uint8Array, ids: ReadonlySet<number>): { bytes: Buffer; erased: readonly number[] } {
  const bytes = Buffer.from(packed);
  const erased: number[] = [];
  for (let index = 0; index < countEntries(bytes); index += 1) {
    const id = readId(bytes, index);
    if (!ids.has(id)) continue;
    bytes.fill(0, index * ENTRY_BYTES + SALT_AT, index * ENTRY_BYTES + HASH_AT);
    erased.push(id);
  }
  return { bytes, erased };
}

function readId(bytes: Buffer, index: number): number {
  return Number(bytes.readBigUInt64BE(index * ENTRY_BYTES));
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
