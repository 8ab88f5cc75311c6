import type { Descriptor } from '@roadstead/oci';
import type { Manifest } from '../content/manifest.ts';
import type { ContentSource } from './content-source.ts';

export type BlobOutcome = 'present' | 'mounted' | 'transferred';

/** Where content can be written. */
export interface ContentTarget {
  /** For messages. */
  readonly name: string;
  /** Brings one blob over if it is not there. It is complete and verified when the promise resolves. */
  putBlob(blob: Descriptor, source: ContentSource, onBytes: (byteCount: number) => void): Promise<BlobOutcome>;
  /** Everything that the manifest lists must be there. Without tags it is stored by its digest alone. */
  putManifest(manifest: Manifest, tags: readonly string[]): Promise<void>;
}
