import { link, rename, stat } from 'node:fs/promises';

import { findFileSize } from './file-calls.ts';
import { findErrorCode, toStorageFileError } from './storage-file-error.ts';

/** What filesystems say that have no hard links (vfat, some network shares). */
const NO_LINKS: ReadonlySet<string | undefined> = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS']);

/**
 * Gives a file a second name, that of an object. Where the filesystem has no hard links the file changes its name
 * instead: a process that dies before it has committed the object has then lost the upload, and nothing acknowledged.
 * @returns false when the file had that name already, from an earlier call
 * @throws StorageFullError; an error when the name is taken by another file
 */
export async function publishFile(path: string, objectPath: string): Promise<boolean> {
  try {
    await link(path, objectPath);
    return true;
  } catch (error) {
    const code = findErrorCode(error);
    if (code === 'EEXIST') return assertSameFile(path, objectPath);
    if (NO_LINKS.has(code)) return renameFile(path, objectPath);
    throw toStorageFileError(error);
  }
}

async function assertSameFile(path: string, objectPath: string): Promise<false> {
  const [upload, object] = await Promise.all([stat(path), stat(objectPath)]);
  if (upload.ino === object.ino && upload.dev === object.dev) return false;
  throw nameTaken(objectPath);
}

/** Names of objects are fresh, so nobody makes one between the look and the renaming. */
async function renameFile(path: string, objectPath: string): Promise<true> {
  try {
    if ((await findFileSize(objectPath)) !== undefined) throw nameTaken(objectPath);
    await rename(path, objectPath);
    return true;
  } catch (error) {
    throw toStorageFileError(error);
  }
}

function nameTaken(objectPath: string): Error {
  return new Error(`the name ${objectPath} of an object is taken by another file`);
}
