import { abortableBody } from '../../../kernel/abortable-body.ts';
import {
  type AppendOptions,
  type BlobStorage,
  ObjectNotFoundError,
  UploadDamagedError,
  UploadNotFoundError,
  type UploadState,
} from '../blob-storage.ts';
import { assertByteRange } from '../byte-range.ts';
import { assertStorageName } from '../storage-name.ts';
import { etagOf, MIN_PART_BYTES, type PartReference, PartStore } from './part-store.ts';

const PIECE_BYTES = 1024 * 1024;

/**
 * The rehearsal for S3, for tests only; no configuration leads to it. It proves that the interface can be kept without
 * rename, without reading an open upload, and with parts of at least 5 MiB: what is less lies in a tail object until there
 * is more. One liberty: S3 wants the object's key when an upload begins, and keeps it in the state; here it is given when the
 * upload is first completed, and the store remembers it.
 *
 * Each append writes its tail under a fresh name, because the caller may still hold the state before it. The tail that
 * it replaces is deleted by the append after that, when the caller has shown that it holds the newer state.
 */
export function createPartsStorage(store: PartStore = new PartStore()): BlobStorage {
  return new PartsStorage(store);
}

interface PartsState extends UploadState {
  readonly multipartId: string;
  /** Each of at least 5 MiB, in order, numbered from 1. */
  readonly parts: readonly PartReference[];
  /** The bytes behind the parts, fewer than 5 MiB; absent when there are none. */
  readonly tail?: Tail;
  /** The tail of the state before, which the next append deletes. */
  readonly replacedTailKey?: string;
  /** Counts appends, and so names tails. */
  readonly appends: number;
}

interface Tail {
  readonly key: string;
  readonly sizeBytes: number;
  readonly etag: string;
}

class PartsStorage implements BlobStorage {
  readonly kind = 'parts';
  readonly #store: PartStore;

  constructor(store: PartStore) {
    this.#store = store;
  }

