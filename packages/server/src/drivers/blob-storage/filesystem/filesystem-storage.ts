import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { open, opendir, readFile, rename, rm, statfs } from 'node:fs/promises';
import { resolve } from 'node:path';

import { failpoint } from '../../../kernel/failpoints.ts';
import {
  type AppendOptions,
  assertImportedSize,
  type BlobStorage,
  type FailedDeletion,
  type ImportOptions,
  type ObjectLocation,
  ObjectNotFoundError,
  type StorageCapacity,
  type UploadState,
} from '../blob-storage.ts';
import { assertStorageName, isStorageName } from '../storage-name.ts';
import { makeDurableFolder, makeDurableSubfolders, syncFolder } from './durable-folder.ts';
import { findFileSize, openFile, removeFile } from './file-calls.ts';
import { publishFile } from './publish-file.ts';
import { putObjectFile } from './put-object-file.ts';
import { ReadBufferPool } from './read-buffer-pool.ts';
import { readFileRange } from './read-file-range.ts';
import { readRecordFile, writeRecordFile } from './record-files.ts';
import { findErrorCode, passStep, toStorageFileError } from './storage-file-error.ts';
import { FILE_MODE, StoragePaths } from './storage-paths.ts';
import { UploadFiles } from './upload-files.ts';

/** Entries that one call of the system lists. */
const LIST_BATCH_ENTRIES = 1024;
/** Beside requests, which want the disk as well. */
const DELETES_AT_ONCE = 4;
const HEALTH_TEXT = 'Roadstead wrote this to see whether it can.\n';

/**
 * Opens the storage of one instance below `rootDir`, and makes the folders that are missing. `StoragePaths` has the layout.
 *
 * Durability: an acknowledged append is in the page cache, so it survives the end of this process, however it ends; a
 * power cut may take the tail of an *open* upload. `checkUpload`, `appendUpload` and `completeUpload` compare the file with the
 * acknowledged size and a checksum of the bytes before it, so such an upload fails and never becomes a short object. A
 * completed object survives a power cut.
 *
 * Any number of processes may have one folder open. Network filesystems are not refused here.
 */
export async function openFilesystemStorage(options: FilesystemStorageOptions): Promise<BlobStorage> {
  const rootDir = resolve(options.rootDir);
  const paths = new StoragePaths(rootDir);
  try {
    await makeDurableFolder(rootDir);
    await makeDurableSubfolders([paths.uploads, paths.blobs, paths.quarantine, paths.records]);
    await makeDurableSubfolders(paths.objectFolders());
  } catch (error) {
    throw toStorageFileError(error);
  }
  return new FilesystemStorage(paths);
}

export interface FilesystemStorageOptions {
  /** The folder of one instance; made when it is missing. `uploads`, `blobs`, `quarantine` and `records` in it belong to the storage. */
  readonly rootDir: string;
}

class FilesystemStorage implements BlobStorage {
  readonly kind = 'filesystem';
  readonly #paths: StoragePaths;
  readonly #uploads: UploadFiles;
  readonly #pool = new ReadBufferPool();

  constructor(paths: StoragePaths) {
    this.#paths = paths;
    this.#uploads = new UploadFiles(paths);
  }

  createUpload(uploadId: string): UploadState {
    assertStorageName('upload id', uploadId);
    return { size: 0 };
  }

  appendUpload(
    uploadId: string,
    state: UploadState,
    body: AsyncIterable<Uint8Array>,
    options: AppendOptions,
  ): Promise<UploadState> {
    return this.#uploads.append(uploadId, state, body, options);
  }

  checkUpload(uploadId: string, state: UploadState): Promise<void> {
    return this.#uploads.check(uploadId, state);
  }

  async completeUpload(uploadId: string, state: UploadState, key: string): Promise<string> {
    await this.#uploads.complete(uploadId, state, key);
    return key;
  }

