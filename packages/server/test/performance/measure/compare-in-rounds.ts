import type { ComparedCell, CostUnit, RateUnit, Sample, Side } from '../bench-result.ts';
import { ratioSpread, spreadOf } from './statistics.ts';

export interface CellPlan {
  readonly id: string;
  readonly title: string;
  readonly unit: RateUnit;
}

export type SideName = 'ours' | 'peer';

const COST_UNITS: Readonly<Record<RateUnit, CostUnit>> = {
  'requests/s': 'µs/request',
  'pushes/s': 'µs/push',
  'MB/s': 's/GB',
};

/**
 * Takes a sample of every cell on both sides in every round, the sides one right after the other and in turns first, so
 * that what disturbs the machine disturbs both.
 */
export async function compareInRounds<Plan extends CellPlan>(
  plans: readonly Plan[],
  rounds: number,
  takeSample: (plan: Plan, side: SideName, round: number) => Promise<Sample>,
): Promise<readonly ComparedCell[]> {
  const samples = plans.map(() => ({ ours: [] as Sample[], peer: [] as Sample[] }));
  for (let round = 0; round < rounds; round += 1) {
    const order: readonly SideName[] = round % 2 === 0 ? ['ours', 'peer'] : ['peer', 'ours'];
    for (const [index, plan] of plans.entries()) {
      for (const side of order) samples[index]?.[side].push(await takeSample(plan, side, round));
    }
  }
  return plans.map((plan, index) => compare(plan, samples[index]?.ours ?? [], samples[index]?.peer ?? []));
}

function compare({ id, title, unit }: CellPlan, ours: readonly Sample[], peer: readonly Sample[]): ComparedCell {
  const rates = (samples: readonly Sample[]): readonly number[] => samples.map((sample) => rateOf(sample, unit));
  const [ourCosts, peerCosts] = [costsOf(ours, unit), costsOf(peer, unit)];
  const cpuRatio = ourCosts === undefined || peerCosts === undefined ? undefined : ratioSpread(ourCosts, peerCosts);
  return {
    id,
    title,
    unit,
    costUnit: COST_UNITS[unit],
    ours: sideOf(ours, unit),
    peer: sideOf(peer, unit),
    rateRatio: ratioSpread(rates(ours), rates(peer)),
    cpuRatio,
  };
}

function sideOf(samples: readonly Sample[], unit: RateUnit): Side {
  const costs = costsOf(samples, unit);
  return {
    samples,
    rate: spreadOf(samples.map((sample) => rateOf(sample, unit))),
    cpu: costs === undefined ? undefined : spreadOf(costs),
    p99Ms: spreadOf(samples.map(({ p99Ms }) => p99Ms)),
  };
}

function rateOf({ count, bytes, seconds }: Sample, unit: RateUnit): number {
  return (unit === 'MB/s' ? bytes / 1e6 : count) / seconds;
}

/** Undefined when the CPU time of a round is not known. */
function costsOf(samples: readonly Sample[], unit: RateUnit): readonly number[] | undefined {
  const costs = samples.flatMap(({ count, bytes, serverCpuSeconds }) => {
    if (serverCpuSeconds === undefined) return [];
    return unit === 'MB/s' ? serverCpuSeconds / (bytes / 1e9) : (serverCpuSeconds * 1e6) / count;
  });
  return costs.length === samples.length ? costs : undefined;
}
