import type { Digest } from '@roadstead/oci';
import type { BlobRange } from './read-blob.ts';

/** A blob to be sent. `open` may be called several times, for any range. */
export interface BlobToUpload {
  readonly digest: Digest;
  readonly size: number;
  readonly open: (range: BlobRange) => AsyncIterable<Uint8Array>;
}
