import { createHash, type Hash } from 'node:crypto';
import { createDigest, type Digest, type DigestAlgorithm } from '@roadstead/oci';
import { LRUCache } from 'lru-cache';

interface RunningHash {
  readonly algorithm: DigestAlgorithm;
  readonly hash: Hash;
  readonly sizeBytes: number;
}

const MAX_RUNNING = 10_000;

/**
 * Hashes over the acknowledged bytes of open uploads, in this process's memory. Only an optimisation: where one is missing
 * the completed object is read once.
 */
export class RunningHashes {
  readonly #running = new LRUCache<string, RunningHash>({ max: MAX_RUNNING });

  /** A hash to go on with from `sizeBytes`, taken out so that a failed append cannot taint it; undefined when lost. */
  take(uploadId: string, algorithm: DigestAlgorithm, sizeBytes: number): Hash | undefined {
    if (sizeBytes === 0) return createHash(algorithm);
    const running = this.#running.get(uploadId);
    this.#running.delete(uploadId);
    return running?.sizeBytes === sizeBytes && running.algorithm === algorithm ? running.hash : undefined;
  }

  keep(uploadId: string, algorithm: DigestAlgorithm, sizeBytes: number, hash: Hash): void {
    this.#running.set(uploadId, { algorithm, hash, sizeBytes });
  }

  drop(uploadId: string): void {
    this.#running.delete(uploadId);
  }
}

export function finishHash(algorithm: DigestAlgorithm, hash: Hash): Digest {
  return createDigest(algorithm, hash.digest('hex'));
}
