import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkRegister } from './check-register.ts';
import { isLinearizableByForce } from './is-linearizable-by-force.ts';
import { ABSENT, type RegisterOperation, type Step } from './register-operation.ts';
import { type Refusals, simulateRegister } from './simulate-register.ts';

const refusals = fc.constantFrom<Refusals>('telling', 'silent');

function happenings(clients: number, maxLength: number) {
  return fc.array(fc.record({ client: fc.nat({ max: clients - 1 }), choice: fc.nat({ max: 1_023 }) }), { maxLength });
}

/** Any small history, most of them impossible; the values that it writes are distinct. */
const anyHistory: fc.Arbitrary<readonly RegisterOperation[]> = fc
  .array(
    fc.record({
      client: fc.nat({ max: 3 }),
      kind: fc.constantFrom<Step['kind']>('see', 'see', 'miss', 'write', 'write', 'swap', 'remove'),
      looksFor: fc.constantFrom('v0', 'v1', 'v2', 'v3', ABSENT),
      calledAtNs: fc.nat({ max: 12 }),
      lengthNs: fc.nat({ max: 8 }),
      isUnknown: fc.integer({ min: 0, max: 3 }).map((number) => number === 0),
    }),
    { maxLength: 7 },
  )
  .map((parts) => parts.map((part, index) => toOperation(part, `v${index}`)));

interface Part {
  readonly client: number;
  readonly kind: Step['kind'];
  readonly looksFor: string;
  readonly calledAtNs: number;
  readonly lengthNs: number;
  readonly isUnknown: boolean;
}

function toOperation(part: Part, value: string): RegisterOperation {
  const { client, kind, looksFor, calledAtNs, lengthNs, isUnknown } = part;
  return {
    client,
    step: toStep(kind, looksFor, value),
    isUnknown,
    calledAtNs,
    returnedAtNs: isUnknown ? Number.POSITIVE_INFINITY : calledAtNs + lengthNs,
    text: kind,
  };
}

function toStep(kind: Step['kind'], looksFor: string, value: string): Step {
  switch (kind) {
    case 'see':
    case 'miss':
      return { kind, value: looksFor };
    case 'write':
      return { kind, value };
    case 'swap':
      return { kind, expected: looksFor, value };
    case 'remove':
      return { kind };
  }
}

/** The history with another value in one of its operations that look for one; the same one when there is none. */
function mutate(operations: readonly RegisterOperation[], which: number, value: number): readonly RegisterOperation[] {
  const values = [ABSENT, 'never', ...operations.flatMap(({ step }) => ('value' in step ? [step.value] : []))];
  const other = values[value % values.length] ?? ABSENT;
  const lookers = operations.filter(({ step }) => step.kind === 'see' || step.kind === 'swap');
  const mutated = lookers[which % Math.max(1, lookers.length)];
  return operations.map((operation) => {
    const { step } = operation;
    if (operation !== mutated) return operation;
    if (step.kind === 'swap') return { ...operation, step: { ...step, expected: other } };
    return { ...operation, step: { kind: 'see', value: other } };
  });
}

describe('the check of a register, on random histories', () => {
  it('accepts each history of an atomic register', () => {
    fc.assert(
      fc.property(happenings(8, 400), refusals, (script, how) => {
        expect(checkRegister(simulateRegister(script, how)).isLinearizable).toBe(true);
      }),
      { numRuns: 300, seed: 1 },
    );
  });

  it('agrees with brute force on any small history', () => {
    const verdicts = { true: 0, false: 0 };
    fc.assert(
      fc.property(anyHistory, (operations) => {
        const expected = isLinearizableByForce(operations);
        verdicts[`${expected}`] += 1;
        expect(checkRegister(operations).isLinearizable).toBe(expected);
      }),
      { numRuns: 20_000, seed: 2 },
    );
    expect(verdicts.true).toBeGreaterThan(2_000);
    expect(verdicts.false).toBeGreaterThan(2_000);
  });

  it('agrees with brute force on histories of an atomic register of which one operation is changed', () => {
    const verdicts = { true: 0, false: 0 };
    fc.assert(
      fc.property(happenings(4, 26), refusals, fc.nat(), fc.nat(), (script, how, which, value) => {
        const operations = mutate(simulateRegister(script, how), which, value);
        const expected = isLinearizableByForce(operations);
        verdicts[`${expected}`] += 1;
        expect(checkRegister(operations).isLinearizable).toBe(expected);
      }),
      { numRuns: 5_000, seed: 3 },
    );
    expect(verdicts.true).toBeGreaterThan(500);
    expect(verdicts.false).toBeGreaterThan(500);
  });
});
