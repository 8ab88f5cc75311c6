import { ProductError } from '../../kernel/errors.ts';

export interface StorageCapacity {
  readonly totalBytes: number;
  readonly freeBytes: number;
}

/**
 * Where the bytes of one instance's blobs lie. A driver is bound to its prefix when it is opened, so no caller ever builds
 * a path, and it never learns what a blob means: digests, repositories and rows are the business of `content/`.
 *
 * Three kinds of thing live in it:
 * - *objects*: complete, immutable, addressed by a storage key that `content/` chooses afresh for each stored copy;
 * - *uploads*: growing, addressed by their id, invisible until completed. An open upload need not be readable;
 * - *records*: small texts about the instance beside its objects, addressed by their names. They are no objects: no list of
 *   those has them, and no row of a blob leads to them.
 *
 * Keys and names are 1 to 200 characters of `[a-z0-9._-]`, ids 1 to 100, and they do not begin with a dot; every driver refuses
 * others with a TypeError, whatever the caller has checked (`storage-name.ts`).
 */
export interface BlobStorage {
  /** A short name for logs and metrics: `filesystem`, `memory`, `s3`. */
  readonly kind: string;

  /**
   * Begins an upload, under an id that was never used before. It leaves the medium alone, which need not know an upload
   * whose state has `size: 0`: an append or a completion of it may succeed although it was never begun, or was aborted.
   * Whether it is open, the caller's row says.
   * @returns the driver's own state, opaque to the caller and JSON-serializable; it is kept in the upload's row.
   */
  createUpload(uploadId: string): UploadState;

  /**
   * Appends the body to the upload from `state.size` on, whatever an earlier failed append left behind it.
   * Before it resolves, the bytes are recoverable by any process that is given the new state (a crash of this process
   * loses nothing): on a filesystem they are written to the file (fdatasync waits for `completeUpload`, so a power cut may
   * take an open upload's tail, and the upload fails then), on S3 they are parts and a tail object.
   *
   * If the body fails, `onBytes` or `onEnd` throws, or `signal` aborts, it rejects with that error, and the old state stays valid: a later
   * append with the old state continues as if this one had never been. So it does when this one resolved and the new
   * state was lost before it reached the upload's row. Giving the new state to an append ends the old one.
   * An append that rejects gives the room of its bytes back at once, where the medium can do so.
   * Two appends to one upload must not run at the same time; the caller serializes them.
   * @param body its pieces may be kept until this settles, so they must not change: copy those of a body that reuses its
   *   buffers, as `readObject` does. Leaving early ends it by `return`, which destroys an IncomingMessage and its socket: where
   *   the client shall still get an answer, pass `request.iterator({ destroyOnReturn: false })`.
   * @param onBytes is called with each piece in order, once, before `appendUpload` resolves: the caller hashes and meters there.
   * @throws StorageFullError when the medium has no room or takes no bytes; UploadNotFoundError when an upload with
   *   acknowledged bytes is not there (any more); UploadDamagedError when some of them are missing on the medium.
   */
  appendUpload(
    uploadId: string,
    state: UploadState,
    body: AsyncIterable<Uint8Array>,
    options: AppendOptions,
  ): Promise<UploadState>;

  /**
   * Makes sure that what was acknowledged is still there, as `appendUpload` and `completeUpload` do, and in as short a time
   * whatever its size. Absent in drivers whose media never take back what they have acknowledged.
   * @throws UploadNotFoundError; UploadDamagedError
   */
  checkUpload?(uploadId: string, state: UploadState): Promise<void>;

  /**
   * Makes an object of the upload. When it resolves the object is complete and durable (fsync of file and folder, or a
   * confirmed completion) and exactly `state.size` bytes.
   * The upload ends with `abortUpload`, which the caller calls when it has committed the object. Until then the call may be
   * repeated with the same state, by any process and under any key: whoever died before the commit has lost nothing. The
   * objects of the calls before are then orphans, unless they have the same name. Nothing that is done to the upload
   * afterwards changes an object that was made of it.
   * When the medium fails to make the bytes durable, the upload is given up: a retry finds no upload.
   * @param key the object's name; a store that fixes names when an upload begins may keep its own
   * @returns the name that the object has
   * @throws UploadNotFoundError; StorageFullError; UploadDamagedError when acknowledged bytes are missing on the medium.
   */
  completeUpload(uploadId: string, state: UploadState, key: string): Promise<string>;

  /**
   * Stores a body that is small enough to be held in memory as an object, without the steps of an upload. When it resolves
   * the object is complete and durable. When it rejects, something may be left under the key, which the caller deletes.
   * @param key the object's name, never used before
   * @throws StorageFullError; an error when the key is taken.
   */
  putObject(key: string, pieces: readonly Uint8Array[]): Promise<void>;

  /**
   * Stores a body of any size as an object of exactly this name: a copy of one that another storage has. When it resolves
   * the object is complete, durable and `sizeBytes` bytes; until then nothing is visible under its name, however this process
   * ends. What a call that was cut off has left behind is replaced by the next call for the same name, or is listed with the uploads.
   * @param body as that of `appendUpload`; when it throws, no object is made
   * @throws what the body throws; StorageFullError; RangeError when the body has another size
   */
  importObject(key: string, body: AsyncIterable<Uint8Array>, options: ImportOptions): Promise<void>;

  /**
   * Removes the upload and what it stored, but no object that was made of it; `{ size: 0 }` will do as the state of an id
   * that `listUploads` gave. Resolves also when there is none.
   */
  abortUpload(uploadId: string, state: UploadState): Promise<void>;

