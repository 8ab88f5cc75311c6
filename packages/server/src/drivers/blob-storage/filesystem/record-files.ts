import { randomUUID } from 'node:crypto';
import { open, readFile, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';

import { syncFolder } from './durable-folder.ts';
import { findErrorCode, toStorageFileError } from './storage-file-error.ts';
import { FILE_MODE } from './storage-paths.ts';

/**
 * Writes a record beside its name, and gives it the name when it is on the disk. What a crash leaves has a leading dot, which no
 * record's name has: no list shows it.
 * @throws StorageFullError
 */
export async function writeRecordFile(path: string, bytes: Uint8Array): Promise<void> {
  const folder = dirname(path);
  const written = `${folder}/.${randomUUID()}`;
  try {
    const handle = await open(written, 'wx', FILE_MODE);
    try {
      await handle.writeFile(bytes);
      await handle.datasync();
    } finally {
      await handle.close();
    }
    await rename(written, path);
    await syncFolder(folder);
  } catch (error) {
    await rm(written, { force: true }).catch(() => undefined);
    throw toStorageFileError(error);
  }
}

/** @returns undefined when there is no such file */
export async function readRecordFile(path: string): Promise<Uint8Array | undefined> {
  try {
    return await readFile(path);
  } catch (error) {
    if (findErrorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}
