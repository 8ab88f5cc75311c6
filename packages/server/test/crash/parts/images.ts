import { rmSync } from 'node:fs';
import path from 'node:path';
import { checkServer } from '../../support/check/check-server.ts';
import { createFindings, FindingCounts, type Findings, listFindings } from '../../support/check/findings.ts';
import { Ledger, NO_LEDGER, type Recorder } from '../../support/ledger/ledger.ts';
import { LedgerReader } from '../../support/ledger/ledger-reader.ts';
import { Catalogue } from '../../support/load/catalogue.ts';
import { startLoad } from '../../support/load/run-load.ts';
import { percentile } from '../../support/percentile.ts';
import { mountAt } from '../../support/process/mounts.ts';
import { signalProcess, stopProcesses } from '../../support/process/process-tree.ts';
import { createProject, type ServerProcess, startServer } from '../../support/process/server-process.ts';
import type { SeededRandom } from '../../support/seeded-random.ts';
import { Tally } from '../../support/tally.ts';
import { COLLECTOR_ENV, COLLECTOR_TAKES_UNLISTED_BLOBS } from '../collector.ts';
import type { CrashBench, PartReport } from '../crash-part.ts';
import { checkDatabases } from '../images/check-databases.ts';
import { CrashDisk } from '../images/crash-disk.ts';

const PROJECT = 'crash';
const WORKERS = 8;
const MEGABYTES = 512;
const MIN_LOAD_MS = 50;
const MAX_LOAD_MS = 700;
/** For answers that the server had sent before it was stopped. */
const DRAIN_MS = 30;
const SAMPLE = 40;
/** Then an empty disk takes over, so that copies stay small. */
const IMAGES_PER_DISK = 50;
/** A server that makes nothing durable loses something in one of so many images, or the images prove nothing. */
const PLANTED_IMAGES = 8;
const WITHOUT_SYNC = path.resolve(import.meta.dirname, '../images/without-sync.ts');

interface Figures {
  images: number;
  acknowledged: number;
  readonly found: FindingCounts;
  /** Copies thrown away because the kernel wrote meanwhile. */
  repeatedCopies: number;
  readonly startsMs: number[];
  readonly lossesWithoutSync: string[];
}

/** The disk as a power cut would leave it, under load, at random moments: all that was acknowledged is on it (D11, D12, D27). */
export async function runImages(bench: CrashBench): Promise<PartReport> {
  const tally = new Tally();
  const figures: Figures = {
    images: 0,
    acknowledged: 0,
    found: new FindingCounts(),
    repeatedCopies: 0,
    startsMs: [],
    lossesWithoutSync: [],
  };
  const random = bench.createRandom();
  for (let disk = 0; figures.images < bench.options.images; disk += 1) {
    const run = await ImageRun.start(bench, { name: `images-${disk}`, random, preload: [] });
    const count = Math.min(IMAGES_PER_DISK, bench.options.images - figures.images);
    for (let image = 0; image < count; image += 1) await countImage(run, bench, tally, figures);
    tally.count(`the server after ${figures.images} images`, listFindings(await run.checkLive()));
    figures.acknowledged += run.acknowledgedCount;
    await run.end();
  }
  await plantMissingSync(bench, random, tally, figures);
  return report(tally, figures);
}

async function countImage(run: ImageRun, bench: CrashBench, tally: Tally, figures: Figures): Promise<void> {
  const { findings, faults, startMs, repeatedCopies } = await run.takeImage();
  figures.images += 1;
  figures.repeatedCopies += repeatedCopies;
  figures.found.add(findings);
  if (startMs !== undefined) figures.startsMs.push(startMs);
  tally.count(`image ${figures.images}`, [...faults, ...listFindings(findings)]);
  if (figures.images % 10 === 0) bench.say(`images: ${figures.images} of ${bench.options.images}`);
}

async function plantMissingSync(
  bench: CrashBench,
  random: SeededRandom,
  tally: Tally,
  figures: Figures,
): Promise<void> {
  const run = await ImageRun.start(bench, { name: 'images-without-sync', random, preload: [WITHOUT_SYNC] });
  const seen: string[] = [];
  for (let image = 0; image < PLANTED_IMAGES && seen.length === 0; image += 1) {
    seen.push(...listFindings((await run.takeImage()).findings));
  }
  await run.end();
  figures.lossesWithoutSync.push(...seen);
  tally.count('planted: files are not made durable', seen.length > 0 ? [] : [`not seen in ${PLANTED_IMAGES} images`]);
}

interface ImageResult {
  readonly findings: Findings;
  readonly faults: readonly string[];
  readonly startMs: number | undefined;
  readonly repeatedCopies: number;
}

class ImageRun {
  readonly #bench: CrashBench;
  readonly #name: string;
  readonly #random: SeededRandom;
  readonly #disk: CrashDisk;
  readonly #server: ServerProcess;
  readonly #ledger: Ledger;
  readonly #reader: LedgerReader;
  readonly #catalogue: Catalogue;
  #checkedTo = 0;

