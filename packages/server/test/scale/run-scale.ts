import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { FindingCounts } from '../support/check/findings.ts';
import { Ledger } from '../support/ledger/ledger.ts';
import { RegistryWrites } from '../support/load/registry-writes.ts';
import { AUTHORIZATION, createProject } from '../support/process/server-process.ts';
import { checkRegister } from '../support/register/check-register.ts';
import { findContradiction } from '../support/register/find-contradiction.ts';
import { renderContradiction } from '../support/register/render-contradiction.ts';
import type { TagHistory } from '../support/tag-history/run-tag-history.ts';
import { Tally } from '../support/tally.ts';
import { checkEnd } from './check-end.ts';
import { Faults } from './faults.ts';
import { Killer } from './killer.ts';
import { CautiousRecorder } from './load/cautious-recorder.ts';
import { SharedContent } from './load/shared-content.ts';
import { type RunningLoad, startLoad } from './load/start-load.ts';
import type { PhaseName } from './parse-options.ts';
import { runDatabaseScript } from './phases/database-script.ts';
import { runFailover } from './phases/failover.ts';
import { runKills } from './phases/kills.ts';
import { runPartitions } from './phases/partitions.ts';
import type { Phase, PhaseContext } from './phases/phase.ts';
import { runPostgresRestart } from './phases/postgres-restart.ts';
import { runStorePause } from './phases/store-pause.ts';
import { runStoreScript } from './phases/store-script.ts';
import { plantLosses } from './plant-losses.ts';
import type { ScaleBench } from './scale-bench.ts';
import { type ScaleSummary, summarize } from './summarize.ts';
import { WatchedClient } from './watched-client.ts';

const PHASES: Readonly<Record<PhaseName, Phase>> = {
  kills: runKills,
  'postgres-restart': runPostgresRestart,
  'store-pause': runStorePause,
  failover: runFailover,
  partitions: runPartitions,
  'store-script': runStoreScript,
  'database-script': runDatabaseScript,
};

const PROJECT = 'scale';
const WARM_UP_MS = 8_000;
/** In a full run; the load goes on for longer than was asked where the machine is too slow for them, up to this many times. */
const MIN_TAG_OPERATIONS = 100_000;
const FULL_MINUTES = 10;
const PATIENCE = 3;
const MAX_SHOWN = 10;

export interface ScaleResult {
  readonly summary: ScaleSummary;
  readonly failures: readonly string[];
}

/** The load, the phases one after another while it goes on, and the checks at the end. */
export async function runScale(bench: ScaleBench): Promise<ScaleResult> {
  const { options, log, findings, say } = bench;
  const tally = new Tally();
  const faults = new Faults(log, findings, say);
  const killer = new Killer(bench);
  const ledger = new Ledger(path.join(bench.ledgerFolder, 'scale.ledger'));
  const recorder = new CautiousRecorder(ledger);
  const content = new SharedContent(PROJECT, options.seed, bench.random);
  const client = new WatchedClient(bench.balancer.port, AUTHORIZATION, log);
  await createProject(client, PROJECT);
  const startedAtMs = performance.now();
  const load = startLoad({
    seed: options.seed,
    log,
    findings,
    content,
    writes: new RegistryWrites(client, recorder),
    authorization: AUTHORIZATION,
    port: bench.balancer.port,
    project: PROJECT,
  });
  await delay(WARM_UP_MS);
  killer.start();
  await runPhases({
    bench,
    faults,
    killer,
    allowLarge: (bytes) => content.allowLarge(bytes),
    check: (what, wrong) => tally.count(what, wrong),
  });
  await goOn(bench, load, startedAtMs);
  await killer.stop();
  await killer.untilAllAreReady();
  const histories = await load.stop();
  if (options.minutes >= FULL_MINUTES) {
    const missing = MIN_TAG_OPERATIONS - load.tagOperationCount;
    tally.count('the operations on tags', missing > 0 ? [`${missing} of ${MIN_TAG_OPERATIONS} are missing`] : []);
  }
  client.close();
  const loadSeconds = (performance.now() - startedAtMs) / 1_000;
  say(`load ended after ${Math.round(loadSeconds)} s; ${ledger.acknowledgedCount} acknowledged writes in the ledger`);
  const counts = new FindingCounts();
  const { looks, state } = await checkEnd(bench, ledger, counts);
  for (const [what, wrong] of looks) tally.count(what, wrong);
  for (const { name, isSeen } of await plantLosses(bench, state, content.kept))
    tally.count(`planted: ${name}`, isSeen ? [] : ['not seen']);
  tally.count('what clients saw meanwhile', findings);
  countFailures(bench, tally);
  const anomalies = countHistories(histories, tally);
  ledger.close();
  const summary = summarize({
    bench,
    tally,
    faults,
    killer,
    load,
    loadSeconds,
    histories,
    anomalies,
    counts,
    recorder,
    ledger,
  });
  for (const line of summary.lines) say(line);
  return { summary, failures: tally.failures };
}

async function runPhases(context: PhaseContext): Promise<void> {
  const { options, say } = context.bench;
  for (const name of options.only) {
    say(`${name}:`);
    try {
      await PHASES[name](context);
      context.check(`the phase ${name}`, []);
    } catch (error) {
      context.check(`the phase ${name}`, [error instanceof Error ? (error.stack ?? error.message) : String(error)]);
    }
  }
}

/** Until the time that was asked for is over, and a full run has enough operations on tags. */
async function goOn(bench: ScaleBench, load: RunningLoad, startedAtMs: number): Promise<void> {
  const { minutes } = bench.options;
  const wantedMs = minutes * 60_000;
  const wantedOperations = minutes >= FULL_MINUTES ? MIN_TAG_OPERATIONS : 0;
  for (;;) {
    const elapsedMs = performance.now() - startedAtMs;
    const isEnough = elapsedMs >= wantedMs && load.tagOperationCount >= wantedOperations;
    if (isEnough || elapsedMs > wantedMs * PATIENCE) return;
    await delay(200);
  }
}

/** Each request that failed must have a fault to blame. */
function countFailures({ log }: ScaleBench, tally: Tally): void {
  const unexplained = log.unexplained().map(({ kind, node, detail }) => `${kind} of ${node ?? 'nobody'}: ${detail}`);
  tally.count('no failed request without a fault', unexplained.slice(0, MAX_SHOWN));
}

/** @returns how many histories contradict themselves */
function countHistories(histories: readonly TagHistory[], tally: Tally): number {
  let anomalies = 0;
  for (const { name, operations, faults } of histories) {
    const { refuted } = checkRegister(operations);
    const wrong = refuted === undefined ? [] : [`\n${renderContradiction(findContradiction(refuted))}`];
    anomalies += wrong.length;
    tally.count(`the history of ${name} (${operations.length} operations)`, [...wrong, ...faults]);
  }
  return anomalies;
}
