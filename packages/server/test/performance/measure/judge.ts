import type { ComparedCell, Verdict } from '../bench-result.ts';
import type { Spread } from './statistics.ts';

type Bound = Pick<Verdict, 'target' | 'unit' | 'bound'> & Partial<Pick<Verdict, 'judged'>>;

export function atLeast(value: Spread, bound: Bound): Verdict {
  return { judged: undefined, ...bound, value, sense: 'at least', isMet: value.median >= bound.bound };
}

export function atMost(value: Spread, bound: Bound): Verdict {
  return { judged: undefined, ...bound, value, sense: 'at most', isMet: value.median <= bound.bound };
}

/** Throughput as a multiple of the peer's. */
export function judgeRate(cell: ComparedCell, bound: number): Verdict {
  return atLeast(cell.rateRatio, {
    target: `${cell.title}: ${cell.unit}, as a multiple of the peer's`,
    judged: { cell: cell.id, ratio: 'rate' },
    unit: 'x',
    bound,
  });
}

/** CPU time of the server as a multiple of the peer's; no verdict where the peer's is not known. */
export function judgeCpuRatio(cell: ComparedCell, bound: number): readonly Verdict[] {
  if (cell.cpuRatio === undefined) return [];
  const target = `${cell.title}: CPU time (${cell.costUnit}), as a multiple of the peer's`;
  return [atMost(cell.cpuRatio, { target, judged: { cell: cell.id, ratio: 'cpu' }, unit: 'x', bound })];
}

/** CPU time of our server in itself. */
export function judgeCpu(cell: ComparedCell, bound: number): readonly Verdict[] {
  if (cell.ours.cpu === undefined) return [];
  return [atMost(cell.ours.cpu, { target: `${cell.title}: CPU time`, unit: cell.costUnit, bound })];
}
