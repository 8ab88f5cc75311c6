import { ObjectNotFoundError } from '../blob-storage.ts';
import { readBytes } from './read-bytes.ts';
import type { S3Bucket } from './s3-bucket.ts';
import { SourceChangedError } from './s3-errors.ts';

/** How often an object may be replaced while it is read. */
const MAX_LOOKS = 5;

/** All bytes of an object that others may replace meanwhile: of one version, never of two. @returns undefined when there is none */
export async function readWhole(bucket: S3Bucket, name: string): Promise<Uint8Array | undefined> {
  for (let look = 1; ; look += 1) {
    const head = await bucket.findObject(name);
    if (head === undefined || head.sizeBytes === 0) return head && new Uint8Array();
    const { etag, sizeBytes } = head;
    const check = (body: { readonly etag: string }) => {
      if (body.etag !== etag) throw new SourceChangedError(name, undefined);
    };
    try {
      const pieces: Uint8Array[] = [];
      for await (const piece of readBytes(bucket, name, { start: 0, end: sizeBytes }, { check })) pieces.push(piece);
      return Buffer.concat(pieces);
    } catch (error) {
      const isReplaced = error instanceof SourceChangedError || error instanceof ObjectNotFoundError;
      if (!isReplaced || look === MAX_LOOKS) throw error;
    }
  }
}