  async putObject(key: string, pieces: readonly Uint8Array[]): Promise<void> {
    await putObjectFile(this.#paths.object(key), this.#paths.objectFolder(key), pieces);
  }

  /** By way of an upload of its own, which a crash leaves as one that nobody knows. */
  async importObject(
    key: string,
    body: AsyncIterable<Uint8Array>,
    { sizeBytes, ...options }: ImportOptions,
  ): Promise<void> {
    assertStorageName('storage key', key);
    const uploadId = `import-${randomUUID()}`;
    try {
      const state = await this.#uploads.append(uploadId, { size: 0 }, body, options);
      assertImportedSize(key, state.size, sizeBytes);
      await this.#uploads.complete(uploadId, state, key);
    } finally {
      await this.#uploads.abort(uploadId).catch(() => undefined);
    }
  }

  abortUpload(uploadId: string, _state: UploadState): Promise<void> {
    return this.#uploads.abort(uploadId);
  }

  listUploads(signal?: AbortSignal): AsyncIterable<string> {
    return this.#uploads.list(signal);
  }

  async findObjectSize(key: string): Promise<number | undefined> {
    return findFileSize(this.#paths.object(key));
  }

  readObject(key: string, start: number, end: number, signal?: AbortSignal): AsyncIterable<Uint8Array> {
    return readFileRange(() => openObject(this.#paths.object(key), key), { start, end, signal }, this.#pool);
  }

  async locateObject(key: string): Promise<ObjectLocation | undefined> {
    const path = this.#paths.object(key);
    const sizeBytes = await findFileSize(path);
    return sizeBytes === undefined ? undefined : { kind: 'file', path, sizeBytes };
  }

  async deleteObject(key: string): Promise<void> {
    const path = this.#paths.object(key);
    passStep('object.delete');
    await removeFile(path);
    passStep('object.delete.done');
  }

  async deleteObjects(keys: readonly string[]): Promise<readonly FailedDeletion[]> {
    for (const key of keys) assertStorageName('storage key', key);
    const failed: FailedDeletion[] = [];
    const queue = keys.values();
    const lanes = Array.from({ length: DELETES_AT_ONCE }, async () => {
      for (const key of queue) await this.deleteObject(key).catch((error: unknown) => failed.push({ key, error }));
    });
    await Promise.all(lanes);
    return failed;
  }

  async quarantineObject(key: string): Promise<boolean> {
    const path = this.#paths.object(key);
    if ((await findFileSize(path)) === undefined) return false;
    try {
      failpoint('object.quarantine');
      await rename(path, this.#paths.quarantined(key));
      // The folder that it left, so that it stays away, and the one that it came to, so that it is kept.
      await Promise.all([this.#paths.objectFolder(key), this.#paths.quarantine].map(syncFolder));
      return true;
    } catch (error) {
      throw toStorageFileError(error);
    }
  }

  async *listObjectKeys(signal?: AbortSignal): AsyncIterable<string> {
    for (const folder of this.#paths.objectFolders()) {
      signal?.throwIfAborted();
      for await (const entry of await opendir(folder, { bufferSize: LIST_BATCH_ENTRIES })) {
        signal?.throwIfAborted();
        // What this driver would not find again under its name is no object.
        const isObject = isStorageName('storage key', entry.name) && this.#paths.objectFolder(entry.name) === folder;
        if (isObject && entry.isFile()) yield entry.name;
      }
    }
  }

  async putRecord(name: string, bytes: Uint8Array): Promise<void> {
    await writeRecordFile(this.#paths.record(name), bytes);
  }

  async readRecord(name: string): Promise<Uint8Array | undefined> {
    return readRecordFile(this.#paths.record(name));
  }

  async *listRecords(signal?: AbortSignal): AsyncIterable<string> {
    signal?.throwIfAborted();
    for await (const entry of await opendir(this.#paths.records, { bufferSize: LIST_BATCH_ENTRIES })) {
      signal?.throwIfAborted();
      if (isStorageName('record name', entry.name) && entry.isFile()) yield entry.name;
    }
  }

  async deleteRecord(name: string): Promise<void> {
    await removeFile(this.#paths.record(name));
  }

  /** Goes the way of a blob: written, synced, named as an object is, read, deleted. */
  async checkHealth(): Promise<void> {
    const name = `.health-${randomUUID()}`;
    const written = `${this.#paths.uploads}/${name}`;
    const named = `${this.#paths.blobs}/00/${name}`;
    try {
      const handle = await open(written, 'wx', FILE_MODE);
      try {
        await handle.writeFile(HEALTH_TEXT);
        await handle.datasync();
      } finally {
        await handle.close();
      }
      await publishFile(written, named);
      const read = await readFile(named, 'utf8');
      if (read !== HEALTH_TEXT) throw new Error('the blob storage does not return what was written to it');
      for (const path of [named, written]) await rm(path, { force: true });
    } catch (error) {
      await Promise.allSettled([rm(written, { force: true }), rm(named, { force: true })]);
      throw toStorageFileError(error);
    }
  }

  async measureCapacity(): Promise<StorageCapacity> {
    const { blocks, bavail, bsize } = await statfs(this.#paths.blobs);
    return { totalBytes: blocks * bsize, freeBytes: bavail * bsize };
  }

  async destroy(): Promise<void> {
    const { uploads, blobs, quarantine, records } = this.#paths;
    for (const folder of [uploads, blobs, quarantine, records]) await rm(folder, { recursive: true, force: true });
  }

  async close(): Promise<void> {
    this.#pool.clear();
  }
}

async function openObject(path: string, key: string): Promise<number> {
  try {
    return await openFile(path, constants.O_RDONLY);
  } catch (error) {
    if (findErrorCode(error) !== 'ENOENT') throw error;
    throw new ObjectNotFoundError(`there is no object ${key}`, { cause: error });
  }
}
