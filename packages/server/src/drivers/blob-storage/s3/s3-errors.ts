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

/** The store does not answer, or not as it should. Wire answer 503. */
export class StorageUnavailableError extends ProductError {
  override readonly name = 'StorageUnavailableError';
  /** Whether the call may have been carried out all the same: its answer was lost, or nobody knows. */
  readonly isAmbiguous: boolean;

  constructor(cause: unknown, isAmbiguous: boolean) {
    super('UNAVAILABLE', 'The object storage does not answer as it should: try again in a moment.', {
      cause,
      retryAfterSeconds: 5,
    });
    this.isAmbiguous = isAmbiguous;
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

/** The store has said that it did nothing. */
const NOT_DONE: ReadonlySet<string> = new Set(['SlowDown', 'ServiceUnavailable', 'Throttling', 'RequestTimeTooSkewed']);

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
  const status = statusOf(error);
  if (error.name === 'NoSuchUpload') return new MultipartNotFoundError(error.message, { cause: error });
  if (status === 507 || FULL.has(error.name)) {
    return new StorageFullError('The object storage has no room left.', { cause: error });
  }
  if (hasName(error, 'InvalidPart', 'InvalidPartOrder', 'EntityTooSmall')) {
    return new PartsRefusedError(error.message, { cause: error });
  }
  if (error.name === 'InvalidRange') return new RangeError('the object ends too early', { cause: error });
  return new StorageUnavailableError(error, isAmbiguous(error, status));
}

/** Without an answer, or with one that speaks of a failure inside, the call may have been carried out. */
function isAmbiguous(error: S3Answer, status: number | undefined): boolean {
  return (status === undefined || status >= 500) && !NOT_DONE.has(error.name) && !isNotConnected(error);
}

function isNotConnected(error: object): boolean {
  return 'code' in error && (error.code === 'ECONNREFUSED' || error.code === 'ENOTFOUND');
}

function isAnswer(error: unknown): error is S3Answer {
  return error instanceof Error;
}
