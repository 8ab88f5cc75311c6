import { weaken } from './cut-history.ts';
import { prepareHistory } from './prepare-history.ts';
import { neededBy, type RegisterOperation, writtenBy } from './register-operation.ts';
import { RegisterSearch } from './register-search.ts';

export interface Contradiction {
  /** Cannot all be true, in the order of their calls, whatever the others did; each of them is necessary. */
  readonly essential: readonly RegisterOperation[];
  /** Wrote what the essential ones saw; that these were answered plays no part. */
  readonly writers: readonly RegisterOperation[];
}

const MAX_VISITS = 200_000;

/** @param refuted a history that is not linearizable */
export function findContradiction(refuted: readonly RegisterOperation[]): Contradiction {
  let kept = refuted;
  for (let size = Math.ceil(listCertain(refuted).length / 2); size > 1; size = Math.ceil(size / 2)) {
    kept = weakenChunks(kept, size);
  }
  for (let before = -1; before !== listCertain(kept).length; ) {
    before = listCertain(kept).length;
    kept = weakenChunks(kept, 1);
  }
  const originals = new Map(refuted.map((operation) => [keyOf(operation), operation]));
  const essential = listCertain(kept);
  const seen = new Set(essential.map((operation) => neededBy(operation.step)));
  const writers = kept
    .filter((operation) => operation.isUnknown && seen.has(writtenBy(operation.step) ?? NOTHING))
    .map((operation) => originals.get(keyOf(operation)) ?? operation);
  return { essential: inOrder(essential), writers: inOrder(writers) };
}

/** No value of a tag. */
const NOTHING = '';

/** Does without what every so many operations say, wherever the rest is contradictory without it. */
function weakenChunks(operations: readonly RegisterOperation[], size: number): readonly RegisterOperation[] {
  let kept = operations;
  // The later ones first: what is left over is then a story from its beginning.
  const certain = inOrder(listCertain(operations)).toReversed();
  for (let start = 0; start < certain.length; start += size) {
    const chunk = new Set(certain.slice(start, start + size));
    const weaker = kept.flatMap((operation) => (chunk.has(operation) ? weaken(operation) : [operation]));
    if (new RegisterSearch(prepareHistory(weaker)).run(MAX_VISITS) === 'exhausted') kept = weaker;
  }
  return kept;
}

function listCertain(operations: readonly RegisterOperation[]): readonly RegisterOperation[] {
  return operations.filter((operation) => !operation.isUnknown);
}

function inOrder(operations: readonly RegisterOperation[]): readonly RegisterOperation[] {
  return operations.toSorted((a, b) => a.calledAtNs - b.calledAtNs);
}

function keyOf({ client, calledAtNs }: RegisterOperation): string {
  return `${client}/${calledAtNs}`;
}
