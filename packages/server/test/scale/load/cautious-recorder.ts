import type { Ledger, Recorder } from '../../support/ledger/ledger.ts';
import type { Outcome, Write } from '../../support/ledger/ledger-event.ts';

/**
 * The ledger of a system of several machines: what was answered by 5xx may still happen later, when a commit that waited for
 * the standby goes through, as may what was not answered at all.
 */
export class CautiousRecorder implements Recorder {
  readonly #ledger: Ledger;
  maybeCount = 0;

  constructor(ledger: Ledger) {
    this.#ledger = ledger;
  }

  begin(write: Write): number {
    return this.#ledger.begin(write);
  }

  end(op: number, outcome: Outcome, location?: string): void {
    const isUnknown = outcome === 'failed' || outcome === 'lost';
    if (isUnknown) this.maybeCount += 1;
    this.#ledger.end(op, isUnknown ? 'lost' : outcome, location);
  }

  observe(key: string, value: string): void {
    this.#ledger.observe(key, value);
  }
}
