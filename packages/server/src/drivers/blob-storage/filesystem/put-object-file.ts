import { closeSync, constants } from 'node:fs';

import { failpoint } from '../../../kernel/failpoints.ts';
import { writeFully } from './batch-writer.ts';
import { syncFolder } from './durable-folder.ts';
import { openFile, removeFile, syncData } from './file-calls.ts';
import { passStep, toStorageFileError } from './storage-file-error.ts';
import { FILE_MODE } from './storage-paths.ts';

/**
 * Writes a small object at its name at once: the data is synced, then the folder. A crash in between leaves a file that is
 * perhaps not whole, and that no row leads to. It is removed when a step fails; where that fails too it is an orphan.
 * @throws StorageFullError; an error when there is such a file
 */
export async function putObjectFile(path: string, folder: string, pieces: readonly Uint8Array[]): Promise<void> {
  const fd = await createFile(path);
  try {
    try {
      failpoint('object.put');
      await writeFully(fd, pieces, 0);
      failpoint('object.put.sync');
      await syncData(fd);
    } finally {
      // Its data is on the disk already, so there is nothing to wait for.
      closeSync(fd);
    }
    failpoint('object.put.sync-folder');
    await syncFolder(folder);
  } catch (error) {
    await removeFile(path).catch(() => {});
    throw toStorageFileError(error);
  }
  passStep('object.put.done');
}

async function createFile(path: string): Promise<number> {
  try {
    failpoint('object.put.create');
    return await openFile(path, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, FILE_MODE);
  } catch (error) {
    throw toStorageFileError(error);
  }
}
