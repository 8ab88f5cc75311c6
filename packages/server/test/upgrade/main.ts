// `npm run test:upgrade`: nodes of the previous release are replaced, one after the other, by nodes of this one under load, on
// one PostgreSQL and one bucket. Nothing may fail, and nothing that was acknowledged may be gone.
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { blobsUrl, createBucket } from '../support/create-bucket.ts';
import { findFreePort } from '../support/find-free-port.ts';
import { CleanUp } from '../support/process/clean-up.ts';
import { createProject, type ServerProcess, StartingServer, startServer } from '../support/process/server-process.ts';
import { SeededRandom } from '../support/seeded-random.ts';
import { startBalancer } from '../support/start-balancer.ts';
import { startPostgres } from '../support/start-postgres.ts';
import { startRadosgw } from '../support/start-radosgw.ts';
import { Tally } from '../support/tally.ts';
import { type InstalledRelease, installRelease } from './install-release.ts';
import { PROJECT, UpgradeLoad, verifyImages } from './upgrade-load.ts';

const USAGE = `npm run test:upgrade -- [--from TAG] [--nodes N] [--clients N] [--pause SECONDS] [--setup-only]

  --from TAG    the release that is upgraded (default: the newest before this commit)
  --nodes N     default 3
  --clients N   default 4
  --pause S     load before, between and after the replacements (default 8)
  --setup-only  only bring the release here
`;
/** Longer than the balancer needs to see that a node wants no more. */
const SHUTDOWN_DELAY = '3s';

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      from: { type: 'string' },
      nodes: { type: 'string', default: '3' },
      clients: { type: 'string', default: '4' },
      pause: { type: 'string', default: '8' },
      'setup-only': { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    console.log(USAGE);
    return 0;
  }
  const release = await installRelease(values.from);
  if (values['setup-only']) return 0;
  const [nodes = 0, clients = 0, pauseSeconds = 0] = [values.nodes, values.clients, values.pause].map(Number);
  const tally = await upgrade(release, { nodes, clients, pauseSeconds });
  for (const failure of tally.failures) console.log(`FAILED ${failure}`);
  console.log(`${tally.passed} passed, ${tally.failures.length} failed`);
  return tally.failures.length === 0 && tally.passed > 0 ? 0 : 1;
}

interface Extent {
  readonly nodes: number;
  readonly clients: number;
  readonly pauseSeconds: number;
}

async function upgrade({ tag, program }: InstalledRelease, { nodes, clients, pauseSeconds }: Extent): Promise<Tally> {
  const cleanUp = new CleanUp();
  cleanUp.coverAllEnds();
  await using servers = new AsyncDisposableStack();
  const folder = mkdtempSync(path.join(tmpdir(), 'roadstead-upgrade-'));
  servers.defer(() => rmSync(folder, { recursive: true, force: true }));
  const env = await openEngines(servers, folder);
  const ports = await Promise.all(Array.from({ length: nodes }, findFreePort));
  const optionsOf = (index: number, version: 'former' | 'this') => {
    const dataDir = path.join(folder, `node-${index}`);
    mkdirSync(dataDir, { recursive: true });
    return {
      bench: { cleanUp, compileCache: path.join(folder, 'compile-cache') },
      dataDir,
      env,
      address: { host: '127.0.0.1', port: ports[index] ?? 0 },
      ...(version === 'former' && { program }),
    };
  };
  const running: ServerProcess[] = [];
  servers.defer(async () => {
    for (const node of running) await node.stop();
  });
  for (const index of ports.keys()) running.push(await startServer(optionsOf(index, 'former')));
  const [first] = running;
  if (first === undefined) throw new Error('an upgrade needs a node');
  await createProject(first.client, PROJECT);
  const backends = ports.map((port, index) => ({ name: `node-${index}`, host: '127.0.0.1', port }));
  const balancer = await startBalancer(backends);
  servers.defer(() => balancer.close());
  while (!backends.every(({ name }) => balancer.isReady(name))) await delay(100);

  let isOver = false;
  const loads = Array.from({ length: clients }, (_, index) => {
    return new UpgradeLoad(balancer.port, `client-${index}`, new SeededRandom(index + 1));
  });
  const working = Promise.all(loads.map((load) => load.run(() => isOver)));
  await delay(pauseSeconds * 1_000);
  for (const [index, node] of running.entries()) {
    await node.stop();
    running[index] = await startServer(optionsOf(index, 'this'));
    console.log(`node-${index} of ${nodes} is of this version; failed so far: ${countFailures(loads)}`);
    while (!balancer.isReady(`node-${index}`)) await delay(100);
    await delay(pauseSeconds * 1_000);
  }
  isOver = true;
  await working;

  const tally = new Tally();
  tally.count(
    `no request failed in the upgrade from ${tag}`,
    loads.flatMap((load) => load.failures),
  );
  const images = loads.flatMap((load) => load.images);
  for (const [index, port] of ports.entries()) {
    tally.count(`node-${index} has every image`, await verifyImages(port, images));
  }
  const requests = loads.reduce((sum, load) => sum + load.requests, 0);
  console.log(`${tag} → this version: ${requests} requests, ${images.length} images, ${countFailures(loads)} failed`);
  tally.count(`${tag} says that the database is newer, or goes on with it`, await startFormer(optionsOf(0, 'former')));
  return tally;
}

function countFailures(loads: readonly UpgradeLoad[]): number {
  return loads.reduce((sum, load) => sum + load.failures.length, 0);
}

/** What all nodes of the registry share. */
async function openEngines(servers: AsyncDisposableStack, folder: string): Promise<Readonly<Record<string, string>>> {
  const postgres = await startPostgres();
  servers.defer(() => postgres.stop());
  const s3 = await startRadosgw();
  servers.defer(() => s3.stop());
  const keyFile = path.join(folder, 'master.key');
  writeFileSync(keyFile, randomBytes(32).toString('hex'), { mode: 0o600 });
  return {
    ROADSTEAD_DATABASE_URL: await postgres.createDatabase(`upgrade_${process.pid}`),
    ROADSTEAD_BLOBS: blobsUrl(s3, await createBucket(s3)),
    ROADSTEAD_MASTER_KEY_FILE: keyFile,
    ROADSTEAD_SHUTDOWN_DELAY: SHUTDOWN_DELAY,
  };
}

/** The former version on the schema of this one: where there are new steps it must not start, and say why. */
async function startFormer(options: Parameters<typeof startServer>[0]): Promise<readonly string[]> {
  const starting = await StartingServer.spawn({
    ...options,
    address: { host: '127.0.0.1', port: await findFreePort() },
    dataDir: `${options.dataDir}-back`,
  });
  try {
    const node = await starting.untilReady();
    console.log('no step of the schema lies between the two versions: the former one starts again');
    await node.stop();
    return [];
  } catch {
    const sentence = starting.log().trim().split('\n').at(-1) ?? '';
    console.log(`started again, the former version says: ${sentence}`);
    return sentence.includes('was written by a newer Roadstead') ? [] : [sentence];
  }
}

process.exitCode = await main();
