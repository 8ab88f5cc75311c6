import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, open, opendir, readFile, rename, rm, stat, truncate, unlink } from 'node:fs/promises';
import { resolve } from 'node:path';

import { abortableBody } from '../abortable-body.ts';
import {
  type AppendOptions,
  type BlobStorage,
  ObjectNotFoundError,
  UploadDamagedError,
  UploadNotFoundError,
  type UploadState,
} from '../blob-storage.ts';
import { isStorageName } from '../storage-name.ts';
import { BatchWriter } from './batch-writer.ts';
import { makeDurableFolder, makeDurableSubfolders, syncFolder } from './durable-folder.ts';
import { ReadBufferPool } from './read-buffer-pool.ts';
import { readFileRange } from './read-file-range.ts';
import { findErrorCode, toStorageFileError } from './storage-file-error.ts';
import { StoragePaths } from './storage-paths.ts';

const FILE_MODE = 0o640;
/** Entries that one call of the system lists. */
const LIST_BATCH_ENTRIES = 1024;
const HEALTH_TEXT = 'Roadstead wrote this to see whether it can.\n';

/**
 * Opens the storage of one instance below `rootDir`, and makes the folders that are missing. `StoragePaths` has the layout.
 *
 * Durability: an acknowledged append is in the page cache, so it survives the end of this process, however it ends; a
 * power cut may take the tail of an *open* upload. `appendUpload` and `completeUpload` compare the file with the
 * acknowledged size, so such an upload fails and never becomes a short object. A completed object survives a power cut.
 *
 * Any number of processes may have one folder open. Network filesystems are not refused here.
 */
export async function openFilesystemStorage(options: FilesystemStorageOptions): Promise<BlobStorage> {
  const rootDir = resolve(options.rootDir);
  const paths = new StoragePaths(rootDir);
  try {
    await makeDurableFolder(rootDir);
    await makeDurableSubfolders([paths.uploads, paths.blobs]);
    await makeDurableSubfolders(paths.objectFolders());
  } catch (error) {
    throw toStorageFileError(error);
  }
  return new FilesystemStorage(paths);
}

export interface FilesystemStorageOptions {
  /** The folder of one instance; made when it is missing. `uploads` and `blobs` in it belong to the storage. */
  readonly rootDir: string;
}

class FilesystemStorage implements BlobStorage {
  readonly kind = 'filesystem';
  readonly #paths: StoragePaths;
  readonly #pool = new ReadBufferPool();
  /** Uploads whose bytes the system failed to make durable, in case their files could not be removed either. */
  readonly #condemned = new Set<string>();

  constructor(paths: StoragePaths) {
    this.#paths = paths;
  }

  async createUpload(uploadId: string): Promise<UploadState> {
    const path = this.#paths.upload(uploadId);
    try {
      const handle = await open(path, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, FILE_MODE);
      await handle.close();
    } catch (error) {
      throw toStorageFileError(error);
    }
    return { size: 0 };
  }

  async appendUpload(
    uploadId: string,
    state: UploadState,
    body: AsyncIterable<Uint8Array>,
    { signal, onBytes }: AppendOptions,
  ): Promise<UploadState> {
    const handle = await this.#getUploadFile(uploadId);
    const writer = new BatchWriter(handle, state.size);
    try {
      await getHeldSize(handle, uploadId, state);
      for await (const piece of abortableBody(body, signal)) {
        onBytes?.(piece);
        const room = writer.write(piece);
        if (room !== undefined) await room;
      }
      await writer.finish();
      signal?.throwIfAborted();
      return { size: writer.position };
    } finally {
      await writer.settle();
      await handle.close();
    }
  }

