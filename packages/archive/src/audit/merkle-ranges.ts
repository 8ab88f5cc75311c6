/** Leaves from `start` to before `end`. */
export interface LeafRange {
  readonly start: number;
  readonly end: number;
}

/**
 * RFC 6962 §2.1.1: the ranges of leaves whose roots prove that the leaf at `position` is in the tree of `size` leaves, in the order
 * of the proof.
 * @throws RangeError unless position < size
 */
export function inclusionRanges(position: number, size: number): readonly LeafRange[] {
  if (!(position >= 0 && position < size)) throw new RangeError(`a tree of ${size} leaves has no leaf ${position}`);
  const ranges: LeafRange[] = [];
  for (let [start, end] = [0, size]; end - start > 1; ) {
    const middle = start + splitPoint(end - start);
    if (position < middle) {
      ranges.push({ start: middle, end });
      end = middle;
    } else {
      ranges.push({ start, end: middle });
      start = middle;
    }
  }
  return ranges.reverse();
}

/**
 * RFC 6962 §2.1.2: the ranges of leaves whose roots prove that the tree of `to` leaves goes on from that of `from`, in the order of
 * the proof.
 * @throws RangeError unless 0 < from <= to
 */
export function consistencyRanges(from: number, to: number): readonly LeafRange[] {
  if (!(from > 0 && from <= to)) throw new RangeError(`no tree of ${to} leaves goes on from one of ${from}`);
  const ranges: LeafRange[] = [];
  let [start, end] = [0, to];
  while (end !== from) {
    const middle = start + splitPoint(end - start);
    if (from <= middle) {
      ranges.push({ start: middle, end });
      end = middle;
    } else {
      ranges.push({ start, end: middle });
      start = middle;
    }
  }
  // What the verifier has as the old root needs no proof.
  if (start > 0) ranges.push({ start, end });
  return ranges.reverse();
}

/** The complete subtrees that the leaves of a range fall into, largest first; `start` is where a subtree of that range may begin. */
export function completeSubtrees({
  start,
  end,
}: LeafRange): readonly { readonly height: number; readonly index: number }[] {
  const subtrees: { height: number; index: number }[] = [];
  for (let at = start; at < end; ) {
    const height = Math.floor(Math.log2(end - at));
    subtrees.push({ height, index: at / 2 ** height });
    at += 2 ** height;
  }
  return subtrees;
}

/** The largest power of two below `size`, which is 2 or more. */
function splitPoint(size: number): number {
  return 2 ** (Math.ceil(Math.log2(size)) - 1);
}
