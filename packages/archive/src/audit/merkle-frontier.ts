import { HASH_BYTES, hashNode, hashNothing } from './merkle-hash.ts';

/**
 * The right edge of a Merkle tree: the roots of the complete subtrees that its leaves fall into, largest first, one for each
 * 1 in the size's binary form. From it follow the root and, leaf by leaf, every later tree.
 */
export class MerkleFrontier {
  readonly #peaks: Buffer[];
  #size: number;

  /** @throws RangeError when the peaks are not those of a tree of this size */
  constructor(size = 0, peaks: readonly Uint8Array[] = []) {
    if (peaks.length !== countPeaks(size) || peaks.some((peak) => peak.length !== HASH_BYTES))
      throw new RangeError(`a tree of ${size} leaves has ${countPeaks(size)} peaks of ${HASH_BYTES} bytes`);
    this.#size = size;
    this.#peaks = peaks.map((peak) => Buffer.from(peak));
  }

  get size(): number {
    return this.#size;
  }

  get peaks(): readonly Buffer[] {
    return this.#peaks;
  }

  append(leafHash: Uint8Array): void {
    let peak: Buffer = Buffer.from(leafHash);
    for (let trees = this.#size; trees % 2 === 1; trees = (trees - 1) / 2) {
      peak = hashNode(this.#peaks.pop() ?? hashNothing(), peak);
    }
    this.#peaks.push(peak);
    this.#size += 1;
  }

  root(): Buffer {
    return foldPeaks(this.#peaks);
  }
}

/** The root of the tree with these peaks. */
export function foldPeaks(peaks: readonly Buffer[]): Buffer {
  const last = peaks.at(-1);
  if (last === undefined) return hashNothing();
  return peaks.slice(0, -1).reduceRight((right, left) => hashNode(left, right), last);
}

function countPeaks(size: number): number {
  let count = 0;
  for (let rest = size; rest > 0; rest = Math.floor(rest / 2)) count += rest % 2;
  return count;
}
