import {
  ABSENT,
  isObservation,
  neededBy,
  type RegisterOperation,
  type Step,
  type TagValue,
  writtenBy,
} from './register-operation.ts';

/** There is no tag. */
export const ABSENT_STATE = 0;
/** The tag stands at a value that no operation looks for any more: which one makes no difference. */
export const OTHER_STATE = 1;

/** A step on numbered states: what it needs, and the state after it (undefined: the same as before). */
export interface Transition {
  readonly need: 'none' | 'is' | 'is-not';
  readonly needed: number;
  readonly result: number | undefined;
}

/** An operation that certainly took effect between its call and its return. */
export interface CertainStep extends Transition {
  readonly calledAtNs: number;
  readonly returnedAtNs: number;
}

export type HistoryEvent =
  | { readonly kind: 'call'; readonly atNs: number; readonly step: CertainStep }
  | { readonly kind: 'return'; readonly atNs: number; readonly step: CertainStep }
  /** From now on there is one more operation of that kind which may take effect, or may not. */
  | { readonly kind: 'spare'; readonly atNs: number; readonly spareKind: number };

export interface PreparedHistory {
  /** In the order of time; what happens at the same instant overlaps. */
  readonly events: readonly HistoryEvent[];
  /** Operations of unknown outcome whose value nobody saw, by what they would do: those of a kind are interchangeable. */
  readonly spareKinds: readonly Transition[];
  /** How many operations are not spare. */
  readonly certainCount: number;
  /** For each state, until when it is looked for. */
  readonly lastUses: readonly LastUse[];
}

export interface LastUse {
  /** When the last operation was called that needs the tag to stand at the state. */
  readonly neededAtNs: number;
  /** When the last operation was called that can tell the state from another one. */
  readonly toldAtNs: number;
  /** When the last change was called that had returned before `neededAtNs`: the tag came to the state after that change. */
  readonly changedAtNs: number;
}

/**
 * Brings a history into the form that the search wants, without changing what is linearizable.
 * @throws Error when two operations write the same value: the values must tell who wrote them
 */
export function prepareHistory(operations: readonly RegisterOperation[]): PreparedHistory {
  assertDistinct(operations);
  const boundsNs = boundUnknowns(operations);
  const numbers = numberStates(operations, boundsNs);
  const missed = new Set(operations.flatMap(({ step }) => (step.kind === 'miss' ? [step.value] : [])));
  const events: HistoryEvent[] = [];
  const spares = new Map<string, number>();
  const spareKinds: Transition[] = [];
  const lastUses: LastUse[] = Array.from({ length: numbers.size + 2 }, () => NEVER_USED);
  for (const operation of operations) {
    const { calledAtNs } = operation;
    const returnedAtNs = boundsNs.get(operation) ?? operation.returnedAtNs;
    const transition = toTransition(operation, numbers);
    if (returnedAtNs === Number.POSITIVE_INFINITY) {
      if (isUseless(operation.step, missed)) continue;
      const key = `${transition.need}/${transition.needed}/${transition.result}`;
      const spareKind = spares.get(key) ?? spareKinds.push(transition) - 1;
      spares.set(key, spareKind);
      events.push({ kind: 'spare', atNs: calledAtNs, spareKind });
      continue;
    }
    const step: CertainStep = { ...transition, calledAtNs, returnedAtNs };
    events.push({ kind: 'call', atNs: calledAtNs, step }, { kind: 'return', atNs: returnedAtNs, step });
    lastUses[step.needed] = useAgain(lastUses[step.needed] ?? NEVER_USED, step);
  }
  events.sort((a, b) => a.atNs - b.atNs || Number(a.kind === 'return') - Number(b.kind === 'return'));
  const certainCount = events.filter((event) => event.kind === 'call').length;
  return { events, spareKinds, certainCount, lastUses: addChanges(lastUses, events) };
}

const NEVER = Number.NEGATIVE_INFINITY;
const NEVER_USED: LastUse = { neededAtNs: NEVER, toldAtNs: NEVER, changedAtNs: NEVER };

function useAgain({ neededAtNs, toldAtNs }: LastUse, { need, calledAtNs }: CertainStep): LastUse {
  return {
    neededAtNs: need === 'is' ? Math.max(neededAtNs, calledAtNs) : neededAtNs,
    toldAtNs: need === 'none' ? toldAtNs : Math.max(toldAtNs, calledAtNs),
    changedAtNs: NEVER,
  };
}

