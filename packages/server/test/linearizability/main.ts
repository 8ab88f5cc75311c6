// `npm run test:linearizability`: many clients on the same tags of a listening server, and a check of what each of them saw.
import { mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { type RunningPostgres, startPostgres } from '../support/start-postgres.ts';
import { EMPTY_CONFIG, EMPTY_CONFIG_DIGEST } from '../support/tag-history/manifest.ts';
import type { TagHistory, Target } from '../support/tag-history/run-tag-history.ts';
import { type Check, checkRun, type JudgedRun, judgeHistories, percentOverlapping, sumAnswers } from './judge-run.ts';
import { Killer } from './load/killer.ts';
import { Registry } from './load/registry.ts';
import { runLoad } from './load/run-load.ts';
import { type Options, parseOptions, USAGE } from './options.ts';
import { type PlantedResult, runPlanted } from './planted/run-planted.ts';
import { renderReport, type Summary } from './report.ts';

const RESULTS = path.resolve(import.meta.dirname, '../../../../.cache/linearizability');

async function main(args: readonly string[]): Promise<number> {
  const databaseUrl = process.env['ROADSTEAD_DATABASE_URL'] ?? '';
  let options: Options;
  try {
    options = parseOptions(args, databaseUrl);
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : error}\n${USAGE}`);
    return 2;
  }
  console.error(`Linearizability of tags on ${options.database}, seed ${options.seed}`);
  const postgres = options.database === 'postgres' ? await startPostgres() : undefined;
  try {
    const registry = await Registry.start(await createEnvironment(options, databaseUrl, postgres));
    try {
      return await test(registry, options);
    } finally {
      await mkdir(RESULTS, { recursive: true });
      await registry.log().then(
        (log) => writeFile(path.join(RESULTS, 'server.log'), log),
        () => undefined,
      );
      await registry.stop();
    }
  } finally {
    await postgres?.stop();
  }
}

/** All that makes one server of these tests different from another. */
async function createEnvironment(
  { database, processCount }: Options,
  databaseUrl: string,
  postgres: RunningPostgres | undefined,
): Promise<Readonly<Record<string, string>>> {
  const ownUrl = await postgres?.createDatabase(`linearizability_${process.pid}`);
  return {
    ROADSTEAD_DATABASE_URL: ownUrl ?? (database === 'given' ? databaseUrl : ''),
    ROADSTEAD_LOG_LEVEL: 'warn',
    ...(processCount > 1 ? { ROADSTEAD_PROCESSES: String(processCount) } : {}),
  };
}

async function test(registry: Registry, options: Options): Promise<number> {
  const { operationCount, tagCount, clientCount, seed, killCount } = options;
  // Another one in each run, since the database may be there before and after it.
  const project = `linearizability-${Date.now().toString(36)}`;
  const processes = await registry.countProcesses();
  await prepareProject(registry, project);
  const killer = new Killer(registry, killCount, operationCount);
  const target = await createTarget(registry, () => killer.count());
  const startMs = performance.now();
  const histories = await runLoad({ project, operationCount, tagCount, clientCount, seed }, target);
  await killer.finish();
  const loadSeconds = (performance.now() - startMs) / 1_000;
  const planted = await runPlanted(target, {
    base: `/v2/${project}`,
    historiesPerDefect: options.plantedCount,
    clientCount,
    seed,
  });
  const run = judgeHistories(histories);
  const checks = [...checkRun(histories, planted), ...checkEnvironment(options, processes, killer)];
  const figures = { options, loadSeconds, kills: killer.killsDone };
  const summary = summarize(run, planted, checks, figures);
  await writeContradictory(run);
  console.error(renderReport(summary, run, planted));
  if (options.isJson) console.log(JSON.stringify(summary, undefined, 2));
  const last = `${summary.passed} passed, ${summary.failed} failed`;
  if (options.isJson) console.error(last);
  else console.log(last);
  return summary.failed === 0 && summary.passed > 0 ? 0 : 1;
}

async function prepareProject(registry: Registry, project: string): Promise<void> {
  const server = await registry.running();
  await server.createProject(project);
  const response = await fetch(`${server.url}/v2/${project}/long/blobs/uploads/?digest=${EMPTY_CONFIG_DIGEST}`, {
    method: 'POST',
    headers: { Authorization: basicAuthorization(server.admin) },
    body: new Uint8Array(EMPTY_CONFIG),
  });
  if (response.status !== 201) throw new Error(`pushing the empty configuration: ${response.status}`);
}

async function createTarget(registry: Registry, count: () => void): Promise<Target> {
  const { admin } = await registry.running();
  const startNs = process.hrtime.bigint();
  return {
    authorization: basicAuthorization(admin),
    now: () => Number(process.hrtime.bigint() - startNs),
    port: () => registry.port(),
    count,
  };
}

function basicAuthorization({ username, password }: { readonly username: string; readonly password: string }): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}

/** Whether the server was tested as it was asked for. */
function checkEnvironment({ processCount, killCount }: Options, processes: number, killer: Killer): readonly Check[] {
  const checks: Check[] = [];
  if (processCount > 1) {
    const findings = processes < processCount ? [`${processes} processes rather than ${processCount}`] : [];
    checks.push({ name: 'as many processes as were asked for', findings });
  }
  if (killCount > 0) {
    const findings = killer.killsDone < killCount ? [`${killer.killsDone} of ${killCount} kills`] : [];
    checks.push({ name: 'as many kills as were asked for', findings });
  }
  return checks;
}

function summarize(
  run: JudgedRun,
  planted: readonly PlantedResult[],
  checks: readonly Check[],
  { options, loadSeconds, kills }: { readonly options: Options; readonly loadSeconds: number; readonly kills: number },
): Summary {
  const histories: readonly TagHistory[] = run.histories.map(({ history }) => history);
  const operations = histories.flatMap((history) => history.operations);
  const notLinearizable = run.histories.filter(({ contradiction }) => contradiction !== undefined).length;
  const failedChecks = checks.filter(({ findings }) => findings.length > 0).length;
  return {
    database: options.database,
    processes: options.processCount,
    seed: options.seed,
    operations: operations.length,
    histories: histories.length,
    longHistories: options.tagCount,
    clientsPerTag: options.clientCount,
    unknownOutcomes: operations.filter(({ isUnknown }) => isUnknown).length,
    overlappingPercent: percentOverlapping(histories),
    kills,
    loadSeconds,
    operationsPerSecond: operations.length / loadSeconds,
    checkSeconds: run.checkSeconds,
    visitsPerOperation: run.visitsPerOperation,
    notLinearizable,
    answers: Object.fromEntries([...sumAnswers(histories)].sort(([a], [b]) => (a < b ? -1 : 1))),
    planted: planted.map(({ name, historyCount, plantedCount, caughtCount }) => ({
      name,
      histories: historyCount,
      planted: plantedCount,
      caught: caughtCount,
    })),
    checks,
    passed: histories.length - notLinearizable + checks.length - failedChecks,
    failed: notLinearizable + failedChecks,
  };
}

/** The whole histories, to look at what lies around a contradiction; none of an earlier run stays. */
async function writeContradictory({ histories }: JudgedRun): Promise<void> {
  await rm(RESULTS, { recursive: true, force: true });
  await mkdir(RESULTS, { recursive: true });
  for (const { history, contradiction } of histories) {
    if (contradiction === undefined) continue;
    const lines = history.operations.map((operation) => JSON.stringify(operation));
    await writeFile(path.join(RESULTS, `${history.name.replaceAll('/', '-')}.jsonl`), `${lines.join('\n')}\n`);
  }
}

process.exitCode = await main(process.argv.slice(2)).catch((error: unknown) => {
  console.error(error);
  console.log('0 passed, 1 failed');
  return 1;
});
