import { randomBytes } from 'node:crypto';
import {
  type AppendOptions,
  type BlobStorage,
  type FailedDeletion,
  type ImportOptions,
  type ObjectLocation,
  ObjectNotFoundError,
  type UploadState,
} from '../blob-storage.ts';
import { assertByteRange } from '../byte-range.ts';
import { explainS3Failure } from './explain-s3-failure.ts';
import type { PartBuffers } from './part-buffers.ts';
import { MIN_PART_BYTES } from './part-sizes.ts';
import { readBytes } from './read-bytes.ts';
import { readWhole } from './read-whole.ts';
import type { S3Bucket } from './s3-bucket.ts';
import { StorageUnavailableError } from './s3-errors.ts';
import { importS3Object } from './s3-import.ts';
import { S3Names } from './s3-names.ts';
import { S3Uploads } from './s3-uploads.ts';

export interface S3StorageOptions {
  readonly bucket: S3Bucket;
  /** Of the names of all its objects; without a slash at its ends. */
  readonly prefix: string;
  /** Shared by all storages of the process. */
  readonly buffers: PartBuffers;
  /** Makes an address for clients of the object of this name. Absent: objects are not located. */
  readonly signUrl?: ((name: string) => Promise<string>) | undefined;
}

const MAX_PIECE_BYTES = 1024 * 1024;
const HEALTH_TEXT = 'Roadstead wrote this to see whether it can.\n';
const DELETE_BATCH = 1_000;

/** The storage of one instance in a bucket, below a prefix of its own. Any number of processes may have it open. */
export function createS3Storage(options: S3StorageOptions): BlobStorage {
  return new S3Storage(options);
}

class S3Storage implements BlobStorage {
  readonly kind = 's3';
  readonly #bucket: S3Bucket;
  readonly #names: S3Names;
  readonly #uploads: S3Uploads;
  readonly #buffers: PartBuffers;
  readonly locateObject?: NonNullable<BlobStorage['locateObject']>;

  constructor({ bucket, prefix, buffers, signUrl }: S3StorageOptions) {
    this.#bucket = bucket;
    this.#names = new S3Names(prefix);
    this.#buffers = buffers;
    this.#uploads = new S3Uploads({ bucket, names: this.#names, buffers });
    if (signUrl !== undefined) this.locateObject = (key) => this.#locate(key, signUrl);
  }

  createUpload(uploadId: string): UploadState {
    return this.#uploads.create(uploadId);
  }

  appendUpload(
    uploadId: string,
    state: UploadState,
    body: AsyncIterable<Uint8Array>,
    options: AppendOptions,
  ): Promise<UploadState> {
    return this.#uploads.append(uploadId, state, body, options);
  }

  completeUpload(uploadId: string, state: UploadState, key: string): Promise<string> {
    return this.#uploads.complete(uploadId, state, key);
  }

