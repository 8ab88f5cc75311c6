import { StorageFullError } from '../blob-storage.ts';

const NO_ROOM = new Set(['ENOSPC', 'EDQUOT', 'EROFS']);

/** The system's code of an error of `node:fs` (`ENOENT` …), or undefined. */
export function findErrorCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

/** Gives a failed write its meaning: a StorageFullError with the cause when there is no room, else the error itself. */
export function toStorageFileError(error: unknown): unknown {
  const code = findErrorCode(error);
  if (code === undefined || !NO_ROOM.has(code)) return error;
  return new StorageFullError(`the blob storage takes no more bytes (${code})`, { cause: error });
}
