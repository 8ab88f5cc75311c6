import { mkdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { checkServer } from '../../support/check/check-server.ts';
import { FindingCounts, type Findings, listFindings } from '../../support/check/findings.ts';
import { Ledger, NO_LEDGER, type Recorder } from '../../support/ledger/ledger.ts';
import { LedgerReader } from '../../support/ledger/ledger-reader.ts';
import { Catalogue } from '../../support/load/catalogue.ts';
import { startLoad } from '../../support/load/run-load.ts';
import { percentile } from '../../support/percentile.ts';
import {
  createProject,
  type ServerOptions,
  type ServerProcess,
  StartingServer,
  startServer,
} from '../../support/process/server-process.ts';
import type { SeededRandom } from '../../support/seeded-random.ts';
import { Tally } from '../../support/tally.ts';
import { COLLECTOR_ENV, COLLECTOR_TAKES_UNLISTED_BLOBS } from '../collector.ts';
import type { CrashBench, PartReport } from '../crash-part.ts';
import { plantLosses } from './plant-losses.ts';

const PROJECT = 'crash';
const WORKERS = 8;
const MIN_LIFE_MS = 50;
const MAX_LIFE_MS = 1_500;
/** One kill in so many strikes again while the server starts. */
const KILL_START_EVERY = 5;
const MAX_START_MS = 600;
/** After so many kills everything is read, and an empty folder takes over. */
const KILLS_PER_FOLDER = 100;
const SEVERAL_PROCESSES = 2;
const SAMPLE = 40;
const PLANT_LOAD_MS = 300;

interface Figures {
  kills: number;
  startKills: number;
  acknowledged: number;
  readonly found: FindingCounts;
  readonly restartsMs: number[];
}

/** `kill -9` at random moments under load, and everything acknowledged is there after the restart (D12, D27, D35). */
export async function runKills(bench: CrashBench): Promise<PartReport> {
  const tally = new Tally();
  const figures: Figures = {
    kills: 0,
    startKills: 0,
    acknowledged: 0,
    found: new FindingCounts(),
    restartsMs: [],
  };
  for (const [index, { kills, processes }] of planRuns(bench.options.kills).entries()) {
    const run = await KillRun.start(bench, { name: `kills-${index}`, processes, tally, figures });
    for (let kill = 0; kill < kills; kill += 1) await run.killOnce();
    await run.checkAll();
    if (index === 0) await run.plant();
    await run.end();
  }
  if (COLLECTOR_TAKES_UNLISTED_BLOBS) {
    tally.count(
      'the collector',
      figures.found.collected > 0 ? [] : ['has taken nothing: it did not work beside the load'],
    );
  }
  return report(tally, figures);
}

/** Half of the kills strike a server of one process, and half one of several; never too many on one folder. */
function planRuns(kills: number): readonly { readonly kills: number; readonly processes: number }[] {
  const plan: { kills: number; processes: number }[] = [];
  for (const [processes, share] of [
    [1, Math.ceil(kills / 2)],
    [SEVERAL_PROCESSES, Math.floor(kills / 2)],
  ] as const) {
    for (let left = share; left > 0; left -= KILLS_PER_FOLDER) {
      plan.push({ kills: Math.min(left, KILLS_PER_FOLDER), processes });
    }
  }
  return plan;
}

interface KillRunInit {
  readonly name: string;
  readonly processes: number;
  readonly tally: Tally;
  readonly figures: Figures;
}

class KillRun {
  readonly #bench: CrashBench;
  readonly #tally: Tally;
  readonly #figures: Figures;
  readonly #random: SeededRandom;
  readonly #options: ServerOptions;
  readonly #ledger: Ledger;
  readonly #reader: LedgerReader;
  readonly #catalogue: Catalogue;
  #server: ServerProcess;
  #checkedTo = 0;

  static async start(bench: CrashBench, init: KillRunInit): Promise<KillRun> {
    const dataDir = path.join(bench.folder, init.name);
    mkdirSync(dataDir);
    const options = { bench, dataDir, env: { ...COLLECTOR_ENV, ROADSTEAD_PROCESSES: String(init.processes) } };
    const server = await startServer(options);
    await createProject(server.client, PROJECT);
    return new KillRun(bench, init, { options, server });
  }

  private constructor(
    bench: CrashBench,
    init: KillRunInit,
    { options, server }: { readonly options: ServerOptions; readonly server: ServerProcess },
  ) {
    this.#bench = bench;
    this.#tally = init.tally;
    this.#figures = init.figures;
    this.#random = bench.createRandom();
    this.#options = options;
    this.#server = server;
    this.#ledger = new Ledger(path.join(bench.ledgerFolder, `${init.name}.ledger`));
    this.#reader = new LedgerReader(this.#ledger.file);
    this.#catalogue = new Catalogue(init.name, PROJECT, this.#random);
  }

  async killOnce(): Promise<void> {
    const figures = this.#figures;
    figures.kills += 1;
    const faults = await this.#loadAndKill();
    if (figures.kills % KILL_START_EVERY === 0) await this.#killStart();
    figures.restartsMs.push((await this.#restart()).startMs);
    const findings = await this.#check(SAMPLE);
    this.#tally.count(`kill ${figures.kills}`, [...faults, ...listFindings(findings)]);
    if (figures.kills % 20 === 0) {
      this.#bench.say(
        `kills: ${figures.kills} of ${this.#bench.options.kills}, ${figures.acknowledged + this.#ledger.acknowledgedCount} acknowledged`,
      );
    }
  }

  async checkAll(): Promise<void> {
    const findings = await this.#check(undefined);
    this.#tally.count(`everything after kill ${this.#figures.kills}`, listFindings(findings));
  }

  /** The check itself is held against losses that are made for it. */
  async plant(): Promise<void> {
    const since = this.#ledger.position;
    const server = this.#server;
    await this.#loadFor(server, PLANT_LOAD_MS);
    await server.stop();
    const results = await plantLosses({
      dataDir: this.#options.dataDir,
      state: this.#reader.readTo(this.#ledger.position),
      since,
      start: () => this.#restart(),
      load: (started) => this.#loadFor(started, PLANT_LOAD_MS),
      look: () => this.#look({ since, sampleCount: 0, recorder: NO_LEDGER }),
    });
    for (const { name, isSeen } of results) this.#tally.count(`planted: ${name}`, isSeen ? [] : ['not seen']);
  }

  async end(): Promise<void> {
    await this.#server.stop();
    this.#figures.acknowledged += this.#ledger.acknowledgedCount;
    this.#reader.close();
    this.#ledger.close();
    rmSync(this.#options.dataDir, { recursive: true });
  }

  async #loadAndKill(): Promise<readonly string[]> {
    const faults: string[] = [];
    const load = this.#startLoad(this.#server, faults);
    const lifeMs = MIN_LIFE_MS + this.#random.below(MAX_LIFE_MS - MIN_LIFE_MS);
    await new Promise((resolve) => setTimeout(resolve, lifeMs));
    if (this.#server.hasEnded()) faults.push(`the server has ended by itself: ${this.#server.log()}`);
    load.expectTheEnd();
    await this.#server.kill();
    await load.stop();
    this.#ledger.restarted();
    return faults;
  }

  async #killStart(): Promise<void> {
    this.#figures.startKills += 1;
    const starting = await StartingServer.spawn(this.#options);
    await new Promise((resolve) => setTimeout(resolve, this.#random.below(MAX_START_MS)));
    await starting.kill();
  }

  #startLoad(server: ServerProcess, faults: string[]) {
    return startLoad({
      client: server.client,
      recorder: this.#ledger,
      catalogue: this.#catalogue,
      random: this.#random,
      workerCount: WORKERS,
      complain: (what) => faults.push(what),
    });
  }

  async #restart(): Promise<ServerProcess> {
    this.#server = await startServer(this.#options);
    return this.#server;
  }

  async #loadFor(server: ServerProcess, milliseconds: number): Promise<void> {
    const load = this.#startLoad(server, []);
    await new Promise((resolve) => setTimeout(resolve, milliseconds));
    await load.stop();
  }

  /** @param sampleCount of what is older than the last check; undefined reads everything */
  async #check(sampleCount: number | undefined): Promise<Findings> {
    const since = this.#checkedTo;
    this.#checkedTo = this.#ledger.position;
    const findings = await this.#look({ since, sampleCount, recorder: this.#ledger });
    this.#figures.found.add(findings);
    return findings;
  }

  #look(look: { since: number; sampleCount: number | undefined; recorder: Recorder }): Promise<Findings> {
    const { since, sampleCount, recorder } = look;
    return checkServer({
      client: this.#server.client,
      state: this.#reader.readTo(this.#ledger.position),
      recorder,
      since,
      sample: sampleCount === undefined ? undefined : { count: sampleCount, random: this.#random },
      isCollecting: COLLECTOR_TAKES_UNLISTED_BLOBS,
      uploads: 'survive',
    });
  }
}

function report(tally: Tally, figures: Figures): PartReport {
  const { restartsMs, found, ...counts } = figures;
  const [median, p99] = [percentile(restartsMs, 0.5), percentile(restartsMs, 0.99)].map((ms) => Math.round(ms ?? 0));
  return {
    name: 'kills',
    passed: tally.passed,
    failures: tally.failures,
    figures: { ...counts, ...found, restartMedianMs: median, restartP99Ms: p99 },
    lines: [
      `${counts.kills} kills, ${counts.startKills} more during the start; ${counts.acknowledged} acknowledged writes`,
      found.describe(),
      `restart until ready: median ${median} ms, p99 ${p99} ms`,
    ],
  };
}