  async importObject(key: string, body: AsyncIterable<Uint8Array>, options: ImportOptions): Promise<void> {
    const name = this.#names.object(key);
    // Only a large object has what an import leaves that was cut off: a multipart upload of its name.
    const left = options.sizeBytes < MIN_PART_BYTES ? [] : this.#bucket.listMultiparts(name);
    for await (const multipart of left) if (multipart.name === name) await this.#bucket.abortMultipart(multipart);
    const deps = { bucket: this.#bucket, names: this.#names, buffers: this.#buffers };
    await importS3Object(deps, key, body, options);
  }

  abortUpload(uploadId: string, state: UploadState): Promise<void> {
    return this.#uploads.abort(uploadId, state);
  }

  listUploads(signal?: AbortSignal): AsyncIterable<string> {
    return this.#uploads.list(signal);
  }

  async putObject(key: string, pieces: readonly Uint8Array[]): Promise<void> {
    const isNew = await this.#bucket.createObject(this.#names.object(key), Buffer.concat(pieces));
    if (!isNew) throw new Error(`the storage key ${key} is taken`);
  }

  async findObjectSize(key: string): Promise<number | undefined> {
    return this.#bucket.findObjectSize(this.#names.object(key));
  }

  async *readObject(key: string, start: number, end: number, signal?: AbortSignal): AsyncIterable<Uint8Array> {
    const name = this.#names.object(key);
    assertByteRange(start, end);
    signal?.throwIfAborted();
    if (start === end) return this.#assertHolds(key, end);
    for await (const piece of readBytes(this.#bucket, name, { start, end }, { signal })) {
      yield* piecesOf(piece);
      signal?.throwIfAborted();
    }
  }

  async deleteObject(key: string): Promise<void> {
    await this.#bucket.deleteObject(this.#names.object(key));
  }

  async deleteObjects(keys: readonly string[]): Promise<readonly FailedDeletion[]> {
    const keyOf = new Map(keys.map((key) => [this.#names.object(key), key]));
    const failed = await this.#bucket.deleteObjects([...keyOf.keys()]);
    return failed.map(({ name, error }) => ({ key: keyOf.get(name) ?? name, error }));
  }

  /** A store cannot rename: there is a moment in which the object is in both places, and none without it. */
  async quarantineObject(key: string): Promise<boolean> {
    const name = this.#names.object(key);
    const sizeBytes = await this.#bucket.findObjectSize(name);
    if (sizeBytes === undefined) return false;
    await this.#bucket.copyObject(name, this.#names.quarantined(key), { sizeBytes });
    await this.#bucket.deleteObject(name);
    return true;
  }

  async *listObjectKeys(signal?: AbortSignal): AsyncIterable<string> {
    for await (const name of this.#bucket.listNames(this.#names.objectsPrefix, signal)) {
      const key = this.#names.findKey(name);
      if (key !== undefined) yield key;
    }
  }

  async putRecord(name: string, bytes: Uint8Array): Promise<void> {
    await this.#bucket.putObject(this.#names.record(name), bytes);
  }

  async readRecord(name: string): Promise<Uint8Array | undefined> {
    return readWhole(this.#bucket, this.#names.record(name));
  }

  async *listRecords(signal?: AbortSignal): AsyncIterable<string> {
    for await (const name of this.#bucket.listNames(this.#names.recordsPrefix, signal)) {
      const record = this.#names.findRecord(name);
      if (record !== undefined) yield record;
    }
  }

  async deleteRecord(name: string): Promise<void> {
    await this.#bucket.deleteObject(this.#names.record(name));
  }

  async checkHealth(): Promise<void> {
    const name = this.#names.health(randomBytes(8).toString('hex'));
    try {
      await this.#bucket.putObject(name, Buffer.from(HEALTH_TEXT));
      const sizeBytes = await this.#bucket.findObjectSize(name);
      if (sizeBytes !== HEALTH_TEXT.length) throw new Error('the object storage does not have what was written to it');
      await this.#bucket.deleteObject(name);
    } catch (error) {
      throw error instanceof StorageUnavailableError ? explainS3Failure(error, this.#bucket.place) : error;
    }
  }

  async destroy(): Promise<void> {
    for await (const multipart of this.#bucket.listMultiparts(this.#names.prefix)) {
      await this.#bucket.abortMultipart(multipart);
    }
    let names: string[] = [];
    for await (const name of this.#bucket.listNames(this.#names.prefix)) {
      names.push(name);
      if (names.length < DELETE_BATCH) continue;
      await this.#deleteAll(names);
      names = [];
    }
    await this.#deleteAll(names);
  }

  async #deleteAll(names: readonly string[]): Promise<void> {
    const errors = (await this.#bucket.deleteObjects(names)).map(({ error }) => error);
    if (errors.length > 0) throw new AggregateError(errors, `the object storage kept ${errors.length} objects`);
  }

  /** The bucket is shared, and closed by who has opened it. */
  async close(): Promise<void> {}

  async #locate(key: string, signUrl: (name: string) => Promise<string>): Promise<ObjectLocation | undefined> {
    const sizeBytes = await this.findObjectSize(key);
    if (sizeBytes === undefined) return undefined;
    return { kind: 'url', url: await signUrl(this.#names.object(key)), sizeBytes };
  }

  async #assertHolds(key: string, end: number): Promise<void> {
    const sizeBytes = await this.findObjectSize(key);
    if (sizeBytes === undefined) throw new ObjectNotFoundError(`there is no object ${key}`);
    if (sizeBytes < end) throw tooShort(key, sizeBytes);
  }
}

function* piecesOf(piece: Uint8Array): Generator<Uint8Array, void, undefined> {
  for (let start = 0; start < piece.byteLength; start += MAX_PIECE_BYTES) {
    yield piece.subarray(start, start + MAX_PIECE_BYTES);
  }
}

function tooShort(key: string, endByte: number): Error {
  return new Error(`the object ${key} ends at byte ${endByte}, too early`);
}
