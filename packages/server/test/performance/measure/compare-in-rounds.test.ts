import { expect, it } from 'vitest';
import type { Sample } from '../bench-result.ts';
import { compareInRounds } from './compare-in-rounds.ts';
import { judgeCpu, judgeCpuRatio, judgeRate } from './judge.ts';

function sample(count: number, serverCpuSeconds: number | undefined): Sample {
  const rest = { p50Ms: 1, p99Ms: 2, loadShare: 0.5, otherCores: 0 };
  return { count, bytes: count * 1e6, seconds: 2, serverCpuSeconds, ...rest };
}

const requests = { id: 'get', title: 'GET', unit: 'requests/s' } as const;

it('interleaves the sides and lets them begin in turns', async () => {
  const order: string[] = [];
  await compareInRounds([requests, { ...requests, id: 'head' }], 2, async ({ id }, side, round) => {
    order.push(`${round} ${id} ${side}`);
    return sample(1, 1);
  });
  expect(order).toEqual([
    '0 get ours',
    '0 get peer',
    '0 head ours',
    '0 head peer',
    '1 get peer',
    '1 get ours',
    '1 head peer',
    '1 head ours',
  ]);
});

it('takes rates, costs and ratios of each round', async () => {
  const counts = { ours: [1000, 4000, 3000], peer: [100, 200, 300] };
  const [cell] = await compareInRounds([requests], 3, async (_, side, round) =>
    sample(counts[side][round] ?? 0, side === 'ours' ? 0.1 : 0.2),
  );
  if (cell === undefined) throw new Error('no cell');
  expect(cell.ours.rate).toEqual({ median: 1500, min: 500, max: 2000 });
  expect(cell.rateRatio).toEqual({ median: 10, min: 10, max: 20 });
  expect(cell.ours.cpu?.median).toBeCloseTo(33.33, 1);
  expect(cell.cpuRatio?.median).toBeCloseTo(0.05);
  expect(judgeRate(cell, 10).isMet).toBe(true);
  expect(judgeRate(cell, 10.1).isMet).toBe(false);
  expect(judgeCpu(cell, 33).map(({ isMet }) => isMet)).toEqual([false]);
  expect(judgeCpuRatio(cell, 0.06).map(({ isMet }) => isMet)).toEqual([true]);
});

it('gives bytes in MB/s and s/GB', async () => {
  const [cell] = await compareInRounds([{ ...requests, unit: 'MB/s' }], 1, async () => sample(500, 0.25));
  expect(cell?.ours.rate.median).toBe(250);
  expect(cell?.ours.cpu?.median).toBeCloseTo(0.5);
  expect(cell?.costUnit).toBe('s/GB');
});

it('gives no verdict on CPU time that nobody could read', async () => {
  const [cell] = await compareInRounds([requests], 2, async (_, side) => sample(10, side === 'ours' ? 1 : undefined));
  if (cell === undefined) throw new Error('no cell');
  expect(cell.cpuRatio).toBeUndefined();
  expect(judgeCpuRatio(cell, 1)).toEqual([]);
  expect(judgeCpu(cell, 200_000)).toHaveLength(1);
});
