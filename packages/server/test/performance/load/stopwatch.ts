import { quantile } from '../measure/statistics.ts';

/** Takes the time of what a load does. */
export class Stopwatch {
  readonly #startedAtMs = performance.now();
  readonly #durationsMs: number[] = [];
  #lastEndMs = this.#startedAtMs;

  /** Does one thing and notes how long it took. */
  async time<Result>(work: () => Promise<Result>): Promise<Result> {
    const begunMs = performance.now();
    const result = await work();
    this.#lastEndMs = performance.now();
    this.#durationsMs.push(this.#lastEndMs - begunMs);
    return result;
  }

  hasRunFor(seconds: number): boolean {
    return performance.now() - this.#startedAtMs >= seconds * 1_000;
  }

  /** From the start to the end of what ended last. */
  sumUp(): { readonly count: number; readonly seconds: number; readonly p50Ms: number; readonly p99Ms: number } {
    return {
      count: this.#durationsMs.length,
      seconds: (this.#lastEndMs - this.#startedAtMs) / 1_000,
      p50Ms: quantile(this.#durationsMs, 0.5),
      p99Ms: quantile(this.#durationsMs, 0.99),
    };
  }
}
