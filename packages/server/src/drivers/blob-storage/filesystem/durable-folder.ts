import { closeSync, constants, openSync } from 'node:fs';
import { mkdir, readdir } from 'node:fs/promises';
import { basename, dirname } from 'node:path';

import { syncAll } from './file-calls.ts';
import { findErrorCode } from './storage-file-error.ts';

/** Readable by the group, so that a web server in front can send blobs itself. */
const FOLDER_MODE = 0o750;

/**
 * Makes the entries of a folder durable: files that were created, renamed or removed in it. Something was just done in it,
 * so the system need not look for it: opening it at once costs a tenth of a turn through the thread pool.
 */
export async function syncFolder(path: string): Promise<void> {
  const fd = openSync(path, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    await syncAll(fd);
  } finally {
    closeSync(fd);
  }
}

/** Makes a folder and the missing ones above it, each durable in its parent. Resolves also when it is there. */
export async function makeDurableFolder(path: string): Promise<void> {
  const isMade = await makeFolder(path).catch(async (error: unknown) => {
    if (findErrorCode(error) !== 'ENOENT' || dirname(path) === path) throw error;
    await makeDurableFolder(dirname(path));
    // Once: where the system refuses although the parent is there, it refuses for ever.
    return makeFolder(path);
  });
  if (isMade) await syncFolder(dirname(path));
}

/** Makes the missing ones of these folders, whose parents are there, and all of them durable. */
export async function makeDurableSubfolders(paths: readonly string[]): Promise<void> {
  for (const [parent, folders] of Map.groupBy(paths, (path) => dirname(path))) {
    // Most times all are there: one look at their parent says so, where asking for each costs a call of the system.
    const present = new Set(await readdir(parent));
    for (const path of folders) if (!present.has(basename(path))) await makeFolder(path);
    // Also those that an earlier process made and did not live to sync.
    await syncFolder(parent);
  }
}

/** @returns false when something of that name is there already */
async function makeFolder(path: string): Promise<boolean> {
  try {
    await mkdir(path, { mode: FOLDER_MODE });
    return true;
  } catch (error) {
    if (findErrorCode(error) === 'EEXIST') return false;
    throw error;
  }
}
