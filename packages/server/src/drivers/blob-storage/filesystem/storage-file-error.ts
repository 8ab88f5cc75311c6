import { type Failpoint, failpoint } from '../../../kernel/failpoints.ts';
import { StorageFullError } from '../blob-storage.ts';

/** Why the medium takes no more bytes, by the system's code, and what helps. */
const REFUSALS: ReadonlyMap<string | undefined, string> = new Map([
  ['ENOSPC', 'the blob storage is full (ENOSPC): its operator has to make room'],
  ['EDQUOT', 'the blob storage has used up its quota (EDQUOT): its operator has to make room'],
  ['EROFS', 'the blob storage is read-only (EROFS): its operator has to make it writable'],
]);

/** The system's code of an error of `node:fs` (`ENOENT` …), or undefined. */
export function findErrorCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

/** Gives a failed write its meaning: a StorageFullError with the cause when the medium takes no more, else the error itself. */
export function toStorageFileError(error: unknown): unknown {
  const refusal = REFUSALS.get(findErrorCode(error));
  return refusal === undefined ? error : new StorageFullError(refusal, { cause: error });
}

/** Marks a step that is no call of the system: what a test throws there gets the meaning that a failed call has. */
export function passStep(name: Failpoint): void {
  try {
    failpoint(name);
  } catch (error) {
    throw toStorageFileError(error);
  }
}
