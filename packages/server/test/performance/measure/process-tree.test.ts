import { expect, it } from 'vitest';
import { listProcessTree, parseProcessStat } from './process-tree.ts';

it('reads the parent and all four times, whatever the name of the program', () => {
  const line = '4242 (a (b) c) S 17 4242 4242 0 -1 4194304 900 0 0 0 500 60 7 8 20 0 11 0 100 1 2 3';
  expect(parseProcessStat(line)).toEqual({ pid: 4242, parentPid: 17, ticks: 575 });
});

it('takes what is no such line for nothing', () => {
  expect(parseProcessStat('')).toBeUndefined();
  expect(parseProcessStat('12 (short) S 1')).toBeUndefined();
});

it.runIf(process.platform === 'linux')('finds this very process below its parent', () => {
  const tree = listProcessTree(process.ppid);
  expect(tree[0]?.pid).toBe(process.ppid);
  expect(tree.map(({ pid }) => pid)).toContain(process.pid);
});
