import { describe, expect, it } from 'vitest';
import { checkRegister } from './check-register.ts';
import { isLinearizableByForce } from './is-linearizable-by-force.ts';
import { ABSENT, type RegisterOperation, type Step } from './register-operation.ts';

const see = (value: string): Step => ({ kind: 'see', value });
const miss = (value: string): Step => ({ kind: 'miss', value });
const write = (value: string): Step => ({ kind: 'write', value });
const swap = (expected: string, value: string): Step => ({ kind: 'swap', expected, value });
const remove: Step = { kind: 'remove' };

/** From `call` to `end`; without an end, of unknown outcome. */
function operation(call: number, end: number | undefined, step: Step): RegisterOperation {
  return {
    client: 0,
    step,
    isUnknown: end === undefined,
    calledAtNs: call,
    returnedAtNs: end ?? Number.POSITIVE_INFINITY,
    text: step.kind,
  };
}

const GOOD: Readonly<Record<string, readonly RegisterOperation[]>> = {
  'nothing at all': [],
  'a write and a read of it': [operation(0, 1, write('a')), operation(2, 3, see('a'))],
  'a read of the value before, while the write goes on': [
    operation(0, 1, write('a')),
    operation(2, 9, write('b')),
    operation(3, 4, see('a')),
    operation(5, 6, see('b')),
  ],
  'two writes at once, seen in either order': [
    operation(0, 9, write('a')),
    operation(0, 9, write('b')),
    operation(1, 2, see('b')),
    operation(3, 4, see('a')),
  ],
  'a write that is at once overwritten by one that overlaps': [
    operation(0, 1, write('a')),
    operation(2, 9, write('b')),
    operation(3, 4, write('c')),
    operation(10, 11, see('c')),
  ],
  'swaps one upon the other': [
    operation(0, 1, swap(ABSENT, 'a')),
    operation(2, 5, swap('a', 'b')),
    operation(2, 5, swap('b', 'c')),
    operation(6, 7, see('c')),
  ],
  'a swap that is refused because of one that overlaps': [
    operation(0, 1, write('a')),
    operation(2, 5, swap('a', 'b')),
    operation(3, 4, miss('a')),
  ],
  'a removal, and a creation after it': [
    operation(0, 1, write('a')),
    operation(2, 3, remove),
    operation(4, 5, see(ABSENT)),
    operation(6, 7, swap(ABSENT, 'b')),
  ],
  'a write of unknown outcome that takes effect late': [
    operation(0, undefined, write('a')),
    operation(1, 2, see(ABSENT)),
    operation(3, 4, write('b')),
    operation(5, 6, see('b')),
    operation(7, 8, see('a')),
  ],
  'a write of unknown outcome that never takes effect': [
    operation(0, undefined, write('a')),
    operation(1, 2, see(ABSENT)),
    operation(100, 101, see(ABSENT)),
  ],
  'a write of unknown outcome that nobody saw, but that was removed': [
    operation(0, undefined, write('a')),
    operation(1, 2, see(ABSENT)),
    operation(3, 4, remove),
  ],
  'a removal of unknown outcome': [
    operation(0, 1, write('a')),
    operation(2, undefined, remove),
    operation(3, 4, see('a')),
    operation(5, 6, see(ABSENT)),
  ],
  'swaps of unknown outcome, one upon the other, of which the last was seen': [
    operation(0, undefined, swap(ABSENT, 'a')),
    operation(1, undefined, swap('a', 'b')),
    operation(2, 3, see(ABSENT)),
    operation(4, 5, see('b')),
  ],
  'a creation that a removal of unknown outcome made possible, and no other one': [
    operation(4, 10, write('a')),
    operation(1, undefined, swap(ABSENT, 'b')),
    operation(11, 18, swap(ABSENT, 'c')),
    operation(10, 18, swap(ABSENT, 'd')),
    operation(4, undefined, remove),
  ],
  // These four were once refused, each for another reason.
  'a write that nobody saw, hidden by a removal of unknown outcome before a creation': [
    operation(8, 11, write('a')),
    operation(5, 13, swap(ABSENT, 'b')),
    operation(6, 8, swap('b', 'c')),
    operation(7, undefined, remove),
    operation(12, 15, see('c')),
  ],
  'a write that nobody saw, whose effect a removal after its return needs': [
    operation(1, 8, remove),
    operation(6, 10, write('a')),
    operation(6, 6, write('b')),
    operation(10, 11, remove),
  ],
  'a value that is looked for at the instant at which another one is forgotten': [
    operation(0, undefined, write('a')),
    operation(3, 10, see('a')),
    operation(3, 6, write('b')),
    operation(7, 7, swap('b', 'c')),
    operation(8, 12, write('d')),
    operation(8, 9, swap('c', 'e')),
  ],
  'a creation in whose time a refusal and a removal found a tag': [
    operation(10, 10, miss(ABSENT)),
    operation(12, 16, remove),
    operation(7, 10, swap(ABSENT, 'a')),
    operation(12, 17, see('a')),
  ],
  'a chain of swaps of unknown outcome, of which the last was seen': [
    operation(0, undefined, swap(ABSENT, 'a')),
    operation(1, undefined, swap('a', 'b')),
    operation(2, undefined, swap('b', 'c')),
    operation(3, 4, see(ABSENT)),
    operation(5, 6, see('c')),
  ],
  'a refusal that only a swap of unknown outcome explains': [
    operation(0, 1, write('a')),
    operation(2, undefined, swap('a', 'b')),
    operation(3, 4, see('a')),
    operation(5, 6, miss('a')),
  ],
  'a refusal that only a write of unknown outcome explains': [
    operation(0, 1, write('a')),
    operation(2, undefined, write('b')),
    operation(3, 4, see('a')),
    operation(5, 6, miss('a')),
  ],
};

