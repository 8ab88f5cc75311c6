import { mkdtempSync, rmSync } from 'node:fs';
import path from 'node:path';
import type { Failpoint } from '../../../src/kernel/failpoints.ts';
import { checkServer } from '../../support/check/check-server.ts';
import type { Findings } from '../../support/check/findings.ts';
import { Ledger } from '../../support/ledger/ledger.ts';
import { LedgerReader } from '../../support/ledger/ledger-reader.ts';
import { Catalogue } from '../../support/load/catalogue.ts';
import { NoAnswerError } from '../../support/load/http-client.ts';
import { ALL_STEPS, LoadWorker, type Step } from '../../support/load/load-worker.ts';
import { RegistryWrites } from '../../support/load/registry-writes.ts';
import { createProject, type ServerProcess, startServer } from '../../support/process/server-process.ts';
import type { SeededRandom } from '../../support/seeded-random.ts';
import { COLLECTOR_ENV, COLLECTOR_TAKES_UNLISTED_BLOBS } from '../collector.ts';
import type { CrashBench } from '../crash-part.ts';
import type { FaultKind } from './arming.ts';
import { MAY_END_THE_SERVER } from './exceptions.ts';
import { FailpointControl } from './failpoint-control.ts';

const PROJECT = 'crash';
const WORKERS = 2;
/** Rounds of the whole script until a fault that has not struck is given up: each passes a failpoint at least once. */
const MAX_ROUNDS = 12;
/** The fault strikes at one of so many first passes. The steps come in any order, so that they are of all kinds. */
const MAX_NTH = 12;
const END_TIMEOUT_MS = 10_000;
/** A server that ends by itself has done so by then. */
const SETTLE_MS = 1_000;
/** For what no request passes: how long its passes are counted, and waited for, after each round of the script. */
const OWN_TIME_MS = 3_000;

/** Whether the collector passes it, in its own time. */
export function isPassedByItself(name: Failpoint): boolean {
  return name.startsWith('collect.');
}

/** What one fault came to. */
export interface InjectionResult {
  readonly hasStruck: boolean;
  readonly findings: Findings;
  readonly faults: readonly string[];
}

/** One server whose writes fail at one failpoint, again and again, and what it has acknowledged. */
export class FailpointRun {
  readonly #bench: CrashBench;
  readonly #name: Failpoint;
  readonly #random: SeededRandom;
  readonly #dataDir: string;
  readonly #control: FailpointControl;
  readonly #ledger: Ledger;
  readonly #reader: LedgerReader;
  readonly #catalogue: Catalogue;
  #server: ServerProcess;
  #checkedTo = 0;

  static async start(bench: CrashBench, name: Failpoint, random: SeededRandom): Promise<FailpointRun> {
    const dataDir = mkdtempSync(path.join(bench.folder, `at-${name}-`));
    const control = new FailpointControl(path.join(bench.ledgerFolder, `${path.basename(dataDir)}.control`));
    const server = await startServer({
      bench,
      dataDir,
      preload: control.preload,
      env: { ...COLLECTOR_ENV, ...control.env },
    });
    await createProject(server.client, PROJECT);
    return new FailpointRun(bench, { name, random, dataDir, control, server });
  }

  private constructor(
    bench: CrashBench,
    init: {
      name: Failpoint;
      random: SeededRandom;
      dataDir: string;
      control: FailpointControl;
      server: ServerProcess;
    },
  ) {
    this.#bench = bench;
    this.#name = init.name;
    this.#random = init.random;
    this.#dataDir = init.dataDir;
    this.#control = init.control;
    this.#server = init.server;
    this.#ledger = new Ledger(path.join(bench.ledgerFolder, `${path.basename(init.dataDir)}.ledger`));
    this.#reader = new LedgerReader(this.#ledger.file);
    this.#catalogue = new Catalogue(init.name, PROJECT, this.#random);
  }

