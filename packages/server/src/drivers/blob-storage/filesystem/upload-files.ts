import { constants } from 'node:fs';
import { opendir, rename, truncate, unlink } from 'node:fs/promises';

import { failpoint } from '../../../kernel/failpoints.ts';
import { abortableBody } from '../abortable-body.ts';
import { type AppendOptions, UploadDamagedError, UploadNotFoundError, type UploadState } from '../blob-storage.ts';
import { isStorageName } from '../storage-name.ts';
import { BatchWriter } from './batch-writer.ts';
import { syncFolder } from './durable-folder.ts';
import { closeFile, findFileSize, openFile, removeFile, sizeOfFile, syncData, truncateFile } from './file-calls.ts';
import { findErrorCode, passStep, toStorageFileError } from './storage-file-error.ts';
import { FILE_MODE, type StoragePaths } from './storage-paths.ts';

/** Entries that one call of the system lists. */
const LIST_BATCH_ENTRIES = 1024;

/**
 * The uploads of a filesystem storage: each is a file, made when its first byte comes, that grows at its end and is
 * renamed when it is complete.
 *
 * What is synced, and why no more: the file's data before the rename, so that the name never stands for bytes that a
 * power cut takes; the folder of the new name after it, so that the name stays. The folder of the old name need not be:
 * where a power cut brings that one back, it is an upload without a row, and an orphan.
 */
export class UploadFiles {
  readonly #paths: StoragePaths;
  /** Uploads whose bytes the system failed to make durable, in case their files could not be removed either. */
  readonly #condemned = new Set<string>();

  constructor(paths: StoragePaths) {
    this.#paths = paths;
  }

  async append(
    uploadId: string,
    state: UploadState,
    body: AsyncIterable<Uint8Array>,
    { signal, onBytes }: AppendOptions,
  ): Promise<UploadState> {
    const fd = await this.#open(uploadId, state);
    const writer = new BatchWriter(fd, state.size);
    try {
      if (state.size > 0) await getHeldSize(fd, uploadId, state);
      for await (const piece of abortableBody(body, signal)) {
        onBytes?.(piece);
        const room = writer.write(piece);
        if (room !== undefined) await room;
      }
      await writer.finish();
      passStep('upload.append.written');
      signal?.throwIfAborted();
    } catch (error) {
      await writer.settle();
      // What fails here costs room until the upload ends; the next append writes over it.
      if (writer.position > state.size) await truncateFile(fd, state.size).catch(() => {});
      await closeFile(fd).catch(() => {});
      throw error;
    }
    // Some filesystems say only here that they could not keep the bytes.
    await closeFile(fd).catch((error: unknown) => {
      throw toStorageFileError(error);
    });
    return { size: writer.position };
  }

  async complete(uploadId: string, state: UploadState, key: string): Promise<void> {
    const objectPath = this.#paths.object(key);
    const found = await this.#findOpen(uploadId, constants.O_WRONLY);
    const fd = found ?? (await this.#openUnlessCompleted(uploadId, state, key));
    if (fd === undefined) return;
    await this.#makeDurable(fd, uploadId, state, key);
    try {
      failpoint('upload.complete.rename');
      await rename(this.#paths.upload(uploadId), objectPath);
    } catch (error) {
      throw toStorageFileError(error);
    }
    await this.#syncRename(key).catch(async (error: unknown) => {
      await this.#condemn(uploadId, objectPath);
      throw toStorageFileError(error);
    });
    passStep('upload.complete.done');
  }

  async abort(uploadId: string): Promise<void> {
    const path = this.#paths.upload(uploadId);
    passStep('upload.abort');
    await removeFile(path);
  }

