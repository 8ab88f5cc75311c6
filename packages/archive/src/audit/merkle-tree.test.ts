import { describe, expect, it } from 'vitest';
import { MerkleFrontier } from './merkle-frontier.ts';
import { hashLeaf, hashNode, hashNothing } from './merkle-hash.ts';
import { completeSubtrees, consistencyRanges, inclusionRanges, type LeafRange } from './merkle-ranges.ts';
import { isConsistent, isIncluded } from './verify-proofs.ts';

/** The leaves and roots by which implementations of RFC 6962 test themselves. */
const LEAVES = ['', '00', '10', '2021', '3031', '40414243', '5051525354555657', '606162636465666768696a6b6c6d6e6f'];
const ROOTS = [
  'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
  '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
  'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
  'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
  'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
  '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
  'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
  '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
];

/** MTH of RFC 6962 §2.1, word by word. */
function naiveRoot(hashes: readonly Buffer[]): Buffer {
  const [only] = hashes;
  if (only === undefined) return hashNothing();
  if (hashes.length === 1) return only;
  let middle = 1;
  while (middle * 2 < hashes.length) middle *= 2;
  return hashNode(naiveRoot(hashes.slice(0, middle)), naiveRoot(hashes.slice(middle)));
}

const range = (count: number) => Array.from({ length: count }, (_, index) => index);
const hashesOf = (count: number) => range(count).map((index) => hashLeaf(`leaf ${index}`));
const proofOf = (hashes: readonly Buffer[], ranges: readonly LeafRange[]) =>
  ranges.map(({ start, end }) => naiveRoot(hashes.slice(start, end)));

function frontierOf(hashes: readonly Buffer[]): MerkleFrontier {
  const frontier = new MerkleFrontier();
  for (const hash of hashes) frontier.append(hash);
  return frontier;
}

describe('the Merkle tree', () => {
  it('has the roots that are known', () => {
    const hashes = LEAVES.map((leaf) => hashLeaf(Buffer.from(leaf, 'hex')));
    for (const [size, root] of ROOTS.entries()) {
      expect(frontierOf(hashes.slice(0, size)).root().toString('hex')).toBe(root);
    }
  });

  it('has the root of its definition at every size, however its frontier was taken up again', () => {
    const hashes = hashesOf(300);
    let frontier = new MerkleFrontier();
    for (const [index, hash] of hashes.entries()) {
      frontier.append(hash);
      expect(frontier.root()).toEqual(naiveRoot(hashes.slice(0, index + 1)));
      frontier = new MerkleFrontier(frontier.size, frontier.peaks);
    }
    expect(() => new MerkleFrontier(3, frontier.peaks)).toThrow(RangeError);
  });

  it('falls into complete subtrees', () => {
    const hashes = hashesOf(77);
    for (const size of range(78)) {
      const peaks = completeSubtrees({ start: 0, end: size }).map(({ height, index }) =>
        naiveRoot(hashes.slice(index * 2 ** height, (index + 1) * 2 ** height)),
      );
      expect(peaks).toEqual(frontierOf(hashes.slice(0, size)).peaks);
    }
  });

  it('proves each leaf, and no other one, at another place or in another tree', () => {
    const hashes = hashesOf(70);
    for (let size = 1; size <= hashes.length; size += 1) {
      const root = naiveRoot(hashes.slice(0, size));
      for (let position = 0; position < size; position += 1) {
        const proof = proofOf(hashes, inclusionRanges(position, size));
        const leafHash = hashes[position] ?? root;
        const claim = { leafHash, position, size, root };
        expect(isIncluded(claim, proof)).toBe(true);
        expect(isIncluded({ ...claim, leafHash: hashLeaf('another') }, proof)).toBe(false);
        expect(isIncluded({ ...claim, root: hashLeaf('another') }, proof)).toBe(false);
        if (size > 1) expect(isIncluded({ ...claim, position: (position + 1) % size }, proof)).toBe(false);
        expect(isIncluded(claim, [...proof, root])).toBe(false);
        if (proof.length > 0) expect(isIncluded(claim, proof.slice(1))).toBe(false);
      }
    }
    expect(() => inclusionRanges(3, 3)).toThrow(RangeError);
    expect(isIncluded({ leafHash: hashLeaf(''), position: 1, size: 1, root: hashLeaf('') }, [])).toBe(false);
  });

  it('proves that one tree goes on from another, and from no other', () => {
    const hashes = hashesOf(70);
    for (let to = 1; to <= hashes.length; to += 1) {
      const toRoot = naiveRoot(hashes.slice(0, to));
      for (let from = 1; from <= to; from += 1) {
        const fromRoot = naiveRoot(hashes.slice(0, from));
        const proof = proofOf(hashes, consistencyRanges(from, to));
        const claim = { from, fromRoot, to, toRoot };
        expect(isConsistent(claim, proof)).toBe(true);
        expect(isConsistent({ ...claim, fromRoot: hashLeaf('another') }, proof)).toBe(false);
        expect(isConsistent({ ...claim, toRoot: hashLeaf('another') }, proof)).toBe(false);
        expect(isConsistent(claim, [...proof, toRoot])).toBe(false);
        if (proof.length > 0) expect(isConsistent(claim, proof.slice(0, -1))).toBe(false);
      }
    }
    expect(() => consistencyRanges(0, 3)).toThrow(RangeError);
    expect(() => consistencyRanges(4, 3)).toThrow(RangeError);
  });
});
