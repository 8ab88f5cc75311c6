// `npm run test:crash`: the server is killed, loses its power, its writes fail and its disk fills up; nothing that it has
// acknowledged may be gone afterwards. It needs Linux; the images, the full disks and the trace need root and strace.
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { CleanUp } from '../support/process/clean-up.ts';
import { startServer } from '../support/process/server-process.ts';
import { SeededRandom } from '../support/seeded-random.ts';
import type { CrashBench, PartReport } from './crash-part.ts';
import { type PartName, parseOptions, type RunOptions, USAGE } from './parse-options.ts';
import { runFailpoints } from './parts/failpoints.ts';
import { runFullDisk } from './parts/full-disk.ts';
import { runImages } from './parts/images.ts';
import { runKills } from './parts/kills.ts';
import { runTrace } from './parts/trace.ts';

const PARTS: Readonly<Record<PartName, (bench: CrashBench) => Promise<PartReport>>> = {
  kills: runKills,
  trace: runTrace,
  images: runImages,
  failpoints: runFailpoints,
  'full-disk': runFullDisk,
};

/** Parts that are side by side share the processors: those whose times are figures are alone. */
const ROUNDS: readonly (readonly PartName[])[] = [['kills'], ['trace'], ['full-disk'], ['images', 'failpoints']];

/** Memory, where there is such a folder: another medium than the one under test. */
const LEDGER_MEDIUM = '/dev/shm';

type TimedReport = PartReport & { readonly seconds: number };

async function main(options: RunOptions): Promise<number> {
  const say = (line: string) => (options.isJson ? console.error(line) : console.log(line));
  say(`Crashes, seed ${options.seed}`);
  const cleanUp = new CleanUp();
  cleanUp.coverAllEnds();
  const bench = createBench(options, cleanUp, say);
  await fillCompileCache(bench);
  const reports: TimedReport[] = [];
  for (const round of ROUNDS) {
    const names = round.filter((name) => options.only.includes(name));
    reports.push(...(await Promise.all(names.map((name) => runPart(name, bench)))));
  }
  cleanUp.run();
  const passed = reports.reduce((sum, report) => sum + report.passed, 0);
  const failed = reports.reduce((sum, report) => sum + report.failures.length, 0);
  if (options.isJson) console.log(JSON.stringify({ seed: options.seed, passed, failed, parts: reports }, undefined, 2));
  say(`${passed} passed, ${failed} failed`);
  return failed === 0 && passed > 0 ? 0 : 1;
}

function createBench(options: RunOptions, cleanUp: CleanUp, say: (line: string) => void): CrashBench {
  const makeFolder = (parent: string): string => {
    const folder = mkdtempSync(path.join(parent, 'roadstead-crash-'));
    cleanUp.defer(() => rmSync(folder, { recursive: true, force: true }));
    return folder;
  };
  const folder = makeFolder(tmpdir());
  return {
    options,
    cleanUp,
    folder,
    compileCache: path.join(folder, 'compile-cache'),
    ledgerFolder: makeFolder(existsSync(LEDGER_MEDIUM) ? LEDGER_MEDIUM : tmpdir()),
    say,
    createRandom: () => new SeededRandom(options.seed),
  };
}

/** Node writes its cache only when a process ends by itself, which those of the parts seldom do. */
async function fillCompileCache(bench: CrashBench): Promise<void> {
  const server = await startServer({ bench, dataDir: path.join(bench.folder, 'first') });
  await server.stop();
}

/** What the part cannot go on from is one failure of it. */
async function runPart(name: PartName, bench: CrashBench): Promise<TimedReport> {
  const startedAt = performance.now();
  const report = await PARTS[name](bench).catch((error: unknown): PartReport => {
    const what = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return { name, passed: 0, failures: [`the part could not go on: ${what}`], figures: {}, lines: [] };
  });
  const seconds = Math.round((performance.now() - startedAt) / 100) / 10;
  bench.say(`\n${name}: ${report.passed} passed, ${report.failures.length} failed (${seconds} s)`);
  for (const line of report.lines) bench.say(`  ${line}`);
  for (const failure of report.failures) bench.say(`  FAILED ${failure}`);
  return { ...report, seconds };
}

function readOptions(): RunOptions | undefined {
  try {
    return parseOptions(process.argv.slice(2));
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`);
    return undefined;
  }
}

const options = readOptions();
process.exitCode = options === undefined ? 2 : await main(options);
