import { describe, expect, it } from 'vitest';
import { StatementNames } from './statement-names.ts';

describe('names of statements', () => {
  const send = (names: StatementNames, text: string, times: number) => {
    let name: string | undefined;
    for (let turn = 0; turn < times; turn += 1) name = names.nameOf(text);
    return name;
  };

  it('are for texts that are sent often, and each is that of one text', () => {
    const names = new StatementNames();
    expect(send(names, 'select 1', 20)).toBeUndefined();
    const first = send(names, 'select 1', 1);
    expect(first).toBeDefined();
    expect(send(names, 'select 2', 21)).not.toBe(first);
    expect(names.nameOf('select 1')).toBe(first);
  });

  it('are bounded, whatever is sent', () => {
    const names = new StatementNames();
    const given = new Set(Array.from({ length: 1_000 }, (_, index) => send(names, `select ${index}`, 30)));
    expect(given.size).toBe(128 + 1);
    expect(names.nameOf('select 0')).toBeDefined();
  });

  it('are given to none whose columns may change', () => {
    expect(send(new StatementNames(), 'select * from tags', 100)).toBeUndefined();
  });
});
