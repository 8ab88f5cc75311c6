// `npm run test:faults`: hostile input against a listening server, then the same checks before one with planted defects.
// FAULTS_SEED picks another corpus; names of classes as arguments run these alone, without the planted defects.
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { findFreePort } from '../support/find-free-port.ts';
import { SeededRandom } from '../support/seeded-random.ts';
import { type RunningRoadstead, startRoadstead } from '../support/start-roadstead.ts';
import { createEnumeration } from './classes/enumeration.ts';
import { createHostileFraming } from './classes/hostile-framing.ts';
import { createHostileNames } from './classes/hostile-names.ts';
import { createHostileRanges } from './classes/hostile-ranges.ts';
import { createHostileReferences } from './classes/hostile-references.ts';
import { createHostileRequests } from './classes/hostile-requests.ts';
import { createHostileSessions } from './classes/hostile-sessions.ts';
import { createHostileTokens } from './classes/hostile-tokens.ts';
import { createInjection } from './classes/injection.ts';
import { createMassAssignment } from './classes/mass-assignment.ts';
import { createMutatedManifests } from './classes/mutated-manifests.ts';
import { createTiming } from './classes/timing.ts';
import type { ClassResult, FaultClass, Target } from './fault-class.ts';
import { findLogFaults } from './find-log-faults.ts';
import { HEADERS_TIMEOUT_MS } from './framing/slow-clients.ts';
import { runPlantedDefects } from './planted/run-planted-defects.ts';
import { type DefectResult, renderDefects, renderFailures, renderNotes, renderTable, sumUp } from './report.ts';
import { type ClassEnvironment, runClass } from './run-class.ts';
import { seedHidden } from './seed-hidden.ts';
import { seedRegistry } from './seed-registry.ts';
import { seedTokens } from './seed-tokens.ts';
import { basicAuthorization, SEEDED_ACCOUNTS, SEEDED_ROBOT } from './seeded-accounts.ts';
import { TRUSTED_PROXY } from './trusted-proxy.ts';

const ROOT = path.resolve(import.meta.dirname, '../../../..');
const RESULTS = path.join(ROOT, '.cache/faults');
const DEFAULT_SEED = 20_260_101;

type CreateClass = (target: Target, random: SeededRandom) => FaultClass;

const CLASSES: Readonly<Record<string, CreateClass>> = {
  names: createHostileNames,
  references: createHostileReferences,
  ranges: createHostileRanges,
  manifests: createMutatedManifests,
  framing: createHostileFraming,
  requests: createHostileRequests,
  sessions: createHostileSessions,
  tokens: createHostileTokens,
  'mass-assignment': createMassAssignment,
  injection: createInjection,
  enumeration: createEnumeration,
  timing: createTiming,
};

async function main(wanted: readonly string[]): Promise<number> {
  const seed = Number(process.env['FAULTS_SEED'] ?? DEFAULT_SEED);
  const unknown = wanted.find((name) => !Object.hasOwn(CLASSES, name));
  if (unknown !== undefined || !Number.isSafeInteger(seed)) {
    console.error(`Classes are ${Object.keys(CLASSES).join(', ')}; FAULTS_SEED is a whole number.`);
    return 2;
  }
  console.log(`Hostile input, seed ${seed}`);
  const metricsPort = await findFreePort();
  const server = await startRoadstead({
    env: {
      ROADSTEAD_METRICS_LISTEN: `127.0.0.1:${metricsPort}`,
      ROADSTEAD_HEADERS_TIMEOUT: `${HEADERS_TIMEOUT_MS / 1_000}s`,
      ROADSTEAD_LOG_LEVEL: 'info',
      ROADSTEAD_TRUSTED_PROXIES: `${TRUSTED_PROXY}/32`,
      // The shortest: tokens of the seed are over soon, as attacks with such ones want them.
      ROADSTEAD_TOKEN_TTL: '60s',
      // The attacks delete what they had a right to push: nothing of it is to stay.
      ROADSTEAD_TRASH_WINDOW: '0s',
      // A shipment for recovery would change files and settings at any moment.
      ROADSTEAD_RECOVERY_INTERVAL: '24h',
    },
  });
  try {
    return await attack(server, { seed, metricsPort, wanted });
  } finally {
    await mkdir(RESULTS, { recursive: true });
    await writeFile(path.join(RESULTS, 'server.log'), server.log());
    await server.stop();
  }
}

interface AttackOptions {
  readonly seed: number;
  readonly metricsPort: number;
  readonly wanted: readonly string[];
}

async function attack(server: RunningRoadstead, { seed, metricsPort, wanted }: AttackOptions): Promise<number> {
  const environment = await prepare(server, seed, metricsPort);
  const createClass = (name: string) => CLASSES[name]?.(environment.target, new SeededRandom(seed));
  const names = wanted.length === 0 ? Object.keys(CLASSES) : wanted;
  const results: ClassResult[] = [];
  for (const name of names) {
    const faultClass = createClass(name);
    if (faultClass !== undefined) results.push(await runClass(faultClass, environment));
  }
  const logFaults = findLogFaults(server.log(), listPasswords(server));
  // Last, since what they break stays broken.
  const defects: readonly DefectResult[] = wanted.length === 0 ? await runPlantedDefects(createClass, environment) : [];
  await report(results, defects, logFaults);
  const { passed, failed } = sumUp(results, defects);
  console.log(`${passed} passed, ${failed + logFaults.length} failed`);
  return failed + logFaults.length === 0 && passed > 0 ? 0 : 1;
}

async function prepare(server: RunningRoadstead, seed: number, metricsPort: number): Promise<ClassEnvironment> {
  const content = await seedRegistry(server, new SeededRandom(seed));
  const seeded = {
    host: server.host,
    port: Number(server.host.split(':')[1]),
    authorization: basicAuthorization(server.admin),
    content,
    accounts: SEEDED_ACCOUNTS,
    secrets: [server.dataDir, ROOT, ...listPasswords(server)],
  };
  const target: Target = { ...seeded, earlyTokens: await seedTokens(seeded), hidden: await seedHidden(seeded) };
  return {
    target,
    dataDir: server.dataDir,
    databaseFile: isOnSqlite() ? path.join(server.dataDir, 'instances/main/metadata.sqlite') : undefined,
    metricsPort,
  };
}

function listPasswords({ admin }: RunningRoadstead): readonly string[] {
  return [admin, SEEDED_ROBOT, ...Object.values(SEEDED_ACCOUNTS)].map(({ password }) => password);
}

/** On PostgreSQL, which ROADSTEAD_DATABASE_URL may name, the state is looked at through the API alone. */
function isOnSqlite(): boolean {
  return (process.env['ROADSTEAD_DATABASE_URL'] ?? '') === '';
}

async function report(
  results: readonly ClassResult[],
  defects: readonly DefectResult[],
  logFaults: readonly string[],
): Promise<void> {
  await mkdir(RESULTS, { recursive: true });
  for (const result of results) {
    await writeFile(path.join(RESULTS, `${result.name}.txt`), `${result.failures.join('\n')}\n`);
    const failures = renderFailures(result);
    if (failures !== '') console.log(failures);
  }
  for (const fault of logFaults) console.log(`the log: ${fault}`);
  console.log(renderTable(results));
  const notes = renderNotes(results);
  if (notes !== '') console.log(`\n${notes}`);
  if (defects.length > 0) console.log(`\n${renderDefects(defects)}`);
}

process.exitCode = await main(process.argv.slice(2));
