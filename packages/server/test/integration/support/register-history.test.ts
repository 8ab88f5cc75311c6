import { describe, expect, it } from 'vitest';
import { checkRegisterHistory, type RegisterOperation } from './register-history.ts';

const operation = (
  kind: 'read' | 'write',
  value: string | undefined,
  start: number,
  end: number,
): RegisterOperation => ({
  kind,
  value,
  start,
  end,
});

describe('the check of a history', () => {
  it('accepts overlapping writes in whichever order the reads show', () => {
    const writes = [operation('write', 'a', 0, 10), operation('write', 'b', 0, 10)];
    expect(checkRegisterHistory([...writes, operation('read', 'a', 11, 12)])).toEqual([]);
    expect(checkRegisterHistory([...writes, operation('read', 'b', 11, 12)])).toEqual([]);
  });

  it('refuses a read of what was overwritten before it began', () => {
    const history = [operation('write', 'a', 0, 1), operation('write', 'b', 2, 3), operation('read', 'a', 4, 5)];
    expect(checkRegisterHistory(history)).toHaveLength(1);
  });

  it('refuses reads that see two writes in opposite orders', () => {
    const writes = [operation('write', 'a', 0, 9), operation('write', 'b', 0, 9)];
    const reads = [operation('read', 'a', 1, 2), operation('read', 'b', 3, 4), operation('read', 'a', 5, 6)];
    expect(checkRegisterHistory([...writes, ...reads])).toHaveLength(1);
  });

  it('refuses "not there" while a value is', () => {
    const history = [operation('write', 'a', 0, 1), operation('read', undefined, 2, 3)];
    expect(checkRegisterHistory(history)).toHaveLength(1);
  });
});
