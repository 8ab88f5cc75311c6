import type { BenchRow } from '../row.ts';
import { growth } from './growth.ts';
import { largeBlob, largeBlobSendfile } from './large-blob.ts';
import { manifests } from './manifests.ts';
import { memory } from './memory.ts';
import { pushes } from './pushes.ts';
import { smallBlobs } from './small-blobs.ts';
import { uploads } from './uploads.ts';

/** In the order in which they run. */
export const ALL_ROWS: readonly BenchRow[] = [
  manifests,
  smallBlobs,
  largeBlob,
  largeBlobSendfile,
  uploads,
  pushes,
  growth,
  memory,
];
