import type { Failpoint } from '../../src/kernel/failpoints.ts';
import type { CleanUp } from '../support/process/clean-up.ts';
import type { SeededRandom } from '../support/seeded-random.ts';

export interface CrashOptions {
  readonly kills: number;
  readonly images: number;
  readonly perFailpoint: number;
  readonly failpoints: readonly Failpoint[];
  readonly seed: number;
}

/** What every part works with. */
export interface CrashBench {
  readonly options: CrashOptions;
  readonly cleanUp: CleanUp;
  /** Of this run alone; removed at its end. */
  readonly folder: string;
  /** On another medium than `folder`, where there is one. */
  readonly ledgerFolder: string;
  /** Where Node keeps what it has compiled of the server: a restart then costs half the time of the processor. */
  readonly compileCache: string;
  /** Says how far it is. */
  say(line: string): void;
  createRandom(): SeededRandom;
}

/** What a part of the tier came to. */
export interface PartReport {
  readonly name: string;
  readonly passed: number;
  /** Each counts as one failure. */
  readonly failures: readonly string[];
  readonly figures: Readonly<Record<string, unknown>>;
  /** The same for people. */
  readonly lines: readonly string[];
}
