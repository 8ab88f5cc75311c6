import { describe, expect, it } from 'vitest';
import { ABSENT, type RegisterOperation, type Step } from '../support/register/register-operation.ts';
import type { TagHistory } from '../support/tag-history/run-tag-history.ts';
import { checkRun, judgeHistories, percentOverlapping } from './judge-run.ts';
import { FAITHFUL_PROXY } from './planted/run-planted.ts';

function operation(calledAtNs: number, returnedAtNs: number, step: Step): RegisterOperation {
  const isUnknown = returnedAtNs === Number.POSITIVE_INFINITY;
  return { client: 0, step, isUnknown, calledAtNs, returnedAtNs, text: step.kind };
}

function history(name: string, operations: readonly RegisterOperation[], more: Partial<TagHistory> = {}): TagHistory {
  return { name, operations, answers: new Map([['put 201', 3]]), faults: [], ...more };
}

const FULL = history('full', [
  operation(0, 5, { kind: 'write', value: 'a' }),
  operation(1, 4, { kind: 'see', value: 'a' }),
  operation(2, 9, { kind: 'swap', expected: 'a', value: 'b' }),
  operation(3, 10, { kind: 'remove' }),
  operation(4, Number.POSITIVE_INFINITY, { kind: 'write', value: 'c' }),
]);

function failedChecks(
  histories: readonly TagHistory[],
  planted: Parameters<typeof checkRun>[1] = [],
): readonly string[] {
  return checkRun(histories, planted)
    .filter(({ findings }) => findings.length > 0)
    .map(({ name }) => name);
}

describe('the judgement of a run', () => {
  it('finds the histories that contradict themselves', () => {
    const lost = history('lost', [
      operation(0, 1, { kind: 'write', value: 'a' }),
      operation(2, 3, { kind: 'see', value: ABSENT }),
    ]);
    const { histories, visitsPerOperation } = judgeHistories([FULL, lost]);
    expect(histories.map(({ contradiction }) => contradiction?.essential.length)).toEqual([undefined, 2]);
    expect(visitsPerOperation).toBeGreaterThan(1);
  });

  it('has nothing against a run in which everything happened', () => {
    expect(failedChecks([FULL])).toEqual([]);
  });

  it('does not believe a run in which little happened', () => {
    const quiet = history('quiet', [
      operation(0, 1, { kind: 'write', value: 'a' }),
      operation(2, 3, { kind: 'see', value: 'a' }),
    ]);
    expect(failedChecks([quiet])).toEqual([
      'every kind of outcome, unknown ones too',
      'operations that overlap with changes',
    ]);
  });

  it('does not accept server errors and wrong answers', () => {
    const answers = new Map([['put 503', 1]]);
    const names = failedChecks([history('bad', FULL.operations, { answers, faults: ['PUT: 400'] })]);
    expect(names).toEqual(['only answers that a registry may give', 'no server errors']);
  });

  it('does not accept that a planted defect is missed, or that it never showed', () => {
    const counts = { historyCount: 4, plantedCount: 4, caughtCount: 4 };
    const planted = [
      { name: 'caught', ...counts },
      { name: 'missed', ...counts, caughtCount: 3 },
      { name: 'hidden', ...counts, plantedCount: 3, caughtCount: 3 },
      { name: FAITHFUL_PROXY, ...counts, caughtCount: 3 },
    ];
    expect(failedChecks([FULL], planted)).toEqual(['planted: missed', 'planted: hidden', `planted: ${FAITHFUL_PROXY}`]);
  });
});

describe('the share of operations that overlap with a change', () => {
  it('counts what is in flight together with a change of another client', () => {
    const operations = [
      operation(0, 10, { kind: 'write', value: 'a' }),
      operation(5, 6, { kind: 'see', value: 'a' }),
      operation(20, 30, { kind: 'see', value: 'a' }),
      operation(21, 22, { kind: 'see', value: 'a' }),
    ];
    expect(percentOverlapping([history('one of four', operations)])).toBe(25);
  });

  it('is nothing where nobody changes anything, or where nothing is known of it', () => {
    const unknown = operation(0, Number.POSITIVE_INFINITY, { kind: 'write', value: 'a' });
    const known = operation(1, 2, { kind: 'write', value: 'b' });
    expect(percentOverlapping([history('unknown', [unknown, known])])).toBe(0);
    expect(percentOverlapping([])).toBe(0);
  });
});
