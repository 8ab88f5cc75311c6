import { createHash, type Hash } from 'node:crypto';
import { createDigest, type Digest, type DigestAlgorithm } from '@roadstead/oci';
import { LRUCache } from 'lru-cache';
import type { UploadState } from '../../drivers/blob-storage/blob-storage.ts';
import { onFirstUse } from '../../kernel/on-first-use.ts';

interface RunningHash {
  readonly algorithm: DigestAlgorithm;
  readonly hash: Hash;
  /** The state of the upload whose bytes it has seen, as text. */
  readonly state: string;
}

const MAX_RUNNING = 10_000;

/**
 * Hashes over the acknowledged bytes of open uploads, in this process's memory. Only an optimisation: where one is missing
 * the completed object is read once.
 */
export class RunningHashes {
  readonly #running = onFirstUse(() => new LRUCache<string, RunningHash>({ max: MAX_RUNNING }));

  /**
   * A hash to go on with from this state, taken out so that a failed append cannot taint it; undefined when lost. Another
   * process may have brought the upload to the same size with other bytes: the whole state has to be the same.
   */
  take(uploadId: string, algorithm: DigestAlgorithm, state: UploadState): Hash | undefined {
    if (state.size === 0) return createHash(algorithm);
    const running = this.#running().get(uploadId);
    this.#running().delete(uploadId);
    const isSame = running?.algorithm === algorithm && running.state === JSON.stringify(state);
    return isSame ? running.hash : undefined;
  }

  /** @param state acknowledged, and so in the upload's row */
  keep(uploadId: string, algorithm: DigestAlgorithm, state: UploadState, hash: Hash): void {
    this.#running().set(uploadId, { algorithm, hash, state: JSON.stringify(state) });
  }

  drop(uploadId: string): void {
    this.#running().delete(uploadId);
  }
}

export function finishHash(algorithm: DigestAlgorithm, hash: Hash): Digest {
  return createDigest(algorithm, hash.digest('hex'));
}
