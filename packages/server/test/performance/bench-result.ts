import type { Machine } from './measure/describe-machine.ts';
import type { ProcessMemory } from './measure/memory-watch.ts';
import type { Spread } from './measure/statistics.ts';

/** One timed run against one server. */
export interface Sample {
  readonly count: number;
  readonly bytes: number;
  readonly seconds: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** CPU time of all processes of the server; undefined when they are out of reach. */
  readonly serverCpuSeconds: number | undefined;
  /** The share of one core that the load took: near 1 it held the server up. */
  readonly loadShare: number;
  /** Cores that were busy with neither server nor load; undefined when the server is out of reach. */
  readonly otherCores: number | undefined;
}

/** What a side did in a cell, one sample a round. */
export interface Side {
  readonly samples: readonly Sample[];
  /** In the unit of the cell. */
  readonly rate: Spread;
  /** CPU time of the server, in the cell's unit of cost. */
  readonly cpu: Spread | undefined;
  readonly p99Ms: Spread;
}

export type RateUnit = 'requests/s' | 'pushes/s' | 'MB/s';
export type CostUnit = 'µs/request' | 'µs/push' | 's/GB';

/** Both servers at the same task. */
export interface ComparedCell {
  readonly id: string;
  readonly title: string;
  readonly unit: RateUnit;
  readonly costUnit: CostUnit;
  readonly ours: Side;
  readonly peer: Side;
  /** Ours to the peer's, round by round. */
  readonly rateRatio: Spread;
  readonly cpuRatio: Spread | undefined;
}

export interface GrowthPoint {
  /** How many tags or repositories there are. */
  readonly size: number;
  /** Median time of a page in each round. */
  readonly timesMs: readonly number[];
  readonly timeMs: Spread;
  /** CPU time of the server for a page, which others on the machine disturb less. */
  readonly cpuMicroseconds: Spread | undefined;
  /** Names on the page. */
  readonly names: number;
}

/** The time of a page as what it is taken from grows. */
export interface GrowthSeries {
  readonly title: string;
  readonly server: string;
  readonly isOurs: boolean;
  readonly points: readonly GrowthPoint[];
  /** The largest to the smallest, round by round. */
  readonly ratio: Spread;
  /** The largest to the smallest that fills a page. */
  readonly fullPageRatio: Spread;
}

export interface MemoryReading {
  readonly server: string;
  readonly isOurs: boolean;
  readonly phase: string;
  /** Which of the two figures of a process the phase is about. */
  readonly figure: 'peak' | 'resident';
  readonly processes: readonly ProcessMemory[];
}

/** A target and what became of it. */
export interface Verdict {
  readonly target: string;
  /** The cell and the ratio in it that are judged; undefined where it is another figure. */
  readonly judged: { readonly cell: string; readonly ratio: 'rate' | 'cpu' } | undefined;
  readonly value: Spread;
  readonly unit: 'x' | CostUnit | 'MB';
  readonly bound: number;
  readonly sense: 'at least' | 'at most';
  /** The median decides. */
  readonly isMet: boolean;
}

export interface RowResult {
  readonly name: string;
  readonly title: string;
  readonly cells: readonly ComparedCell[];
  readonly growth: readonly GrowthSeries[];
  readonly memory: readonly MemoryReading[];
  readonly verdicts: readonly Verdict[];
  /** What a reader of the figures must know. */
  readonly notes: readonly string[];
}

/** A row as it ended: measured, left out for a reason, or broken off by an error. */
export interface RowOutcome {
  readonly name: string;
  readonly title: string;
  readonly seconds: number;
  readonly result: RowResult | undefined;
  readonly skipped: string | undefined;
  readonly error: string | undefined;
}

export interface BenchReport {
  readonly startedAt: string;
  readonly seconds: number;
  readonly machine: Machine;
  readonly peer: string;
  readonly isPeerAuthenticated: boolean;
  readonly rounds: number;
  readonly isQuick: boolean;
  readonly rows: readonly RowOutcome[];
}