function addChanges(uses: readonly LastUse[], events: readonly HistoryEvent[]): readonly LastUse[] {
  const order = [...uses.keys()].sort((a, b) => (uses[a]?.neededAtNs ?? 0) - (uses[b]?.neededAtNs ?? 0));
  const added = [...uses];
  let changedAtNs = NEVER;
  let next = 0;
  for (const state of order) {
    const use = uses[state] ?? NEVER_USED;
    for (let event = events[next]; event !== undefined && event.atNs < use.neededAtNs; event = events[++next]) {
      if (event.kind !== 'return' || event.step.result === undefined) continue;
      changedAtNs = Math.max(changedAtNs, event.step.calledAtNs);
    }
    added[state] = { ...use, changedAtNs };
  }
  return added;
}

function assertDistinct(operations: readonly RegisterOperation[]): void {
  const values = new Set<TagValue>();
  for (const { step } of operations) {
    const value = writtenBy(step);
    if (value === undefined) continue;
    if (values.has(value) || value === ABSENT) throw new Error(`${value} is written more than once`);
    values.add(value);
  }
}

/**
 * When at the latest an operation of unknown outcome took effect: its value was seen by one that had returned by then. Those
 * whose value nobody saw have no bound.
 */
function boundUnknowns(operations: readonly RegisterOperation[]): ReadonlyMap<RegisterOperation, number> {
  const seenByNs = new Map<TagValue, number>();
  const see = (value: TagValue | undefined, atNs: number): boolean => {
    if (value === undefined || atNs >= (seenByNs.get(value) ?? Number.POSITIVE_INFINITY)) return false;
    seenByNs.set(value, atNs);
    return true;
  };
  for (const { step, isUnknown, returnedAtNs } of operations) if (!isUnknown) see(neededBy(step), returnedAtNs);
  const boundsNs = new Map<RegisterOperation, number>();
  const unknowns = operations.filter((operation) => operation.isUnknown);
  // A swap that took effect has seen a value itself.
  for (let isChanged = true; isChanged; ) {
    isChanged = false;
    for (const operation of unknowns) {
      const seenAtNs = seenByNs.get(writtenBy(operation.step) ?? ABSENT);
      if (writtenBy(operation.step) === undefined || seenAtNs === undefined) continue;
      boundsNs.set(operation, Math.max(seenAtNs, operation.calledAtNs));
      isChanged = see(neededBy(operation.step), seenAtNs) || isChanged;
    }
  }
  return boundsNs;
}

/** Whether a step that may never have been taken explains nothing that others saw: it puts one value that is not seen for another. */
function isUseless(step: Step, missed: ReadonlySet<TagValue>): boolean {
  if (isObservation(step)) return true;
  return step.kind === 'swap' && step.expected !== ABSENT && !missed.has(step.expected);
}

/** A number for each value that some operation certainly looked for; from 2 on. */
function numberStates(
  operations: readonly RegisterOperation[],
  boundsNs: ReadonlyMap<RegisterOperation, number>,
): ReadonlyMap<TagValue, number> {
  const numbers = new Map<TagValue, number>();
  for (const operation of operations) {
    const { step, isUnknown } = operation;
    if (isUnknown && !boundsNs.has(operation)) continue;
    const value = step.kind === 'miss' ? step.value : neededBy(step);
    if (value !== undefined && value !== ABSENT && !numbers.has(value)) numbers.set(value, numbers.size + 2);
  }
  return numbers;
}

function toTransition({ step, isUnknown }: RegisterOperation, numbers: ReadonlyMap<TagValue, number>): Transition {
  const numberOf = (value: TagValue): number => (value === ABSENT ? ABSENT_STATE : (numbers.get(value) ?? OTHER_STATE));
  switch (step.kind) {
    case 'see':
      return { need: 'is', needed: numberOf(step.value), result: undefined };
    case 'miss':
      return { need: 'is-not', needed: numberOf(step.value), result: undefined };
    case 'write':
      return { need: 'none', needed: OTHER_STATE, result: numberOf(step.value) };
    case 'swap':
      return { need: 'is', needed: numberOf(step.expected), result: numberOf(step.value) };
    case 'remove':
      // One of unknown outcome may have found nothing to remove.
      return { need: isUnknown ? 'none' : 'is-not', needed: ABSENT_STATE, result: ABSENT_STATE };
  }
}
