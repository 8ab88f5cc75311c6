import { expect, test } from 'vitest';
import { forEachParallel } from './for-each-parallel.ts';

test('no more than the limit run at a time, and all are done', async () => {
  let running = 0;
  let most = 0;
  const done: number[] = [];
  await forEachParallel([1, 2, 3, 4, 5, 6, 7], 3, async (item) => {
    running += 1;
    most = Math.max(most, running);
    await new Promise((resolve) => setImmediate(resolve));
    running -= 1;
    done.push(item);
  });
  expect({ most, done: done.sort() }).toEqual({ most: 3, done: [1, 2, 3, 4, 5, 6, 7] });
});

test('after a failure nothing further is begun', async () => {
  const begun: number[] = [];
  const work = async (item: number) => {
    begun.push(item);
    if (item === 2) throw new Error('second');
    await new Promise((resolve) => setImmediate(resolve));
  };
  await expect(forEachParallel([1, 2, 3, 4, 5], 2, work)).rejects.toThrow('second');
  await new Promise((resolve) => setImmediate(resolve));
  expect(begun).toEqual([1, 2]);
});
