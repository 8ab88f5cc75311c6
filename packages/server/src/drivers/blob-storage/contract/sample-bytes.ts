import { createHash } from 'node:crypto';

import type { BlobStorage, UploadState } from '../blob-storage.ts';

export const MIB = 1024 * 1024;

/** Bytes without a period that a wrong offset could hide in; the same for the same seed. */
export function createSampleBytes(sizeBytes: number, seed = 1): Buffer {
  const words = new Uint32Array(Math.ceil(sizeBytes / 4));
  let state = (seed * 2654435761) >>> 0 || 1;
  for (let index = 0; index < words.length; index++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    words[index] = state;
  }
  return Buffer.from(words.buffer, 0, sizeBytes);
}

/** The bytes as a body in pieces of these sizes, over and over; each piece is a fresh copy, as those of a request are. */
export async function* toBody(bytes: Uint8Array, pieceSizes: readonly number[] = [65_536]): AsyncIterable<Uint8Array> {
  let position = 0;
  for (let turn = 0; position < bytes.byteLength; turn++) {
    const end = position + (pieceSizes[turn % pieceSizes.length] ?? 1);
    yield Uint8Array.from(bytes.subarray(position, end));
    position = end;
  }
}

/** What a state is after it has lain in an upload's row. */
export function storeState(state: UploadState): UploadState {
  return JSON.parse(JSON.stringify(state));
}

/** Appends to an upload, and returns the state as its row gives it back. */
export async function append(
  storage: BlobStorage,
  uploadId: string,
  state: UploadState,
  bytes: Uint8Array,
  pieceSizes?: readonly number[],
): Promise<UploadState> {
  return storeState(await storage.appendUpload(uploadId, state, toBody(bytes, pieceSizes), {}));
}

/** Stores the bytes as the object `key`, by an upload of the same name. @returns the name that the object has */
export async function storeObject(storage: BlobStorage, key: string, bytes: Uint8Array): Promise<string> {
  const state = await append(storage, key, storeState(storage.createUpload(key)), bytes);
  const name = await storage.completeUpload(key, state, key);
  await storage.abortUpload(key, state);
  return name;
}

/** Reads a range, each piece copied, since it is valid only until the next. */
export async function readRange(storage: BlobStorage, key: string, start: number, end: number): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const piece of storage.readObject(key, start, end)) pieces.push(Uint8Array.from(piece));
  return Buffer.concat(pieces);
}

/** Size and hash of an object as it is read: short to compare, unlike megabytes. */
export async function summarizeObject(storage: BlobStorage, key: string): Promise<BytesSummary> {
  const size = await storage.findObjectSize(key);
  if (size === undefined) throw new Error(`no object ${key}`);
  return summarize(await readRange(storage, key, 0, size));
}

export function summarize(bytes: Uint8Array): BytesSummary {
  return { sizeBytes: bytes.byteLength, sha256: createHash('sha256').update(bytes).digest('hex') };
}

interface BytesSummary {
  readonly sizeBytes: number;
  readonly sha256: string;
}

export async function listKeys(storage: BlobStorage): Promise<string[]> {
  const keys: string[] = [];
  for await (const key of storage.listObjectKeys()) keys.push(key);
  return keys.sort();
}

export async function listUploads(storage: BlobStorage): Promise<string[]> {
  const ids: string[] = [];
  for await (const id of storage.listUploads()) ids.push(id);
  return ids.sort();
}
