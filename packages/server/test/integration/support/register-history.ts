/** One operation on a register, with the times between which it took effect. */
export interface RegisterOperation {
  readonly kind: 'read' | 'write';
  /** What was written or read; undefined stands for "not there". Written values are distinct, except undefined. */
  readonly value: string | undefined;
  readonly start: number;
  readonly end: number;
}

/** A point of the search: everything before `first` is done, and of what follows the operations in `ahead`. */
interface Step {
  readonly first: number;
  readonly ahead: readonly number[];
  readonly value: string | undefined;
}

/**
 * Whether there is an order of the operations that respects their times and in which each read gives the value of the last
 * write before it (linearizability), sought by trying orders depth first and remembering dead ends.
 * @returns a sentence about what cannot be ordered; empty when all is well
 */
export function checkRegisterHistory(history: readonly RegisterOperation[]): readonly string[] {
  const operations = history.toSorted((left, right) => left.start - right.start);
  const seen = new Set<string>();
  const stack: Step[] = [{ first: 0, ahead: [], value: undefined }];
  let deepest = 0;
  for (let step = stack.pop(); step !== undefined; step = stack.pop()) {
    deepest = Math.max(deepest, step.first + step.ahead.length);
    if (step.first === operations.length) return [];
    const key = `${step.first}|${step.ahead.join()}|${step.value}`;
    if (seen.has(key)) continue;
    seen.add(key);
    for (const next of nextSteps(operations, step)) stack.push(next);
  }
  return [`no order explains this history: at most ${deepest} of ${operations.length} operations fit`];
}

function nextSteps(operations: readonly RegisterOperation[], step: Step): readonly Step[] {
  const open = listOpen(operations, step);
  // A read that fits changes nothing: taking it now never spoils what comes later.
  const read = open.find((index) => operations[index]?.kind === 'read' && operations[index]?.value === step.value);
  const chosen = read === undefined ? open.filter((index) => operations[index]?.kind === 'write') : [read];
  return chosen.map((index) => take(step, index, operations[index]?.value));
}

/** Operations that may come next: those that began before any other that is open had ended. */
function listOpen(operations: readonly RegisterOperation[], { first, ahead }: Step): readonly number[] {
  const open: number[] = [];
  let earliestEnd = Number.POSITIVE_INFINITY;
  for (let index = first; index < operations.length; index += 1) {
    const operation = operations[index];
    if (operation === undefined || operation.start > earliestEnd) break;
    if (ahead.includes(index)) continue;
    earliestEnd = Math.min(earliestEnd, operation.end);
    open.push(index);
  }
  return open.filter((index) => (operations[index]?.start ?? 0) <= earliestEnd);
}

function take({ first, ahead }: Step, index: number, value: string | undefined): Step {
  const done = [...ahead, index].toSorted((left, right) => left - right);
  let next = first;
  while (done[0] === next) {
    done.shift();
    next += 1;
  }
  return { first: next, ahead: done, value };
}
