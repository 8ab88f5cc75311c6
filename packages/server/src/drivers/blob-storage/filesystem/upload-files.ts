import { closeSync, constants, existsSync, fstatSync, type Stats } from 'node:fs';
import { copyFile, opendir, rename, truncate, unlink } from 'node:fs/promises';
import { abortableBody } from '../../../kernel/abortable-body.ts';
import { failpoint } from '../../../kernel/failpoints.ts';
import { type AppendOptions, UploadDamagedError, UploadNotFoundError, type UploadState } from '../blob-storage.ts';
import { isStorageName } from '../storage-name.ts';
import { BatchWriter } from './batch-writer.ts';
import { syncFolder } from './durable-folder.ts';
import { closeFile, openFile, removeFile, syncData, truncateFile } from './file-calls.ts';
import { publishFile } from './publish-file.ts';
import { findErrorCode, passStep, toStorageFileError } from './storage-file-error.ts';
import { FILE_MODE, type StoragePaths } from './storage-paths.ts';
import { tailChecksum } from './tail-checksum.ts';

/** Entries that one call of the system lists. */
const LIST_BATCH_ENTRIES = 1024;
/** Ends the name of a copy that will take the place of an upload's file. */
const DETACHED = '.detached';
/** The field of an upload's state that has the checksum of its last bytes. */
const TAIL_CHECKSUM = 'tailChecksum';