  static async start(
    bench: CrashBench,
    { name, random, preload }: { name: string; random: SeededRandom; preload: readonly string[] },
  ): Promise<ImageRun> {
    const disk = new CrashDisk(bench.cleanUp, path.join(bench.folder, name), MEGABYTES);
    const dataDir = path.join(disk.folder, 'data');
    // Whatever is loaded before it, the server finds a folder that was made as it should be.
    await (await startServer({ bench, dataDir })).stop();
    const server = await startServer({ bench, dataDir, preload, env: COLLECTOR_ENV });
    await createProject(server.client, PROJECT);
    return new ImageRun(bench, { name, random, disk, server });
  }

  private constructor(
    bench: CrashBench,
    init: { name: string; random: SeededRandom; disk: CrashDisk; server: ServerProcess },
  ) {
    this.#bench = bench;
    this.#name = init.name;
    this.#random = init.random;
    this.#disk = init.disk;
    this.#server = init.server;
    this.#ledger = new Ledger(path.join(bench.ledgerFolder, `${init.name}.ledger`));
    this.#reader = new LedgerReader(this.#ledger.file);
    this.#catalogue = new Catalogue(init.name, PROJECT, this.#random);
  }

  get acknowledgedCount(): number {
    return this.#ledger.acknowledgedCount;
  }

  /** Loads the server, stops it in the middle, copies its disk, lets it go on, and looks at the copy. */
  async takeImage(): Promise<ImageResult> {
    const faults: string[] = [];
    const copy = path.join(this.#bench.folder, `${this.#name}-copy.ext4`);
    const load = this.#startLoad(faults);
    await sleep(MIN_LOAD_MS + this.#random.below(MAX_LOAD_MS - MIN_LOAD_MS));
    const pids = this.#server.pids();
    let repeatedCopies = 0;
    let position: number;
    try {
      await stopProcesses(pids);
      await sleep(DRAIN_MS);
      position = this.#ledger.position;
      repeatedCopies = await this.#disk.copyTo(copy);
    } finally {
      for (const pid of pids) signalProcess(pid, 'SIGCONT');
    }
    await load.stop();
    return { ...(await this.#lookAt(copy, position, faults)), repeatedCopies };
  }

  /** The server itself, which has only been stopped for moments. */
  checkLive(): Promise<Findings> {
    return this.#check(this.#server, this.#ledger.position, { recorder: this.#ledger, sampleCount: SAMPLE });
  }

  async end(): Promise<void> {
    await this.#server.stop();
    this.#disk.unmount();
    rmSync(`${this.#disk.folder}.ext4`);
    this.#reader.close();
    this.#ledger.close();
  }

  async #lookAt(copy: string, position: number, faults: string[]): Promise<Omit<ImageResult, 'repeatedCopies'>> {
    const bench = this.#bench;
    const folder = `${this.#disk.folder}-copy`;
    const dataDir = path.join(folder, 'data');
    const mounted = mountAt(bench.cleanUp, folder, ['-o', 'loop,noatime', copy]);
    try {
      const server = await startServer({ bench, dataDir }).catch((error: unknown) => String(error));
      if (typeof server === 'string') return { findings: createLoss(server), faults, startMs: undefined };
      // What is written to the copy goes with it.
      const findings = await this.#check(server, position, { recorder: NO_LEDGER, sampleCount: SAMPLE });
      await server.kill();
      return { findings, faults: [...faults, ...checkDatabases(dataDir)], startMs: server.startMs };
    } finally {
      mounted.unmount();
      rmSync(copy);
    }
  }

  #check(
    server: ServerProcess,
    position: number,
    { recorder, sampleCount }: { recorder: Recorder; sampleCount: number },
  ): Promise<Findings> {
    const since = this.#checkedTo;
    this.#checkedTo = position;
    return checkServer({
      client: server.client,
      state: this.#reader.readTo(position),
      recorder,
      since,
      sample: { count: sampleCount, random: this.#random },
      isCollecting: COLLECTOR_TAKES_UNLISTED_BLOBS,
      uploads: recorder === NO_LEDGER ? 'may-be-lost' : 'survive',
    });
  }

  #startLoad(faults: string[]) {
    return startLoad({
      client: this.#server.client,
      recorder: this.#ledger,
      catalogue: this.#catalogue,
      random: this.#random,
      workerCount: WORKERS,
      complain: (what) => faults.push(what),
    });
  }
}

/** A server that does not start has lost everything. */
function createLoss(what: string): Findings {
  const findings = createFindings();
  findings.lost.push(what);
  return findings;
}

function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

function report(tally: Tally, figures: Figures): PartReport {
  const { startsMs, lossesWithoutSync, found, ...counts } = figures;
  const startMedianMs = Math.round(percentile(startsMs, 0.5) ?? 0);
  return {
    name: 'images',
    passed: tally.passed,
    failures: tally.failures,
    figures: { ...counts, ...found, startMedianMs, lossesWithoutSync: lossesWithoutSync.length },
    lines: [
      `${counts.images} images under load; ${counts.acknowledged} acknowledged writes; ${counts.repeatedCopies} copies taken again`,
      found.describe(),
      `start on an image until ready: median ${startMedianMs} ms`,
      `a server that syncs no files: ${lossesWithoutSync[0] ?? 'nothing was seen'}`,
    ],
  };
}
