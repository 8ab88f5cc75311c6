import type { Outcome } from './ledger-event.ts';

/** The value of what is not there. */
export const ABSENT = '';

interface Candidate {
  readonly op: number;
  readonly startedAt: number;
  /** Infinity while it may still take effect. */
  endedAt: number;
  readonly value: string;
  /** Acknowledged, and sure to have set the value. */
  isCertain: boolean;
}

/**
 * One thing that is written and deleted (a tag, the presence of a blob): which values a linearizable server may show now.
 * That is the value of every write after which no acknowledged write has begun.
 */
export class Register {
  #candidates: Candidate[] = [{ op: -1, startedAt: -1, endedAt: -1, value: ABSENT, isCertain: true }];

  /** When the latest write began. */
  get lastStartedAt(): number {
    return Math.max(...this.#candidates.map((candidate) => candidate.startedAt));
  }

  begin(op: number, at: number, value: string): void {
    this.#candidates.push({ op, startedAt: at, endedAt: Number.POSITIVE_INFINITY, value, isCertain: false });
  }

  /** @param isWeak an acknowledged write that may have left this alone */
  settle(op: number, at: number, { outcome, isWeak = false }: { outcome: Outcome; isWeak?: boolean }): void {
    if (outcome === 'refused') {
      this.#candidates = this.#candidates.filter((candidate) => candidate.op !== op);
      return;
    }
    for (const candidate of this.#candidates) {
      if (candidate.op !== op) continue;
      if (outcome !== 'lost') candidate.endedAt = at;
      candidate.isCertain = outcome === 'acknowledged' && !isWeak;
    }
    this.#dropOverwritten();
  }

  /** The server is gone: what it has not done by now, it will not do. */
  settleLost(at: number): void {
    for (const candidate of this.#candidates) candidate.endedAt = Math.min(candidate.endedAt, at);
  }

  observe(at: number, value: string): void {
    this.#candidates = [{ op: -1, startedAt: at, endedAt: at, value, isCertain: true }];
  }

  possibleValues(): ReadonlySet<string> {
    return new Set(this.#candidates.map((candidate) => candidate.value));
  }

  isPending(): boolean {
    return this.#candidates.some((candidate) => candidate.endedAt === Number.POSITIVE_INFINITY);
  }

  #dropOverwritten(): void {
    let lastCertainStart = Number.NEGATIVE_INFINITY;
    for (const { isCertain, startedAt } of this.#candidates) {
      if (isCertain) lastCertainStart = Math.max(lastCertainStart, startedAt);
    }
    this.#candidates = this.#candidates.filter((candidate) => candidate.endedAt >= lastCertainStart);
  }
}
