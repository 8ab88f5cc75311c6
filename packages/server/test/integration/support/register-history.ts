/** One operation on a register, with the times between which it took effect. */
export interface RegisterOperation {
  readonly kind: 'read' | 'write';
  /** What was written or read; undefined stands for "not there". Written values are distinct, except undefined. */
  readonly value: string | undefined;
  readonly start: number;
  readonly end: number;
}

/**
 * Whether there is an order of the operations that respects their times and in which each read gives the value of the last
 * write before it (linearizability), sought by trying orders depth first and remembering dead ends.
 * @returns sentences about what cannot be ordered; empty when all is well
 */
export function checkRegisterHistory(history: readonly RegisterOperation[]): readonly string[] {
  const operations = history.toSorted((left, right) => left.start - right.start);
  const deadEnds = new Set<string>();
  let deepest = 0;
  interface Step {
    readonly done: ReadonlySet<number>;
    readonly value: string | undefined;
  }
  const stack: Step[] = [{ done: new Set(), value: undefined }];
  for (let step = stack.pop(); step !== undefined; step = stack.pop()) {
    const { done, value } = step;
    if (done.size === operations.length) return [];
    deepest = Math.max(deepest, done.size);
    const key = `${firstOpen(done)}|${[...done].filter((index) => index > firstOpen(done)).toSorted((a, b) => a - b)}|${value}`;
    if (deadEnds.has(key)) continue;
    deadEnds.add(key);
    for (const index of candidates(operations, done)) {
      const operation = operations[index];
      if (operation === undefined || (operation.kind === 'read' && operation.value !== value)) continue;
      stack.push({ done: new Set(done).add(index), value: operation.value });
    }
  }
  return [`no order explains this history: at most ${deepest} of ${operations.length} operations fit`];
}

function firstOpen(done: ReadonlySet<number>): number {
  let index = 0;
  while (done.has(index)) index += 1;
  return index;
}

/** Operations that may come next: nothing that is still open had ended before they began. Reads last, so that they go first. */
function candidates(operations: readonly RegisterOperation[], done: ReadonlySet<number>): readonly number[] {
  const open: number[] = [];
  let earliestEnd = Number.POSITIVE_INFINITY;
  for (let index = firstOpen(done); index < operations.length; index += 1) {
    const operation = operations[index];
    if (operation === undefined || done.has(index)) continue;
    if (operation.start > earliestEnd) break;
    earliestEnd = Math.min(earliestEnd, operation.end);
    open.push(index);
  }
  return open
    .filter((index) => (operations[index]?.start ?? 0) <= earliestEnd)
    .toSorted((left, right) => rank(operations[left]) - rank(operations[right]));
}

function rank(operation: RegisterOperation | undefined): number {
  return operation?.kind === 'read' ? 1 : 0;
}