  /**
   * Lists the ids of the uploads that hold something on the medium, in no set order; no object is among them. Each was
   * begun before it was listed: one whose row is not there is an orphan, as is an id that nobody gave. For reclaiming those
   * only: absence here is no evidence (invariant 6).
   */
  listUploads(signal?: AbortSignal): AsyncIterable<string>;

  /** Size of the object in bytes, or undefined when there is none. Never answered from a cache (invariant 5). */
  findObjectSize(key: string): Promise<number | undefined>;

  /**
   * Opens the bytes `start` (inclusive) to `end` (exclusive) of an object; `0 <= start <= end <= size`.
   * The bytes are yielded in order, in pieces of at most 1 MiB; a piece is valid until the next one is asked for.
   * Leaving the loop early, or aborting `signal`, frees what it holds.
   * @throws ObjectNotFoundError before the first piece; an error of the medium at any time. It never ends short silently.
   */
  readObject(key: string, start: number, end: number, signal?: AbortSignal): AsyncIterable<Uint8Array>;

  /**
   * Where another program may read the object, for a web server in front, the system itself or the client to fetch it;
   * undefined when there is no such object. Absent in drivers whose objects lie nowhere of the kind. Whoever uses it has
   * made sure that the stored bytes are the blob's own (not sealed), and reads at once: no promise is kept for later.
   */
  locateObject?(key: string): Promise<ObjectLocation | undefined>;

  /**
   * Removes an object. Resolves also when there is none. It does not wait until the removal is durable: after a power cut
   * the object may be back, and then it is an orphan, since the row that led to it went first.
   */
  deleteObject(key: string): Promise<void>;

  /**
   * Removes many objects, each as `deleteObject` does, in as few steps as the medium knows.
   * @returns those that could not be removed: what fails for one fails for no other
   */
  deleteObjects(keys: readonly string[]): Promise<readonly FailedDeletion[]>;

  /**
   * Moves a damaged object out of the way, durably: from then on it is as absent as a deleted one, and it lies where an
   * operator can still examine it, until he removes it himself. Who has begun to read it may go on.
   * @returns false when there is no such object
   */
  quarantineObject(key: string): Promise<boolean>;

  /** Lists every object key, in no set order. For reclaiming orphans only: absence here is no evidence (invariant 6). */
  listObjectKeys(signal?: AbortSignal): AsyncIterable<string>;

  /**
   * Stores a record, in the place of the one that has the name: whoever reads at the same time gets one of the two, whole. When
   * it resolves the record is complete and durable; when it rejects, either may be there.
   * @param bytes small enough to be held in memory a few times
   * @throws StorageFullError
   */
  putRecord(name: string, bytes: Uint8Array): Promise<void>;

  /** The whole record, or undefined when there is none. Never answered from a cache. */
  readRecord(name: string): Promise<Uint8Array | undefined>;

  /** Lists the names of all records, in no set order. Absence here is no evidence. */
  listRecords(signal?: AbortSignal): AsyncIterable<string>;

  /** Removes a record. Resolves also when there is none. */
  deleteRecord(name: string): Promise<void>;

  /** Proves that a small object can be written, read and deleted now. Throws what went wrong, for `/readyz` and `doctor`. */
  checkHealth(): Promise<void>;

  /** How much the medium holds, and how much more it takes. Absent in drivers whose medium has no end that it could tell. */
  measureCapacity?(): Promise<StorageCapacity>;

  /** Destroys every object, upload and record of this storage, what is in quarantine included: the end of an instance. */
  destroy(): Promise<void>;

  close(): Promise<void>;
}

/** What a driver needs in order to go on with an upload; JSON-serializable. `size` is the count of acknowledged bytes. */
export interface UploadState {
  readonly size: number;
  readonly [driverField: string]: unknown;
}

export interface FailedDeletion {
  readonly key: string;
  readonly error: unknown;
}

/** Where an object lies. */
export type ObjectLocation = FileLocation | UrlLocation;

export interface FileLocation {
  readonly kind: 'file';
  /** Absolute. */
  readonly path: string;
  readonly sizeBytes: number;
}

/** An address that leads whoever has it to the object, for a while. */
export interface UrlLocation {
  readonly kind: 'url';
  readonly url: string;
  readonly sizeBytes: number;
}

export interface AppendOptions {
  readonly signal?: AbortSignal;
  readonly onBytes?: (piece: Uint8Array) => void;
  /** Called once when the body has ended, before the append is acknowledged: what it throws, the append rejects with. */
  readonly onEnd?: () => void;
  /** Is given memory that the driver needs no longer, pieces of the body or copies of them: the caller may free it. */
  readonly release?: (bytes: Uint8Array) => void;
}

export interface ImportOptions extends Pick<AppendOptions, 'signal' | 'release'> {
  readonly sizeBytes: number;
}

/** The medium has no room, or is read-only; wire answer 507. */
export class StorageFullError extends ProductError {
  override readonly name = 'StorageFullError';

  constructor(message: string, options: { cause?: unknown } = {}) {
    super('INSUFFICIENT_STORAGE', message, options);
  }
}

/** The upload is not in the storage: aborted, completed or reclaimed. */
export class UploadNotFoundError extends Error {
  override readonly name = 'UploadNotFoundError';
}

/** Acknowledged bytes of the upload are missing: a power cut or a damaged medium took them. It cannot be continued. */
export class UploadDamagedError extends Error {
  override readonly name = 'UploadDamagedError';
}

/** The object is not in the storage. */
export class ObjectNotFoundError extends Error {
  override readonly name = 'ObjectNotFoundError';
}

/** @throws RangeError when what came is not as long as was said */
export function assertImportedSize(key: string, actualBytes: number, sizeBytes: number): void {
  if (actualBytes === sizeBytes) return;
  throw new RangeError(`the copy of ${key} has ${actualBytes} bytes instead of ${sizeBytes}`);
}
