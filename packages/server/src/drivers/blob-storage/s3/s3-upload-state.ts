import type { UploadState } from '../blob-storage.ts';

/** What an upload's row keeps of it. Parts are known from here alone, never from a listing of the store's. */
export interface S3UploadState extends UploadState {
  /** Begun when the first part was full. */
  readonly multipart?: Multipart;
  /** In order, numbered from 1; each of at least 5 MiB. */
  readonly parts: readonly Part[];
  /** The bytes behind the parts, where there are any: less than would make a part. */
  readonly tail?: Tail;
  /** The tail of the state before, which the next append deletes. */
  readonly replacedTail?: string;
}

/** A multipart upload of the store. Its object has its name from the beginning. */
export interface Multipart {
  readonly id: string;
  /** The storage key of the object that it will be. */
  readonly key: string;
}

export interface Part {
  readonly etag: string;
  readonly sizeBytes: number;
}

/** An object of its own that holds the end of an open upload. */
export interface Tail extends Part {
  readonly name: string;
  /** Whether its tag is the MD5 of its bytes. */
  readonly isMd5: boolean;
}

export const NEW_UPLOAD: S3UploadState = { size: 0, parts: [] };

/** A state that came back from the upload's row; one of another driver leads nowhere. */
export function toS3UploadState(state: UploadState): S3UploadState {
  const { size, multipart, parts, tail, replacedTail } = state;
  return {
    size,
    parts: Array.isArray(parts) ? parts.filter(isPart) : [],
    ...(isMultipart(multipart) && { multipart }),
    ...(isTail(tail) && { tail }),
    ...(typeof replacedTail === 'string' && { replacedTail }),
  };
}

/** Whether it tells all that the upload has; the state of an id that a listing gave does not. */
export function isWholeState(state: UploadState): boolean {
  return Array.isArray(state['parts']);
}

/** How many bytes its parts and its tail have. */
export function heldBytes({ parts, tail }: S3UploadState): number {
  return parts.reduce((sum, { sizeBytes }) => sum + sizeBytes, tail?.sizeBytes ?? 0);
}

function isMultipart(value: unknown): value is Multipart {
  return isRecord(value) && typeof value['id'] === 'string' && typeof value['key'] === 'string';
}

function isPart(value: unknown): value is Part {
  return isRecord(value) && typeof value['etag'] === 'string' && typeof value['sizeBytes'] === 'number';
}

function isTail(value: unknown): value is Tail {
  return isRecord(value) && isPart(value) && typeof value['name'] === 'string' && typeof value['isMd5'] === 'boolean';
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