  async *list(signal?: AbortSignal): AsyncGenerator<string, void, undefined> {
    signal?.throwIfAborted();
    for await (const entry of await opendir(this.#paths.uploads, { bufferSize: LIST_BATCH_ENTRIES })) {
      signal?.throwIfAborted();
      if (isStorageName('upload id', entry.name) && entry.isFile()) yield entry.name;
    }
  }

  /** Opens the file for writing, and makes it where no byte was acknowledged. */
  async #open(uploadId: string, state: UploadState): Promise<number> {
    const isNew = state.size === 0;
    if (isNew) passStep('upload.create');
    const fd = await this.#findOpen(uploadId, isNew ? constants.O_WRONLY | constants.O_CREAT : constants.O_WRONLY);
    if (fd === undefined) throw new UploadNotFoundError(`there is no upload ${uploadId}`);
    return fd;
  }

  async #findOpen(uploadId: string, flags: number): Promise<number | undefined> {
    const path = this.#paths.upload(uploadId);
    if (this.#condemned.has(uploadId)) return undefined;
    try {
      return await openFile(path, flags, FILE_MODE);
    } catch (error) {
      if (findErrorCode(error) === 'ENOENT' && (flags & constants.O_CREAT) === 0) return undefined;
      throw toStorageFileError(error);
    }
  }

  /**
   * Cuts off what a failed append left behind the acknowledged bytes, makes them durable and closes the file.
   * After a failed fsync the system may have dropped the bytes and call the next fsync a success: the upload is given up.
   */
  async #makeDurable(fd: number, uploadId: string, state: UploadState, key: string): Promise<void> {
    try {
      const heldSize = await getHeldSize(fd, uploadId, state);
      if (heldSize > state.size) await truncateFile(fd, state.size);
      // Looked up while the disk works.
      const taken = findFileSize(this.#paths.object(key));
      taken.catch(() => {});
      await this.#syncData(fd).catch(async (error: unknown) => {
        await this.#condemn(uploadId, this.#paths.upload(uploadId));
        throw error;
      });
      if ((await taken) !== undefined) throw new Error(`the storage key ${key} is taken`);
    } catch (error) {
      throw toStorageFileError(error);
    } finally {
      await closeFile(fd);
    }
  }

  async #syncData(fd: number): Promise<void> {
    failpoint('upload.complete.sync');
    await syncData(fd);
  }

  /**
   * What is left to do where the upload has no file: nothing when an earlier call has completed it; that one may have ended
   * before its rename was durable. Or it never had a byte, and gets its file now.
   * @throws UploadNotFoundError when it had bytes
   */
  async #openUnlessCompleted(uploadId: string, state: UploadState, key: string): Promise<number | undefined> {
    const isCondemned = this.#condemned.has(uploadId);
    const size = isCondemned ? undefined : await findFileSize(this.#paths.object(key));
    if (size === undefined) {
      if (state.size === 0 && !isCondemned) return this.#open(uploadId, state);
      throw new UploadNotFoundError(`there is no upload ${uploadId}`);
    }
    if (size !== state.size) {
      throw new Error(`the upload ${uploadId} has ${state.size} bytes, and the object ${key} has ${size}`);
    }
    await this.#syncRename(key).catch((error: unknown) => {
      // The object stays: the earlier call may have been acknowledged.
      this.#condemned.add(uploadId);
      throw toStorageFileError(error);
    });
    return undefined;
  }

  async #syncRename(key: string): Promise<void> {
    failpoint('upload.complete.sync-folder');
    await syncFolder(this.#paths.objectFolder(key));
  }

  /** Makes sure that no later call acknowledges the bytes of `path`. */
  async #condemn(uploadId: string, path: string): Promise<void> {
    this.#condemned.add(uploadId);
    await unlink(path).catch(() => truncate(path, 0).catch(() => {}));
  }
}

/** @throws UploadDamagedError when acknowledged bytes are missing, which only a power cut or a damaged medium does */
async function getHeldSize(fd: number, uploadId: string, state: UploadState): Promise<number> {
  const size = await sizeOfFile(fd);
  if (size >= state.size) return size;
  throw new UploadDamagedError(
    `the upload ${uploadId} is damaged: ${size} bytes are left of ${state.size} acknowledged ones`,
  );
}