const BAD: Readonly<Record<string, readonly RegisterOperation[]>> = {
  'a value that nobody wrote': [operation(0, 1, see('a'))],
  'a value that is written later': [operation(0, 1, see('a')), operation(2, 3, write('a'))],
  'a value of unknown outcome that is asked for later': [
    operation(0, 1, see('a')),
    operation(2, undefined, write('a')),
  ],
  'an acknowledged write that is gone': [
    operation(0, 1, write('a')),
    operation(2, 3, write('b')),
    operation(4, 5, see('a')),
  ],
  'an acknowledged first write that is gone': [operation(0, 1, write('a')), operation(2, 3, see(ABSENT))],
  'a stale read': [
    operation(0, 1, write('a')),
    operation(2, 3, write('b')),
    operation(4, 5, see('b')),
    operation(6, 7, see('a')),
  ],
  'two readers who see two writes in two orders': [
    operation(0, 20, write('a')),
    operation(0, 20, write('b')),
    operation(1, 2, see('a')),
    operation(3, 4, see('b')),
    operation(5, 6, see('a')),
  ],
  'two swaps of the same value': [
    operation(0, 1, write('a')),
    operation(2, 9, swap('a', 'b')),
    operation(2, 9, swap('a', 'c')),
  ],
  'two creations at once': [operation(0, 9, swap(ABSENT, 'a')), operation(0, 9, swap(ABSENT, 'b'))],
  'a refused swap that took effect': [
    operation(0, 1, write('a')),
    operation(2, 3, miss('b')),
    operation(4, 5, see('c')),
  ],
  'a refusal for no reason': [operation(0, 1, write('a')), operation(2, 3, miss('a'))],
  'an acknowledged removal that did not happen': [
    operation(0, 1, write('a')),
    operation(2, 3, remove),
    operation(4, 5, see('a')),
  ],
  'a removal of nothing': [operation(0, 1, remove)],
  'two removals of one tag': [operation(0, 1, write('a')), operation(2, 5, remove), operation(2, 5, remove)],
  'a write of unknown outcome that takes effect twice': [
    operation(0, undefined, write('a')),
    operation(1, 2, see('a')),
    operation(3, 4, write('b')),
    operation(5, 6, see('b')),
    operation(7, 8, see('a')),
  ],
  'a removal of unknown outcome that takes effect twice': [
    operation(0, 1, write('a')),
    operation(2, undefined, remove),
    operation(3, 4, see(ABSENT)),
    operation(5, 6, write('b')),
    operation(7, 8, see(ABSENT)),
  ],
};

describe('the check of a register', () => {
  it.each(Object.keys(GOOD))('accepts %s', (name) => {
    const operations = GOOD[name] ?? [];
    expect(isLinearizableByForce(operations)).toBe(true);
    expect(checkRegister(operations).isLinearizable).toBe(true);
  });

  it.each(Object.keys(BAD))('refuses %s', (name) => {
    const operations = BAD[name] ?? [];
    expect(isLinearizableByForce(operations)).toBe(false);
    expect(checkRegister(operations).isLinearizable).toBe(false);
  });

  it('does not depend on the order in which the operations are given', () => {
    for (const operations of Object.values(GOOD))
      expect(checkRegister(operations.toReversed()).isLinearizable).toBe(true);
    for (const operations of Object.values(BAD))
      expect(checkRegister(operations.toReversed()).isLinearizable).toBe(false);
  });

  it('refuses to judge where two operations write the same value', () => {
    expect(() => checkRegister([operation(0, 1, write('a')), operation(2, 3, swap('a', 'a'))])).toThrow(
      'a is written more than once',
    );
  });
});
