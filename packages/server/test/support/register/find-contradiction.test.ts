import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkRegister } from './check-register.ts';
import { cutHistory } from './cut-history.ts';
import { findContradiction } from './find-contradiction.ts';
import { isLinearizableByForce } from './is-linearizable-by-force.ts';
import type { RegisterOperation } from './register-operation.ts';
import { renderContradiction } from './render-contradiction.ts';
import { simulateRegister } from './simulate-register.ts';

const happenings = (clients: number, length: number) =>
  fc.array(fc.record({ client: fc.nat({ max: clients - 1 }), choice: fc.nat({ max: 1_023 }) }), {
    minLength: length,
    maxLength: length,
  });

/** After a write that was seen, lets a later read find what was there before it. */
function plantStaleRead(
  operations: readonly RegisterOperation[],
  which: number,
): readonly RegisterOperation[] | undefined {
  const writes = operations.filter(({ step, isUnknown }) => step.kind === 'write' && !isUnknown);
  const old = writes[which % Math.max(1, writes.length)];
  if (old === undefined || old.step.kind !== 'write') return undefined;
  const next = writes.find((write) => write.calledAtNs > old.returnedAtNs);
  if (next === undefined) return undefined;
  const { value } = old.step;
  const reader = operations.find(({ step, calledAtNs }) => step.kind === 'see' && calledAtNs > next.returnedAtNs);
  return operations.map((one) => (one === reader ? { ...one, step: { kind: 'see', value } } : one));
}

describe('the contradiction in a history', () => {
  it('is found in a long one, with few operations, of which none can be left out', () => {
    const sizes: number[] = [];
    fc.assert(
      fc.property(happenings(8, 2_000), fc.nat(), (script, which) => {
        const operations = plantStaleRead(simulateRegister(script), which) ?? [];
        const { refuted } = checkRegister(operations);
        // Now and then there is a later write in flight that explains it.
        fc.pre(refuted !== undefined);
        const { essential, writers } = findContradiction(refuted);
        sizes.push(essential.length);
        expect(essential.length + writers.length).toBeLessThanOrEqual(12);
        const minimal = [...essential, ...writers.map(asUnknown)];
        expect(isLinearizableByForce(minimal)).toBe(false);
        for (const one of essential) {
          const without = operations.map((other) =>
            essential.includes(other) && other !== one ? other : asUnknown(other),
          );
          expect(checkRegister(without).isLinearizable).toBe(true);
        }
      }),
      { numRuns: 30, seed: 4 },
    );
    expect(sizes.length).toBe(30);
    expect(Math.min(...sizes)).toBeGreaterThan(1);
  });

  it('does not come from looking at a part of the time alone', () => {
    fc.assert(
      fc.property(happenings(6, 300), fc.nat({ max: 300 }), fc.nat({ max: 60 }), (script, around, size) => {
        const part = cutHistory(simulateRegister(script), around, size);
        expect(checkRegister(part).isLinearizable).toBe(true);
      }),
      { numRuns: 300, seed: 5 },
    );
  });

  it('is told in the order of time', () => {
    const common = { client: 3, isUnknown: false } as const;
    const digest = `sha256:${'ab'.repeat(32)}`;
    const write: RegisterOperation = {
      ...common,
      step: { kind: 'write', value: digest },
      calledAtNs: 5_000_000,
      returnedAtNs: 6_500_000,
      text: `PUT ${digest} → 201`,
    };
    const read: RegisterOperation = {
      ...common,
      client: 12,
      step: { kind: 'see', value: 'absent' },
      calledAtNs: 16_000_000,
      returnedAtNs: 17_000_000,
      text: 'HEAD → 404 (absent)',
    };
    expect(renderContradiction({ essential: [read], writers: [write] }).split('\n')).toEqual([
      '0.000 to 1.500 ms    client 3   PUT abababababab → 201   (answered or not)',
      '11.000 to 12.000 ms  client 12  HEAD → 404 (absent)',
    ]);
  });
});

function asUnknown(operation: RegisterOperation): RegisterOperation {
  return { ...operation, isUnknown: true, returnedAtNs: Number.POSITIVE_INFINITY };
}