/**
 * The uploads of a filesystem storage: each is a file, made when its first byte comes, that grows at its end. When it is
 * complete it gets a second name, the object's, and loses its own when the caller aborts the upload: until then a process
 * that dies has lost nothing of it.
 *
 * What is synced, and why no more: the file's data before it gets the new name, so that the name never stands for bytes
 * that a power cut takes; the folder of the new name after it, so that the name stays. The folder of the old name need not
 * be: where a power cut brings that one back, it is an upload without a row, and an orphan.
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
    { signal, onBytes, onEnd, release }: AppendOptions,
  ): Promise<UploadState> {
    const { fd } = await this.#openToChange(uploadId, state, () => true);
    const writer = new BatchWriter(fd, state.size, release);
    let checksum: number | undefined;
    try {
      for await (const piece of abortableBody(body, signal)) {
        onBytes?.(piece);
        const room = writer.write(piece);
        if (room !== undefined) await room;
      }
      onEnd?.();
      await writer.finish();
      passStep('upload.append.written');
      signal?.throwIfAborted();
      checksum = tailChecksum(fd, writer.position);
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
    return { size: writer.position, [TAIL_CHECKSUM]: checksum };
  }

  /** @throws UploadNotFoundError; UploadDamagedError */
  async check(uploadId: string, state: UploadState): Promise<void> {
    if (state.size === 0) return;
    const fd = await this.#open(uploadId, state);
    try {
      assertHolds(uploadId, state, fd);
    } finally {
      await closeFile(fd);
    }
  }

  /** Gives the upload's bytes the name of an object; the upload's own name stays until it is aborted. */
  async complete(uploadId: string, state: UploadState, key: string): Promise<void> {
    const path = this.#paths.upload(uploadId);
    const objectPath = this.#paths.object(key);
    const { fd, heldBytes, isShared } = await this.#openToChange(uploadId, state, (bytes) => bytes > state.size);
    try {
      if (heldBytes > state.size) await truncateFile(fd, state.size);
      await this.#syncData(fd).catch(async (error: unknown) => {
        await this.#condemn(uploadId, [path], isShared);
        throw error;
      });
    } catch (error) {
      throw toStorageFileError(error);
    } finally {
      await closeFile(fd);
    }
    passStep('upload.complete.publish');
    const isNew = await publishFile(path, objectPath);
    await this.#syncName(key).catch(async (error: unknown) => {
      // What an earlier call has named stays: that one may have been acknowledged.
      await this.#condemn(uploadId, isNew ? [objectPath, path] : [path], !isNew);
      throw toStorageFileError(error);
    });
    passStep('upload.complete.done');
  }

  async abort(uploadId: string): Promise<void> {
    const path = this.#paths.upload(uploadId);
    passStep('upload.abort');
    // Most uploads never had a file, and to know that takes no turn through the thread pool.
    if (existsSync(path)) await removeFile(path);
  }

  async *list(signal?: AbortSignal): AsyncGenerator<string, void, undefined> {
    signal?.throwIfAborted();
    for await (const entry of await opendir(this.#paths.uploads, { bufferSize: LIST_BATCH_ENTRIES })) {
      signal?.throwIfAborted();
      if (isStorageName('upload id', entry.name) && entry.isFile()) yield entry.name;
    }
  }

  /** Opens the file for writing, and makes it where no byte was acknowledged. @throws UploadNotFoundError */
  async #open(uploadId: string, state: UploadState): Promise<number> {
    const isNew = state.size === 0;
    try {
      if (isNew) failpoint('upload.create');
      if (this.#condemned.has(uploadId)) throw new UploadNotFoundError(`the upload ${uploadId} was given up`);
      const flags = isNew ? constants.O_RDWR | constants.O_CREAT : constants.O_RDWR;
      return await openFile(this.#paths.upload(uploadId), flags, FILE_MODE);
    } catch (error) {
      if (findErrorCode(error) !== 'ENOENT' || isNew) throw toStorageFileError(error);
      throw new UploadNotFoundError(`there is no upload ${uploadId}`, { cause: error });
    }
  }

  /**
   * Opens the file of an upload. A close that was not acknowledged may have left its bytes under the name of an object too,
   * and objects never change: if this one is going to, the upload first gets a file of its own.
   * @param changes whether a file of so many bytes is going to be written to or cut
   */
  async #openToChange(
    uploadId: string,
    state: UploadState,
    changes: (heldBytes: number) => boolean,
  ): Promise<{ readonly fd: number; readonly heldBytes: number; readonly isShared: boolean }> {
    const fd = await this.#open(uploadId, state);
    try {
      const { size, nlink } = assertHolds(uploadId, state, fd);
      const isShared = nlink > 1;
      if (!isShared || !changes(size)) return { fd, heldBytes: size, isShared };
    } catch (error) {
      closeSync(fd);
      throw error;
    }
    closeSync(fd);
    await this.#detach(uploadId, state);
    return { fd: await this.#open(uploadId, state), heldBytes: state.size, isShared: false };
  }

  /** Copies the acknowledged bytes into a new file, which takes the upload's name. */
  async #detach(uploadId: string, state: UploadState): Promise<void> {
    const path = this.#paths.upload(uploadId);
    const copy = this.#paths.upload(`${uploadId}${DETACHED}`);
    try {
      await copyFile(path, copy, constants.COPYFILE_FICLONE);
      await truncate(copy, state.size);
      await rename(copy, path);
    } catch (error) {
      await removeFile(copy).catch(() => {});
      throw toStorageFileError(error);
    }
  }

  /** After a failed fsync the system may have dropped the bytes and call the next fsync a success: the upload is given up. */
  async #syncData(fd: number): Promise<void> {
    failpoint('upload.complete.sync');
    await syncData(fd);
  }

  async #syncName(key: string): Promise<void> {
    failpoint('upload.complete.sync-folder');
    await syncFolder(this.#paths.objectFolder(key));
  }

  /**
   * Makes sure that no later call acknowledges the bytes that lie under these names.
   * @param isShared an object that is none of them has the bytes too: the names go, and not the bytes
   */
  async #condemn(uploadId: string, names: readonly string[], isShared: boolean): Promise<void> {
    this.#condemned.add(uploadId);
    for (const path of names) {
      await unlink(path).catch(async () => {
        if (!isShared) await truncate(path, 0).catch(() => {});
      });
    }
  }
}

/**
 * Only a power cut or a damaged medium takes acknowledged bytes. What is looked at is the length, and the bytes at its end:
 * the others a filesystem keeps where it keeps the length.
 */
function assertHolds(uploadId: string, state: UploadState, fd: number): Stats {
  const stats = fstatSync(fd);
  if (stats.size < state.size) {
    throw damaged(uploadId, `${stats.size} bytes are left of ${state.size} acknowledged ones`);
  }
  const acknowledged = state[TAIL_CHECKSUM];
  // A state of an earlier version has none.
  if (acknowledged !== undefined && tailChecksum(fd, state.size) !== acknowledged) {
    throw damaged(uploadId, `the last of its ${state.size} acknowledged bytes are others`);
  }
  return stats;
}

function damaged(uploadId: string, what: string): UploadDamagedError {
  return new UploadDamagedError(`the upload ${uploadId} is damaged: ${what}`);
}