  async createUpload(uploadId: string): Promise<PartsState> {
    assertStorageName('upload id', uploadId);
    return { size: 0, multipartId: this.#store.createMultipart(uploadId), parts: [], appends: 0 };
  }

  async appendUpload(
    uploadId: string,
    state: UploadState,
    body: AsyncIterable<Uint8Array>,
    { signal, onBytes, release }: AppendOptions,
  ): Promise<PartsState> {
    const old = this.#getOpen(uploadId, state);
    if (old.replacedTailKey !== undefined) this.#store.deleteObject(old.replacedTailKey);
    const parts = [...old.parts];
    let waiting: Uint8Array[] = old.tail === undefined ? [] : [this.#readTail(old.tail)];
    let waitingBytes = old.tail?.sizeBytes ?? 0;
    let size = old.size;
    for await (const piece of abortableBody(body, signal)) {
      onBytes?.(piece);
      waiting.push(Uint8Array.from(piece));
      waitingBytes += piece.byteLength;
      size += piece.byteLength;
      release?.(piece);
      if (waitingBytes < MIN_PART_BYTES) continue;
      parts.push(this.#store.putPart(old.multipartId, parts.length + 1, Buffer.concat(waiting)));
      waiting = [];
      waitingBytes = 0;
    }
    const appends = old.appends + 1;
    const tail = waitingBytes > 0 ? this.#writeTail(uploadId, appends, Buffer.concat(waiting)) : undefined;
    return {
      size,
      multipartId: old.multipartId,
      parts,
      appends,
      ...(tail !== undefined && { tail }),
      ...(old.tail !== undefined && { replacedTailKey: old.tail.key }),
    };
  }

  async completeUpload(uploadId: string, state: UploadState, key: string): Promise<string> {
    assertStorageName('upload id', uploadId);
    assertStorageName('storage key', key);
    const { multipartId, tail, parts } = toPartsState(state);
    if (!this.#store.hasMultipart(multipartId)) {
      const completed = this.#store.findCompletedName(multipartId)?.slice(OBJECT_PREFIX.length);
      if (completed !== undefined && (await this.findObjectSize(completed)) === state.size) return completed;
      throw new UploadNotFoundError(`there is no upload ${uploadId}`);
    }
    const all = [...parts];
    if (tail !== undefined || parts.length === 0) {
      const bytes = tail === undefined ? new Uint8Array() : this.#readTail(tail);
      all.push(this.#store.putPart(multipartId, parts.length + 1, bytes));
    }
    const sizeBytes = all.reduce((sum, part) => sum + part.sizeBytes, 0);
    if (sizeBytes !== state.size)
      throw new UploadDamagedError(`the upload ${uploadId} is damaged: its parts are not its size`);
    this.#store.completeMultipart(multipartId, all, objectName(key));
    return key;
  }

  async putObject(key: string, pieces: readonly Uint8Array[]): Promise<void> {
    if (this.#store.findObject(objectName(key)) !== undefined) throw new Error(`the storage key ${key} is taken`);
    this.#store.putObject(objectName(key), Buffer.concat(pieces));
  }

  /** Finds what there is by its name: an orphan has no state any more. */
  async abortUpload(uploadId: string, _state: UploadState): Promise<void> {
    assertStorageName('upload id', uploadId);
    for (const { multipartId, name } of this.#store.listMultiparts(uploadId)) {
      if (name === uploadId) this.#store.abortMultipart(multipartId);
    }
    this.#deleteTails(uploadId);
  }

  async *listUploads(signal?: AbortSignal): AsyncIterable<string> {
    const withParts = this.#store.listMultiparts('').map(({ name }) => name);
    const withTails = this.#store.listKeys(TAIL_PREFIX).map((key) => key.slice(TAIL_PREFIX.length).split('/')[0] ?? '');
    for (const uploadId of new Set([...withParts, ...withTails])) {
      signal?.throwIfAborted();
      yield uploadId;
    }
  }

  async findObjectSize(key: string): Promise<number | undefined> {
    return this.#store.findObject(objectName(key))?.byteLength;
  }

  async *readObject(key: string, start: number, end: number, signal?: AbortSignal): AsyncIterable<Uint8Array> {
    assertByteRange(start, end);
    signal?.throwIfAborted();
    const bytes = this.#store.findObject(objectName(key));
    if (bytes === undefined) throw new ObjectNotFoundError(`there is no object ${key}`);
    if (end > bytes.byteLength) throw new Error(`the object ${key} ends at byte ${bytes.byteLength}, too early`);
    for (let position = start; position < end; position += PIECE_BYTES) {
      signal?.throwIfAborted();
      yield bytes.subarray(position, Math.min(position + PIECE_BYTES, end));
    }
  }

  async deleteObject(key: string): Promise<void> {
    this.#store.deleteObject(objectName(key));
  }

  /** An object store cannot rename: there is a moment in which the object is in both places, and none without it. */
  async quarantineObject(key: string): Promise<boolean> {
    if (this.#store.findObject(objectName(key)) === undefined) return false;
    this.#store.copyObject(objectName(key), `${QUARANTINE_PREFIX}${key}`);
    this.#store.deleteObject(objectName(key));
    return true;
  }

  async *listObjectKeys(signal?: AbortSignal): AsyncIterable<string> {
    for (const name of this.#store.listKeys(OBJECT_PREFIX)) {
      signal?.throwIfAborted();
      yield name.slice(OBJECT_PREFIX.length);
    }
  }

  async checkHealth(): Promise<void> {}

  async destroy(): Promise<void> {
    this.#store.clear();
  }

  async close(): Promise<void> {}

  #getOpen(uploadId: string, state: UploadState): PartsState {
    assertStorageName('upload id', uploadId);
    const open = toPartsState(state);
    if (!this.#store.hasMultipart(open.multipartId)) throw new UploadNotFoundError(`there is no upload ${uploadId}`);
    return open;
  }

  #writeTail(uploadId: string, appends: number, bytes: Uint8Array): Tail {
    const key = `${tailPrefix(uploadId)}${appends}`;
    return { key, sizeBytes: bytes.byteLength, etag: this.#store.putObject(key, bytes) };
  }

  #readTail(tail: Tail): Uint8Array {
    const bytes = this.#store.findObject(tail.key);
    if (bytes === undefined || etagOf(bytes) !== tail.etag)
      throw new UploadDamagedError(`the tail ${tail.key} is damaged`);
    return bytes;
  }

  /** Found by listing, which is right only here: the upload is over, and a tail that is missed is no more than waste. */
  #deleteTails(uploadId: string): void {
    for (const key of this.#store.listKeys(tailPrefix(uploadId))) this.#store.deleteObject(key);
  }
}

const OBJECT_PREFIX = 'blobs/';
const QUARANTINE_PREFIX = 'quarantine/';
const TAIL_PREFIX = 'tails/';

function objectName(key: string): string {
  assertStorageName('storage key', key);
  return `${OBJECT_PREFIX}${key}`;
}

function tailPrefix(uploadId: string): string {
  return `${TAIL_PREFIX}${uploadId}/`;
}

/** A state that came back from the upload's row. One of another driver, or of an upload that never was, leads nowhere. */
function toPartsState(state: UploadState): PartsState {
  const { size, multipartId, parts, tail, replacedTailKey, appends } = state;
  return {
    size,
    multipartId: typeof multipartId === 'string' ? multipartId : '',
    parts: Array.isArray(parts) ? parts.filter(isPartReference) : [],
    appends: typeof appends === 'number' ? appends : 0,
    ...(isTail(tail) && { tail }),
    ...(typeof replacedTailKey === 'string' && { replacedTailKey }),
  };
}

function isPartReference(value: unknown): value is PartReference {
  return isRecord(value) && typeof value['number'] === 'number' && isSizedAndTagged(value);
}

function isTail(value: unknown): value is Tail {
  return isRecord(value) && typeof value['key'] === 'string' && isSizedAndTagged(value);
}

function isSizedAndTagged(value: Record<string, unknown>): boolean {
  return typeof value['sizeBytes'] === 'number' && typeof value['etag'] === 'string';
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
