import { checkRegister } from '../support/register/check-register.ts';
import { type Contradiction, findContradiction } from '../support/register/find-contradiction.ts';
import { isObservation, type RegisterOperation, type Step } from '../support/register/register-operation.ts';
import type { TagHistory } from '../support/tag-history/run-tag-history.ts';
import { FAITHFUL_PROXY, type PlantedResult } from './planted/run-planted.ts';

/** One thing that must be true of the run. */
export interface Check {
  readonly name: string;
  /** What is wrong; empty when nothing is. */
  readonly findings: readonly string[];
}

export interface JudgedHistory {
  readonly history: TagHistory;
  readonly contradiction: Contradiction | undefined;
}

export interface JudgedRun {
  readonly histories: readonly JudgedHistory[];
  readonly checkSeconds: number;
  /** Two for each operation when the search never went wrong. */
  readonly visitsPerOperation: number;
}

/** Checks each tag for itself: linearizability is local (Herlihy and Wing, theorem 1). */
export function judgeHistories(histories: readonly TagHistory[]): JudgedRun {
  const startMs = performance.now();
  let visitedCount = 0;
  const judged = histories.map((history) => {
    const verdict = checkRegister(history.operations);
    visitedCount += verdict.visitedCount;
    return { history, contradiction: verdict.refuted && findContradiction(verdict.refuted) };
  });
  const operationCount = histories.reduce((sum, { operations }) => sum + operations.length, 0);
  return {
    histories: judged,
    checkSeconds: (performance.now() - startMs) / 1_000,
    visitsPerOperation: visitedCount / Math.max(1, operationCount),
  };
}

const STEP_KINDS: readonly Step['kind'][] = ['see', 'write', 'swap', 'remove'];
/** So many operations of a hundred must have overlapped with a change by another client, or the run says little. */
const MIN_OVERLAPPING_PERCENT = 50;

/** Whether enough happened for the verdict to mean something, and nothing that a registry may not do. */
export function checkRun(histories: readonly TagHistory[], planted: readonly PlantedResult[]): readonly Check[] {
  const operations = histories.flatMap((history) => history.operations);
  const faults = histories.flatMap(({ name, faults: own }) => own.map((fault) => `${name}: ${fault}`));
  const serverErrors = [...sumAnswers(histories)].filter(([answer]) => / 5\d\d$/.test(answer));
  const missing = STEP_KINDS.filter(
    (kind) => !operations.some(({ step, isUnknown }) => step.kind === kind && !isUnknown),
  );
  const overlapping = percentOverlapping(histories);
  return [
    { name: 'only answers that a registry may give', findings: faults },
    { name: 'no server errors', findings: serverErrors.map(([answer, count]) => `${answer}: ${count} times`) },
    {
      name: 'every kind of outcome, unknown ones too',
      findings: [
        ...missing.map((kind) => `there is no outcome "${kind}"`),
        ...(operations.some(({ isUnknown }) => isUnknown) ? [] : ['there is no unknown outcome']),
      ],
    },
    {
      name: 'operations that overlap with changes',
      findings: overlapping < MIN_OVERLAPPING_PERCENT ? [`${overlapping.toFixed(0)} % do`] : [],
    },
    ...planted.map(checkPlanted),
  ];
}

function checkPlanted({ name, plantedCount, caughtCount, historyCount }: PlantedResult): Check {
  const what = name === FAITHFUL_PROXY ? 'accepted' : 'caught';
  const findings = [
    ...(plantedCount < historyCount ? [`it showed in ${plantedCount} of ${historyCount} histories only`] : []),
    ...(caughtCount < plantedCount ? [`${what} in ${caughtCount} of ${plantedCount} histories only`] : []),
  ];
  return { name: `planted: ${name}`, findings };
}

export function sumAnswers(histories: readonly TagHistory[]): ReadonlyMap<string, number> {
  const sums = new Map<string, number>();
  for (const { answers } of histories)
    for (const [answer, count] of answers) sums.set(answer, (sums.get(answer) ?? 0) + count);
  return sums;
}

/** Of 100 operations, how many were in flight together with another client's change of the same tag. */
export function percentOverlapping(histories: readonly TagHistory[]): number {
  let operationCount = 0;
  let overlappingCount = 0;
  for (const { operations } of histories) {
    operationCount += operations.length;
    overlappingCount += countOverlapping(operations);
  }
  return (100 * overlappingCount) / Math.max(1, operationCount);
}

function countOverlapping(operations: readonly RegisterOperation[]): number {
  // Unknown ones would overlap with everything after them.
  const known = operations.filter(({ isUnknown }) => !isUnknown);
  const ordered = known.toSorted((a, b) => a.calledAtNs - b.calledAtNs);
  const changes = ordered.filter(({ step }) => !isObservation(step));
  let next = 0;
  let open: RegisterOperation[] = [];
  let count = 0;
  for (const operation of ordered) {
    for (let change = changes[next]; change !== undefined; change = changes[++next]) {
      if (change.calledAtNs > operation.returnedAtNs) break;
      open.push(change);
    }
    open = open.filter((change) => change.returnedAtNs >= operation.calledAtNs);
    if (open.some((change) => change !== operation && change.calledAtNs <= operation.returnedAtNs)) count += 1;
  }
  return count;
}
