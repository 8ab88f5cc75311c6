import type { Descriptor, Digest } from '@roadstead/oci';
import type { Manifest } from '../content/manifest.ts';
import type { BlobRange } from '../registry/read-blob.ts';

/** Where content can be read: a repository or an image layout. */
export interface ContentSource {
  /** For messages. */
  readonly name: string;
  /** Throws not found (3), or a verification error (6) if the bytes do not have the digest. */
  getManifest(digest: Digest): Promise<Manifest>;
  /** The manifests whose subject is `digest`. */
  listReferrers(digest: Digest): Promise<readonly Descriptor[]>;
  /** Bytes of a range, which the reader of the whole has to verify. */
  readBlob(blob: Descriptor, range: BlobRange): AsyncIterable<Uint8Array>;
}
