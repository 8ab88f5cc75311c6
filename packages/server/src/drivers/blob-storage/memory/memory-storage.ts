import { abortableBody } from '../../../kernel/abortable-body.ts';
import {
  type AppendOptions,
  assertImportedSize,
  type BlobStorage,
  type FailedDeletion,
  type ImportOptions,
  ObjectNotFoundError,
  UploadDamagedError,
  UploadNotFoundError,
  type UploadState,
} from '../blob-storage.ts';
import { assertByteRange } from '../byte-range.ts';
import { assertStorageName } from '../storage-name.ts';

const PIECE_BYTES = 1024 * 1024;

/** What would lie on a disk: give it to a second `createMemoryStorage` to see the storage as a new process would. */
export interface MemoryMedium {
  readonly uploads: Map<string, Uint8Array>;
  readonly objects: Map<string, Uint8Array>;
  readonly quarantine: Map<string, Uint8Array>;
  readonly records: Map<string, Uint8Array>;
}

export function createMemoryMedium(): MemoryMedium {
  return { uploads: new Map(), objects: new Map(), quarantine: new Map(), records: new Map() };
}

/** A storage for tests: it keeps every byte in memory, and each append copies the upload. */
export function createMemoryStorage(medium: MemoryMedium = createMemoryMedium()): BlobStorage {
  return new MemoryStorage(medium);
}

class MemoryStorage implements BlobStorage {
  readonly kind = 'memory';
  readonly #medium: MemoryMedium;

  constructor(medium: MemoryMedium) {
    this.#medium = medium;
  }

  createUpload(uploadId: string): UploadState {
    assertStorageName('upload id', uploadId);
    return { size: 0 };
  }

  async appendUpload(
    uploadId: string,
    state: UploadState,
    body: AsyncIterable<Uint8Array>,
    { signal, onBytes, onEnd, release }: AppendOptions,
  ): Promise<UploadState> {
    const pieces = [this.#getUpload(uploadId, state)];
    for await (const piece of abortableBody(body, signal)) {
      onBytes?.(piece);
      pieces.push(Uint8Array.from(piece));
      release?.(piece);
    }
    onEnd?.();
    this.#getUpload(uploadId, state);
    const bytes = Buffer.concat(pieces);
    this.#medium.uploads.set(uploadId, bytes);
    return { size: bytes.byteLength };
  }

  async completeUpload(uploadId: string, state: UploadState, key: string): Promise<string> {
    assertStorageName('upload id', uploadId);
    assertStorageName('storage key', key);
    this.#medium.objects.set(key, this.#getUpload(uploadId, state));
    return key;
  }

  async putObject(key: string, pieces: readonly Uint8Array[]): Promise<void> {
    assertStorageName('storage key', key);
    if (this.#medium.objects.has(key)) throw new Error(`the storage key ${key} is taken`);
    this.#medium.objects.set(key, Buffer.concat(pieces));
  }

  async importObject(
    key: string,
    body: AsyncIterable<Uint8Array>,
    { sizeBytes, signal, release }: ImportOptions,
  ): Promise<void> {
    assertStorageName('storage key', key);
    const pieces: Uint8Array[] = [];
    for await (const piece of abortableBody(body, signal)) {
      pieces.push(Uint8Array.from(piece));
      release?.(piece);
    }
    const bytes = Buffer.concat(pieces);
    assertImportedSize(key, bytes.byteLength, sizeBytes);
    this.#medium.objects.set(key, bytes);
  }

  async abortUpload(uploadId: string, _state: UploadState): Promise<void> {
    assertStorageName('upload id', uploadId);
    this.#medium.uploads.delete(uploadId);
  }

  async *listUploads(signal?: AbortSignal): AsyncIterable<string> {
    for (const uploadId of this.#medium.uploads.keys()) {
      signal?.throwIfAborted();
      yield uploadId;
    }
  }

  async findObjectSize(key: string): Promise<number | undefined> {
    assertStorageName('storage key', key);
    return this.#medium.objects.get(key)?.byteLength;
  }

  async *readObject(key: string, start: number, end: number, signal?: AbortSignal): AsyncIterable<Uint8Array> {
    assertByteRange(start, end);
    signal?.throwIfAborted();
    assertStorageName('storage key', key);
    const bytes = this.#medium.objects.get(key);
    if (bytes === undefined) throw new ObjectNotFoundError(`there is no object ${key}`);
    if (end > bytes.byteLength) throw new Error(`the object ${key} ends at byte ${bytes.byteLength}, too early`);
    for (let position = start; position < end; position += PIECE_BYTES) {
      signal?.throwIfAborted();
      yield bytes.subarray(position, Math.min(position + PIECE_BYTES, end));
    }
  }

  async deleteObject(key: string): Promise<void> {
    assertStorageName('storage key', key);
    this.#medium.objects.delete(key);
  }

  async deleteObjects(keys: readonly string[]): Promise<readonly FailedDeletion[]> {
    for (const key of keys) await this.deleteObject(key);
    return [];
  }

  async quarantineObject(key: string): Promise<boolean> {
    assertStorageName('storage key', key);
    const bytes = this.#medium.objects.get(key);
    if (bytes === undefined) return false;
    this.#medium.quarantine.set(key, bytes);
    return this.#medium.objects.delete(key);
  }

  async *listObjectKeys(signal?: AbortSignal): AsyncIterable<string> {
    for (const key of this.#medium.objects.keys()) {
      signal?.throwIfAborted();
      yield key;
    }
  }

  async putRecord(name: string, bytes: Uint8Array): Promise<void> {
    assertStorageName('record name', name);
    this.#medium.records.set(name, Uint8Array.from(bytes));
  }

  async readRecord(name: string): Promise<Uint8Array | undefined> {
    assertStorageName('record name', name);
    return this.#medium.records.get(name);
  }

  async *listRecords(signal?: AbortSignal): AsyncIterable<string> {
    for (const name of [...this.#medium.records.keys()]) {
      signal?.throwIfAborted();
      yield name;
    }
  }

  async deleteRecord(name: string): Promise<void> {
    assertStorageName('record name', name);
    this.#medium.records.delete(name);
  }

  async checkHealth(): Promise<void> {}

  async destroy(): Promise<void> {
    this.#medium.uploads.clear();
    this.#medium.objects.clear();
    this.#medium.quarantine.clear();
    this.#medium.records.clear();
  }

  async close(): Promise<void> {}

  /** The acknowledged bytes of an upload; one without any is on the medium only when its first append has ended. */
  #getUpload(uploadId: string, state: UploadState): Uint8Array {
    assertStorageName('upload id', uploadId);
    const bytes = this.#medium.uploads.get(uploadId) ?? (state.size === 0 ? new Uint8Array() : undefined);
    if (bytes === undefined) throw new UploadNotFoundError(`there is no upload ${uploadId}`);
    if (bytes.byteLength < state.size) throw new UploadDamagedError(`the upload ${uploadId} is damaged`);
    return bytes.subarray(0, state.size);
  }
}