  /** How often the script passes the failpoint. */
  async countPasses(): Promise<number> {
    this.#control.arm({ name: this.#name, kind: 'count', nth: 0 });
    await this.#runScript(() => false, []);
    if (isPassedByItself(this.#name)) await new Promise((resolve) => setTimeout(resolve, OWN_TIME_MS));
    return this.#control.strikes();
  }

  /** Arms one fault, works until it has struck, looks at what is left, and asks again for what had failed. */
  async inject(kind: FaultKind, passes: number): Promise<InjectionResult> {
    const faults: string[] = [];
    const hasStruck = () => this.#control.strikes() > 0;
    this.#control.arm({ name: this.#name, kind, nth: 1 + this.#random.below(Math.min(passes, MAX_NTH)) });
    const unfinished: Step[] = [];
    for (let round = 0; round < MAX_ROUNDS && !hasStruck(); round += 1) {
      unfinished.push(...(await this.#runScript(hasStruck, faults)));
      // What a round leaves to the collector may be one batch, and was several when they were counted.
      if (isPassedByItself(this.#name)) await this.#untilStruck(hasStruck);
    }
    this.#control.disarm();
    if (kind !== 'crash' && unfinished.length > 0) await this.#judgeEnd(faults);
    // What strikes a write of the server's own leaves no request without an answer, and may end the server as well.
    else if (MAY_END_THE_SERVER[this.#name] !== undefined) await this.#untilEnded(SETTLE_MS);
    if (kind === 'crash' || unfinished.length > 0 || this.#server.hasEnded()) await this.#restart();
    const findings = await this.#check();
    // What a failure had struck was asked again at once; what was cut off is asked again now.
    const worker = this.#createWorker(faults);
    for (const step of unfinished) await worker.perform(step);
    return { hasStruck: hasStruck(), findings, faults };
  }

  async end(): Promise<void> {
    await this.#server.stop();
    this.#reader.close();
    this.#ledger.close();
    rmSync(this.#dataDir, { recursive: true });
  }

  /** Every step once, in any order, by each worker; repeats what failed. @returns the steps that got no answer */
  async #runScript(isOver: () => boolean, faults: string[]): Promise<readonly Step[]> {
    const unfinished: Step[] = [];
    const run = async (): Promise<void> => {
      const worker = this.#createWorker(faults);
      try {
        for (const step of this.#random.sample(ALL_STEPS, ALL_STEPS.length)) if (!isOver()) await worker.perform(step);
      } catch (error) {
        if (!(error instanceof NoAnswerError)) throw error;
        if (!isOver()) faults.push(error.message);
        if (worker.unfinishedStep !== undefined) unfinished.push(worker.unfinishedStep);
      }
    };
    await Promise.all(Array.from({ length: WORKERS }, run));
    return unfinished;
  }

  #createWorker(faults: string[]): LoadWorker {
    return new LoadWorker({
      name: `${this.#name} ${this.#random.below(1e9)} ${this.#random.below(1e9)}`,
      writes: new RegistryWrites(this.#server.client, this.#ledger),
      catalogue: this.#catalogue,
      random: this.#random,
      policy: { retriesFailures: true, complain: (what) => faults.push(what) },
    });
  }

  /** What works by itself comes to the failpoint in its own time. */
  async #untilStruck(hasStruck: () => boolean): Promise<void> {
    const deadline = performance.now() + OWN_TIME_MS;
    while (!hasStruck() && performance.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 10));
  }

  /** Requests got no answer although nothing had killed the server. */
  async #judgeEnd(faults: string[]): Promise<void> {
    await this.#untilEnded(END_TIMEOUT_MS);
    if (!this.#server.hasEnded()) faults.push('the server lives, and has left requests without an answer');
    else if (MAY_END_THE_SERVER[this.#name] === undefined) faults.push(`the server has ended: ${this.#server.log()}`);
  }

  async #untilEnded(timeoutMs: number): Promise<void> {
    const deadline = performance.now() + timeoutMs;
    while (!this.#server.hasEnded() && performance.now() < deadline)
      await new Promise((resolve) => setTimeout(resolve, 10));
  }

  async #restart(): Promise<void> {
    await this.#server.kill();
    this.#ledger.restarted();
    const { preload, env } = this.#control;
    this.#server = await startServer({
      bench: this.#bench,
      dataDir: this.#dataDir,
      preload,
      env: { ...COLLECTOR_ENV, ...env },
    });
  }

  #check(): Promise<Findings> {
    const since = this.#checkedTo;
    this.#checkedTo = this.#ledger.position;
    return checkServer({
      client: this.#server.client,
      state: this.#reader.readTo(this.#ledger.position),
      recorder: this.#ledger,
      since,
      sample: { count: 10, random: this.#random },
      isCollecting: COLLECTOR_TAKES_UNLISTED_BLOBS,
      uploads: 'survive',
    });
  }
}
