import type { RowResult } from './bench-result.ts';
import type { CpuClock } from './measure/cpu-clock.ts';
import type { RoadsteadFactory } from './servers/roadstead.ts';
import type { ServerFactory } from './servers/running-server.ts';

/** How much is measured. */
export interface Extent {
  readonly rounds: number;
  readonly isQuick: boolean;
}

export interface RowContext {
  readonly extent: Extent;
  readonly ours: RoadsteadFactory;
  readonly peer: ServerFactory;
  readonly clock: CpuClock;
  /** A folder on the disk that the servers use. */
  readonly workDir: string;
  /** Tells somebody who waits how far it is. */
  readonly say: (line: string) => void;
  /** What must be undone however the row ends; the last made is undone first. */
  readonly defer: (undo: () => Promise<void>) => void;
}

/** Figures of one kind, and the targets that they are held against. */
export interface BenchRow {
  readonly name: string;
  readonly title: string;
  /** @throws RowSkipped when it cannot be run here; any other error breaks the row off */
  run(context: RowContext): Promise<Pick<RowResult, 'verdicts'> & Partial<RowResult>>;
}

/** The row is left out; the message says why. */
export class RowSkipped extends Error {}
