// `npm run bench`: Roadstead beside docker-registry on one machine, as ratios; see `--help`.
import { mkdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import type { BenchReport, RowOutcome } from './bench-result.ts';
import { CpuClock } from './measure/cpu-clock.ts';
import { describeMachine } from './measure/describe-machine.ts';
import { type BenchOptions, readOptions, USAGE, UsageError } from './options.ts';
import { renderMarkdown } from './report/render-markdown.ts';
import { writeReport } from './report/write-report.ts';
import { type BenchRow, type RowContext, RowSkipped } from './row.ts';
import { ALL_ROWS } from './rows/all-rows.ts';
import { DockerRegistryFactory } from './servers/docker-registry.ts';
import { installDockerRegistry } from './servers/install-docker-registry.ts';
import { assertCanPlace } from './servers/placement.ts';
import { RoadsteadFactory } from './servers/roadstead.ts';
import type { ServerFactory } from './servers/running-server.ts';
import { UrlRegistryFactory } from './servers/url-registry.ts';

/** What an end has to undo, whatever ends a row; the last made is undone first. */
const undoing: (() => Promise<void>)[] = [];

let isInterrupted = false;
let undone = Promise.resolve();

/** Resolves when everything is undone, also what somebody else has begun to undo. */
function undoAll(): Promise<void> {
  undone = undone.then(async () => {
    for (const undo of undoing.splice(0).reverse()) {
      await undo().catch((error: unknown) => say(`  cleaning up: ${String(error)}`));
    }
  });
  return undone;
}

/** After an interruption nothing may stay open that comes up late. */
function defer(undo: () => Promise<void>): void {
  undoing.push(undo);
  if (isInterrupted) void undoAll();
}

const INTERRUPTION_LIMIT_MS = 30_000;

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

async function main(args: readonly string[]): Promise<number> {
  const names = ALL_ROWS.map(({ name }) => name);
  const options = readOptions(args, process.env, names);
  if (options === undefined) {
    console.log(USAGE);
    return 0;
  }
  assertCanPlace();
  const machine = describeMachine();
  const startedAt = new Date();
  const workDir = path.join(options.workDir, String(process.pid));
  mkdirSync(workDir, { recursive: true });
  try {
    const context = await createContext(options, workDir);
    const rows: RowOutcome[] = [];
    for (const row of ALL_ROWS) {
      if (isInterrupted) return 1;
      if (options.rows?.includes(row.name) !== false) rows.push(await runRow(row, context));
    }
    if (isInterrupted) return 1;
    const report: BenchReport = {
      startedAt: startedAt.toISOString(),
      seconds: (Date.now() - startedAt.getTime()) / 1_000,
      machine,
      peer: context.peer.name,
      isPeerAuthenticated: options.peer?.credentials !== undefined,
      ...context.extent,
      rows,
    };
    writeReport(report, options.outDir);
    console.log(options.printsJson ? JSON.stringify(report, undefined, 2) : renderMarkdown(report));
    say(`the report is in ${options.outDir}`);
    return exitCodeOf(report, options.isStrict);
  } finally {
    rmSync(workDir, { recursive: true, force: true });
  }
}

async function createContext(options: BenchOptions, workDir: string): Promise<RowContext> {
  const { extent, profileDir } = options;
  return {
    extent,
    ours: new RoadsteadFactory({ workDir, profileDir }),
    peer: await createPeer(options, workDir),
    clock: CpuClock.open(),
    workDir,
    say: (line) => say(`  ${line}`),
    defer,
  };
}

async function createPeer({ peer, cacheDir }: BenchOptions, workDir: string): Promise<ServerFactory> {
  if (peer !== undefined) return new UrlRegistryFactory(peer);
  return new DockerRegistryFactory(await installDockerRegistry(cacheDir), workDir);
}

async function runRow(row: BenchRow, context: RowContext): Promise<RowOutcome> {
  const begunMs = performance.now();
  say(`${row.name}: ${row.title}`);
  const end = await measureRow(row, context);
  await undoAll();
  const { name, title } = row;
  const seconds = (performance.now() - begunMs) / 1_000;
  return { name, title, seconds, result: undefined, skipped: undefined, error: undefined, ...end };
}

async function measureRow({ name, title, run }: BenchRow, context: RowContext): Promise<Partial<RowOutcome>> {
  try {
    const measured = await run(context);
    return { result: { name, title, cells: [], growth: [], memory: [], notes: [], ...measured } };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    say(`  ${error instanceof RowSkipped ? 'left out' : 'FAILED'}: ${message}`);
    return error instanceof RowSkipped ? { skipped: message } : { error: message };
  }
}

function exitCodeOf({ rows }: BenchReport, isStrict: boolean): number {
  if (rows.some(({ error }) => error !== undefined)) return 1;
  const isMissed = rows.some(({ result }) => result?.verdicts.some(({ isMet }) => !isMet));
  return isStrict && isMissed ? 1 : 0;
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    isInterrupted = true;
    // The row that runs fails when its servers go, and that ends the program; unless it hangs.
    setTimeout(() => process.exit(1), INTERRUPTION_LIMIT_MS).unref();
    void undoAll();
  });
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  console.error(error instanceof UsageError ? `${error.message}\n\n${USAGE}` : error);
  process.exitCode = error instanceof UsageError ? 2 : 1;
}