  async completeUpload(uploadId: string, state: UploadState, key: string): Promise<string> {
    const objectPath = this.#paths.object(key);
    const handle = await this.#findUploadFile(uploadId);
    if (handle === undefined) {
      await this.#assertIsObject(uploadId, state, key);
      return key;
    }
    await this.#makeUploadDurable(handle, uploadId, state);
    if ((await this.findObjectSize(key)) !== undefined) throw new Error(`the storage key ${key} is taken`);
    try {
      await rename(this.#paths.upload(uploadId), objectPath);
    } catch (error) {
      throw toStorageFileError(error);
    }
    try {
      await this.#syncRename(key);
    } catch (error) {
      await this.#condemn(uploadId, objectPath);
      throw toStorageFileError(error);
    }
    return key;
  }

  async abortUpload(uploadId: string, _state: UploadState): Promise<void> {
    await rm(this.#paths.upload(uploadId), { force: true });
  }

  async findObjectSize(key: string): Promise<number | undefined> {
    try {
      return (await stat(this.#paths.object(key))).size;
    } catch (error) {
      if (findErrorCode(error) === 'ENOENT') return undefined;
      throw error;
    }
  }

  readObject(key: string, start: number, end: number, signal?: AbortSignal): AsyncIterable<Uint8Array> {
    return readFileRange(() => getObjectFile(this.#paths.object(key), key), { start, end, signal }, this.#pool);
  }

  /**
   * Does not wait until the removal is durable: an object that comes back after a power cut is an orphan, and no row leads to it.
   */
  async deleteObject(key: string): Promise<void> {
    await rm(this.#paths.object(key), { force: true });
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

  /** Goes the way of a blob: written, synced, renamed into a folder of objects, read, deleted. */
  async checkHealth(): Promise<void> {
    const name = `.health-${randomUUID()}`;
    const written = `${this.#paths.uploads}/${name}`;
    const renamed = `${this.#paths.blobs}/00/${name}`;
    try {
      const handle = await open(written, 'wx', FILE_MODE);
      try {
        await handle.writeFile(HEALTH_TEXT);
        await handle.datasync();
      } finally {
        await handle.close();
      }
      await rename(written, renamed);
      const read = await readFile(renamed, 'utf8');
      if (read !== HEALTH_TEXT) throw new Error('the blob storage does not return what was written to it');
      await unlink(renamed);
    } catch (error) {
      await Promise.allSettled([rm(written, { force: true }), rm(renamed, { force: true })]);
      throw toStorageFileError(error);
    }
  }

  async destroy(): Promise<void> {
    await rm(this.#paths.uploads, { recursive: true, force: true });
    await rm(this.#paths.blobs, { recursive: true, force: true });
  }

  async close(): Promise<void> {
    this.#pool.clear();
  }

  async #findUploadFile(uploadId: string): Promise<FileHandle | undefined> {
    const path = this.#paths.upload(uploadId);
    if (this.#condemned.has(uploadId)) return undefined;
    try {
      // Never O_CREAT: an append that is late must not bring an aborted upload back.
      return await open(path, constants.O_RDWR);
    } catch (error) {
      if (findErrorCode(error) === 'ENOENT') return undefined;
      throw toStorageFileError(error);
    }
  }

  async #getUploadFile(uploadId: string): Promise<FileHandle> {
    const handle = await this.#findUploadFile(uploadId);
    if (handle === undefined) throw new UploadNotFoundError(`there is no upload ${uploadId}`);
    return handle;
  }

  /**
   * Cuts off what a failed append left behind the acknowledged bytes, makes them durable and closes the file.
   * After a failed fsync the system may have dropped the bytes and call the next fsync a success: the upload is given up.
   */
  async #makeUploadDurable(handle: FileHandle, uploadId: string, state: UploadState): Promise<void> {
    try {
      const heldSize = await getHeldSize(handle, uploadId, state);
      if (heldSize > state.size) await handle.truncate(state.size);
      await handle.datasync().catch(async (error: unknown) => {
        await this.#condemn(uploadId, this.#paths.upload(uploadId));
        throw error;
      });
    } catch (error) {
      throw toStorageFileError(error);
    } finally {
      await handle.close();
    }
  }

  /** The way of a repeated `completeUpload`: the earlier one may have ended before its rename was durable. */
  async #assertIsObject(uploadId: string, state: UploadState, key: string): Promise<void> {
    const size = this.#condemned.has(uploadId) ? undefined : await this.findObjectSize(key);
    if (size === undefined) throw new UploadNotFoundError(`there is no upload ${uploadId}`);
    if (size !== state.size) {
      throw new Error(`the upload ${uploadId} has ${state.size} bytes, and the object ${key} has ${size}`);
    }
    await this.#syncRename(key).catch((error: unknown) => {
      // The object stays: the earlier call may have been acknowledged.
      this.#condemned.add(uploadId);
      throw toStorageFileError(error);
    });
  }

  /** Makes the new name durable, and the end of the old one. */
  async #syncRename(key: string): Promise<void> {
    const outcomes = await Promise.allSettled([
      syncFolder(this.#paths.objectFolder(key)),
      syncFolder(this.#paths.uploads),
    ]);
    for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
  }

  /** Makes sure that no later call acknowledges the bytes of `path`. */
  async #condemn(uploadId: string, path: string): Promise<void> {
    this.#condemned.add(uploadId);
    await unlink(path).catch(() => truncate(path, 0).catch(() => {}));
  }
}

/** @throws UploadDamagedError when acknowledged bytes are missing, which only a power cut or a damaged medium does */
async function getHeldSize(handle: FileHandle, uploadId: string, state: UploadState): Promise<number> {
  const { size } = await handle.stat();
  if (size >= state.size) return size;
  throw new UploadDamagedError(
    `the upload ${uploadId} is damaged: ${size} bytes are left of ${state.size} acknowledged ones`,
  );
}

async function getObjectFile(path: string, key: string): Promise<FileHandle> {
  try {
    return await open(path, constants.O_RDONLY);
  } catch (error) {
    if (findErrorCode(error) !== 'ENOENT') throw error;
    throw new ObjectNotFoundError(`there is no object ${key}`, { cause: error });
  }
}
