import { hashNode } from './merkle-hash.ts';

/** What an inclusion proof claims. */
export interface InclusionClaim {
  readonly leafHash: Uint8Array;
  readonly position: number;
  readonly size: number;
  readonly root: Uint8Array;
}

/** RFC 9162 §2.1.3.2: whether the proof shows that the leaf is at its position in the tree with this root. */
export function isIncluded(claim: InclusionClaim, proof: readonly Uint8Array[]): boolean {
  const { position, size, root } = claim;
  if (!(position >= 0 && position < size)) return false;
  let [place, last] = [position, size - 1];
  let hash: Buffer = Buffer.from(claim.leafHash);
  for (const sibling of proof) {
    if (last === 0) return false;
    if (place % 2 === 1 || place === last) {
      hash = hashNode(sibling, hash);
      // A right edge without a sibling is carried up as it is.
      while (place % 2 === 0 && place !== 0) [place, last] = [half(place), half(last)];
    } else {
      hash = hashNode(hash, sibling);
    }
    [place, last] = [half(place), half(last)];
  }
  return last === 0 && hash.equals(root);
}

/** What a consistency proof claims. */
export interface ConsistencyClaim {
  readonly from: number;
  readonly fromRoot: Uint8Array;
  readonly to: number;
  readonly toRoot: Uint8Array;
}

/** RFC 9162 §2.1.4.2: whether the proof shows that the tree with the root `toRoot` begins with that of `fromRoot`. */
export function isConsistent({ from, fromRoot, to, toRoot }: ConsistencyClaim, proof: readonly Uint8Array[]): boolean {
  if (!(from > 0 && from <= to)) return false;
  if (from === to) return proof.length === 0 && Buffer.from(fromRoot).equals(toRoot);
  const path = isPowerOfTwo(from) ? [fromRoot, ...proof] : proof;
  const [first, ...rest] = path;
  if (first === undefined) return false;
  let [place, last] = [from - 1, to - 1];
  while (place % 2 === 1) [place, last] = [half(place), half(last)];
  let [oldHash, newHash]: readonly [Buffer, Buffer] = [Buffer.from(first), Buffer.from(first)];
  for (const sibling of rest) {
    if (last === 0) return false;
    if (place % 2 === 1 || place === last) {
      oldHash = hashNode(sibling, oldHash);
      newHash = hashNode(sibling, newHash);
      while (place % 2 === 0 && place !== 0) [place, last] = [half(place), half(last)];
    } else {
      newHash = hashNode(newHash, sibling);
    }
    [place, last] = [half(place), half(last)];
  }
  return last === 0 && oldHash.equals(fromRoot) && newHash.equals(toRoot);
}

/** Bitwise operators would end at 32 bits. */
function half(value: number): number {
  return Math.floor(value / 2);
}

function isPowerOfTwo(value: number): boolean {
  return Number.isInteger(Math.log2(value));
}
