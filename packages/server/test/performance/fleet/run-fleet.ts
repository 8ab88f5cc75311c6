import { percentile } from '../../support/percentile.ts';
import { say } from '../command-line.ts';
import { readMemory } from '../measure/memory-watch.ts';
import { median } from '../measure/statistics.ts';
import type { FleetIssuer } from './fleet-issuer.ts';
import { runJob } from './run-job.ts';

export interface FleetOptions {
  readonly minutes: number;
  readonly jobsPerMinute: number;
  readonly projects: number;
  readonly audience: string;
}

/** The server as the jobs see it. */
export interface FleetServer {
  readonly url: string;
  readonly pid: number;
}

export interface FleetMinute {
  readonly jobs: number;
  /** Since the beginning. */
  readonly failures: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Of the largest process. */
  readonly residentMegabytes: number;
}

export interface FleetResult {
  readonly jobs: number;
  readonly failed: number;
  /** The first of them, each with its reason. */
  readonly failures: readonly string[];
  readonly minutes: readonly FleetMinute[];
}

const MINUTE_MS = 60_000;
/** As often as the issuer signs with another key. */
const MINUTES_OF_A_KEY = 10;
const MAX_SHOWN_FAILURES = 100;

/** Begins jobs at an even pace, however long they take, as CI systems do. */
export async function runFleet(options: FleetOptions, server: FleetServer, issuer: FleetIssuer): Promise<FleetResult> {
  const fleet = new Fleet(options, server, issuer);
  const start = performance.now();
  const minutes: FleetMinute[] = [];
  for (let minute = 1; minute <= options.minutes; minute += 1) {
    await fleet.launchUntil(start, start + minute * MINUTE_MS);
    if (minute % MINUTES_OF_A_KEY === 0) await issuer.rotate();
    const line = fleet.takeMinute();
    minutes.push(line);
    say(
      `minute ${minute}: ${line.jobs} jobs, ${line.failures} failed so far, p50 ${line.p50Ms.toFixed(0)} ms, ` +
        `p99 ${line.p99Ms.toFixed(0)} ms, ${line.residentMegabytes.toFixed(0)} MB`,
    );
  }
  return { ...(await fleet.end()), minutes };
}

/** How much more memory there was in the last quarter of the time than in the second: in the first a server warms up. */
export function growthOf(minutes: readonly FleetMinute[]): number {
  const quarter = Math.max(1, Math.floor(minutes.length / 4));
  const of = (part: readonly FleetMinute[]) => median(part.map(({ residentMegabytes }) => residentMegabytes));
  return of(minutes.slice(-quarter)) / of(minutes.slice(quarter, 2 * quarter + 1));
}

class Fleet {
  readonly #options: FleetOptions;
  readonly #server: FleetServer;
  readonly #issuer: FleetIssuer;
  readonly #running = new Set<Promise<void>>();
  readonly #failures: string[] = [];
  #durations: number[] = [];
  #failed = 0;
  #count = 0;

  constructor(options: FleetOptions, server: FleetServer, issuer: FleetIssuer) {
    this.#options = options;
    this.#server = server;
    this.#issuer = issuer;
  }

  async launchUntil(start: number, end: number): Promise<void> {
    const intervalMs = MINUTE_MS / this.#options.jobsPerMinute;
    while (performance.now() < end) {
      const waitMs = start + this.#count * intervalMs - performance.now();
      if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));
      this.#launch();
    }
  }

  takeMinute(): FleetMinute {
    const durations = this.#durations;
    this.#durations = [];
    return {
      jobs: durations.length,
      failures: this.#failed,
      p50Ms: percentile(durations, 0.5) ?? 0,
      p99Ms: percentile(durations, 0.99) ?? 0,
      residentMegabytes: Math.max(...readMemory(this.#server.pid).map((memory) => memory.residentMegabytes)),
    };
  }

  async end(): Promise<Omit<FleetResult, 'minutes'>> {
    await Promise.all(this.#running);
    return { jobs: this.#count, failed: this.#failed, failures: this.#failures };
  }

  #launch(): void {
    const number = this.#count;
    this.#count += 1;
    const began = performance.now();
    const { projects, audience } = this.#options;
    const place = { url: this.#server.url, project: `team-${number % projects}`, issuer: this.#issuer, audience };
    const job = runJob(number, place)
      .catch((error: unknown) => {
        this.#failed += 1;
        if (this.#failures.length < MAX_SHOWN_FAILURES) this.#failures.push(`job ${number}: ${String(error)}`);
      })
      .finally(() => {
        this.#durations.push(performance.now() - began);
        this.#running.delete(job);
      });
    this.#running.add(job);
  }
}
