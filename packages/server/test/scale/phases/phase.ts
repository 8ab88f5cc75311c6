import type { Faults } from '../faults.ts';
import type { Killer } from '../killer.ts';
import type { ScaleBench } from '../scale-bench.ts';

/** What a phase works with, while the load goes on. */
export interface PhaseContext {
  readonly bench: ScaleBench;
  readonly faults: Faults;
  readonly killer: Killer;
  /** Lets clients push so much more in large blobs. */
  allowLarge(bytes: number): void;
  /** One thing looked at. */
  check(what: string, faults: readonly string[]): void;
}

export type Phase = (context: PhaseContext) => Promise<void>;
