import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { ClientHome } from './bench/client-home.ts';
import type { Bench, ClientSuite } from './bench/client-suite.ts';
import { CuttingProxy } from './bench/cutting-proxy.ts';
import { Daemon } from './bench/daemon.ts';
import { findServerTrouble } from './bench/find-server-trouble.ts';
import { createImageFixtures } from './bench/image-fixture.ts';
import { openRegistry } from './bench/open-registry.ts';
import { renderMatrix } from './bench/render-matrix.ts';
import { endRunningCommands } from './bench/run-command.ts';
import { type CellResult, runMatrix } from './bench/run-matrix.ts';
import { unmountBelow } from './bench/unmount-below.ts';
import { clientSuites } from './client-suites.ts';
import { Toolbox } from './setup/toolbox.ts';

const usage = `usage: npm run test:clients -- [--only CLIENT[,CLIENT …]] [--setup] [--keep]

Runs registry clients against a listening Roadstead server and prints which operation works with which.
  --only   the clients whose name begins so
  --setup  only bring the clients here
  --keep   leave the folder of the run, and say where it is

Environment:
  ROADSTEAD_CLIENTS_CACHE          where the clients are kept (.cache/clients)
  ROADSTEAD_CLIENTS_ALLOW_MISSING  1: cells whose client this machine cannot run do not fail the run (never in CI)
  ROADSTEAD_CLIENTS_REGISTRY       host:port of another registry to run against, with ROADSTEAD_CLIENTS_USERNAME and
                                   ROADSTEAD_CLIENTS_PASSWORD, and the projects "clients" and "open" (public)`;

interface Options {
  readonly suites: readonly ClientSuite[];
  readonly setupOnly: boolean;
  readonly keep: boolean;
}

function readOptions(): Options {
  const { values } = parseArgs({
    options: {
      only: { type: 'string' },
      setup: { type: 'boolean', default: false },
      keep: { type: 'boolean', default: false },
    },
  });
  const prefixes = values.only?.split(',') ?? [''];
  const suites = clientSuites.filter(({ client }) => prefixes.some((prefix) => client.startsWith(prefix)));
  if (suites.length === 0) throw new Error(`no client is named ${values.only}`);
  return { suites, setupOnly: values.setup, keep: values.keep };
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

const words = { passed: 'ok      ', failed: 'FAILED  ', 'left out': 'left out', 'not served': 'left out' } as const;

function printResult({ suite, operation, state, seconds, reason }: CellResult): void {
  const name = `${suite.client} ${suite.version}: ${operation}`;
  print(`${words[state]} ${name} (${seconds.toFixed(1)} s)${state === 'not served' ? ': not served yet' : ''}`);
  if (state !== 'passed') print(reason.replace(/^/gm, '    '));
}

/** What an end has to undo, whatever ends the run; the last made is undone first. */
const cleanUps: (() => Promise<void>)[] = [];

async function cleanUp(): Promise<void> {
  endRunningCommands();
  await Daemon.stopAll();
  for (const undo of cleanUps.splice(0).reverse()) await undo();
}

/** The folder of a run; short and without capital letters, because podman limits its length and takes it for a name. */
function makeWorkFolder(keep: boolean): string {
  const work = path.join(tmpdir(), `rs-${Date.now().toString(36)}-${process.pid.toString(36)}`);
  mkdirSync(work, { mode: 0o700 });
  cleanUps.push(async () => {
    unmountBelow(work);
    if (!keep) rmSync(work, { recursive: true, force: true });
  });
  if (keep) print(`the folder of the run is ${work}`);
  return work;
}

async function runAll(suites: readonly ClientSuite[], toolbox: Toolbox, work: string): Promise<CellResult[]> {
  const proxy = await CuttingProxy.open();
  const { registry, log, stop } = await openRegistry(process.env, proxy.host);
  cleanUps.push(stop);
  proxy.connectTo(registry.host);
  const results: CellResult[] = [];
  const bench: Bench = {
    registry,
    proxy,
    toolbox,
    images: createImageFixtures(path.join(work, 'images')),
    makeHome: (name, options = {}) =>
      new ClientHome(path.join(work, name), options.searchPath ?? [], options.env ?? {}),
  };
  const onResult = (result: CellResult): void => {
    results.push(result);
    printResult(result);
  };
  await runMatrix(suites, bench, { parallel: 2, cellLimitSeconds: 120, onResult });
  await proxy.close();
  writeFileSync(path.join(work, 'server.log'), log());
  const trouble = findServerTrouble(log());
  if (trouble.length > 0) print(`\nlast warnings and errors of the server:\n${trouble.join('\n')}`);
  return results;
}

/** Prints the closing lines; returns the exit code. A cell that was not run counts as failed unless that is allowed. */
function conclude(results: readonly CellResult[], env: NodeJS.ProcessEnv): number {
  const count = (state: CellResult['state']): number => results.filter((result) => result.state === state).length;
  const mayLeaveOut = env['ROADSTEAD_CLIENTS_ALLOW_MISSING'] === '1' && env['CI'] !== 'true';
  const failed = count('failed') + (mayLeaveOut ? 0 : count('left out'));
  const skipped = mayLeaveOut && count('left out') > 0 ? `, ${count('left out')} skipped` : '';
  if (count('not served') > 0) print(`${count('not served')} cells left out: not served yet`);
  print(`${count('passed')} passed, ${failed} failed${skipped}`);
  return failed === 0 && count('passed') > 0 ? 0 : 1;
}

async function main(): Promise<number> {
  const { suites, setupOnly, keep } = readOptions();
  const cache = path.resolve(
    process.env['ROADSTEAD_CLIENTS_CACHE'] ?? path.join(import.meta.dirname, '../../../../.cache/clients'),
  );
  const toolbox = new Toolbox(cache, print);
  const arrivals = toolbox.start(suites.flatMap((suite) => suite.tools));
  if (setupOnly) {
    const settled = await Promise.allSettled(arrivals);
    const reasons = settled.flatMap((result) => (result.status === 'rejected' ? [String(result.reason)] : []));
    for (const reason of new Set(reasons)) print(reason);
    return reasons.length === 0 ? 0 : 1;
  }
  const work = makeWorkFolder(keep);
  const results = await runAll(suites, toolbox, work);
  const matrix = renderMatrix(suites, results);
  print(`\n${matrix}`);
  if (suites.length === clientSuites.length) writeFileSync(path.join(cache, 'matrix.md'), matrix);
  return conclude(results, process.env);
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => void cleanUp().finally(() => process.exit(1)));
}

let exitCode = 1;
try {
  exitCode = await main();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  if (error instanceof Error && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS'))
    console.error(usage);
}
await cleanUp();
process.exitCode = exitCode;
