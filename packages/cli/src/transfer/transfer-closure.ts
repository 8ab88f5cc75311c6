import type { Digest } from '@roadstead/oci';
import type { Progress } from '../terminal/progress-bar.ts';
import type { Closure } from './collect-closure.ts';
import type { ContentSource } from './content-source.ts';
import type { ContentTarget } from './content-target.ts';
import { forEachParallel } from './for-each-parallel.ts';

/** What a transfer did; blobs are counted once per digest. */
export interface TransferSummary {
  readonly manifestCount: number;
  readonly transferredBlobCount: number;
  readonly mountedBlobCount: number;
  readonly presentBlobCount: number;
  /** Bytes of the transferred blobs. */
  readonly transferredBytes: number;
}

export interface TransferOptions {
  /** Blobs under way at a time. */
  readonly parallel: number;
  readonly progress: Progress;
  /** Tags of manifests of the closure. */
  readonly tags: ReadonlyMap<Digest, readonly string[]>;
}

/** Brings all blobs over, then the manifests in their order, so that nothing is visible before it is whole. */
export async function transferClosure(
  source: ContentSource,
  target: ContentTarget,
  closure: Closure,
  options: TransferOptions,
): Promise<TransferSummary> {
  const { progress } = options;
  const outcomes = { present: 0, mounted: 0, transferred: 0 };
  let transferredBytes = 0;
  for (const blob of closure.blobs) progress.addItem(blob.size);
  await forEachParallel(closure.blobs, options.parallel, async (blob) => {
    const outcome = await target.putBlob(blob, source, progress.addBytes);
    outcomes[outcome] += 1;
    if (outcome === 'transferred') transferredBytes += blob.size;
    else progress.addBytes(blob.size);
    progress.finishItem();
  });
  for (const manifest of closure.manifests) {
    await target.putManifest(manifest, options.tags.get(manifest.digest) ?? []);
  }
  return {
    manifestCount: closure.manifests.length,
    transferredBlobCount: outcomes.transferred,
    mountedBlobCount: outcomes.mounted,
    presentBlobCount: outcomes.present,
    transferredBytes,
  };
}
