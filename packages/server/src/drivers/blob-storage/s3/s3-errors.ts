import { ProductError } from '../../../kernel/errors.ts';
import { StorageFullError } from '../blob-storage.ts';

/** The multipart upload is not there: completed, aborted, or never begun. */
export class MultipartNotFoundError extends Error {
  override readonly name = 'MultipartNotFoundError';
}

/** The object that bytes were to be copied from is gone, or is not what it was. */
export class SourceChangedError extends Error {
  override readonly name = 'SourceChangedError';
  readonly isGone: boolean;

  constructor(name: string, cause: unknown) {
    super(`the object ${name} is not what it was`, { cause });
    this.isGone = hasName(cause, 'NoSuchKey');
  }
}

/** The store does not have the parts that were named, as they were. */
export class PartsRefusedError extends Error {
  override readonly name = 'PartsRefusedError';
}

/**
 * The store does not answer, or not as it should; the call may have been carried out all the same. Wire answer 503. Nobody
 * needs to know whether it was: a call that is repeated does no harm, and of a completion the object itself tells.
 */
export class StorageUnavailableError extends ProductError {
  override readonly name = 'StorageUnavailableError';

  constructor(cause: unknown) {
    super('UNAVAILABLE', 'The object storage does not answer as it should: try again in a moment.', {
      cause,
      retryAfterSeconds: 5,
    });
  }
}

/** What stores say that have no room left; AWS has no such answer. */
const FULL: ReadonlySet<string> = new Set([
  'QuotaExceeded',
  'InsufficientStorage',
  'XMinioStorageFull',
  'XMinioAdminBucketQuotaExceeded',
  'ServiceQuotaExceeded',
  'StorageQuotaExceeded',
]);

interface S3Answer {
  readonly name: string;
  readonly message: string;
  readonly $metadata?: { readonly httpStatusCode?: number };
}

/** The answer's status, or undefined where there was no answer. */
export function statusOf(error: unknown): number | undefined {
  return isAnswer(error) ? error.$metadata?.httpStatusCode : undefined;
}

export function hasName(error: unknown, ...names: readonly string[]): boolean {
  return isAnswer(error) && names.includes(error.name);
}

/** Puts what the store answered into words of our own. What it says of one object or upload has been dealt with before. */
export function translateS3Error(error: unknown): unknown {
  if (!isAnswer(error)) return error;
  if (error.name === 'NoSuchUpload') return new MultipartNotFoundError(error.message, { cause: error });
  if (statusOf(error) === 507 || FULL.has(error.name)) {
    return new StorageFullError('The object storage has no room left.', { cause: error });
  }
  if (hasName(error, 'InvalidPart', 'InvalidPartOrder', 'EntityTooSmall')) {
    return new PartsRefusedError(error.message, { cause: error });
  }
  if (error.name === 'InvalidRange') return new RangeError('the object ends too early', { cause: error });
  return new StorageUnavailableError(error);
}

function isAnswer(error: unknown): error is S3Answer {
  return error instanceof Error;
}
