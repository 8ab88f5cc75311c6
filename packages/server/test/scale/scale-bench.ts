import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createBucket } from '../support/create-bucket.ts';
import { type S3FaultProxy, startS3FaultProxy } from '../support/fault-proxy/s3-fault-proxy.ts';
import { startTcpFaultProxy, type TcpFaultProxy } from '../support/fault-proxy/tcp-fault-proxy.ts';
import { findFreePort } from '../support/find-free-port.ts';
import { PostgresPair } from '../support/postgres-pair.ts';
import type { CleanUp } from '../support/process/clean-up.ts';
import { SeededRandom } from '../support/seeded-random.ts';
import { type Balancer, startBalancer } from '../support/start-balancer.ts';
import { hasRadosgw, type RunningS3, startRadosgw } from '../support/start-radosgw.ts';
import { createNamespaces, createPlainNetwork, findReasonAgainstNamespaces, type Network } from './network.ts';
import type { ScaleOptions } from './parse-options.ts';
import { RequestLog } from './request-log.ts';
import { ScaleNode } from './scale-node.ts';

export const NODE_COUNT = 3;
const DATABASE = 'registry';
const READY_TIMEOUT_MS = 180_000;
/** Memory, where there is such a folder: another medium than those under test. */
const LEDGER_MEDIUM = '/dev/shm';

/** Settings under which the collector works beside the load, and pushes have the time that failures take from them. */
const NODE_ENV: Readonly<Record<string, string>> = {
  ROADSTEAD_DATABASE_CONNECTIONS: '12',
  ROADSTEAD_COLLECTION_INTERVAL: '1s',
  ROADSTEAD_COLLECTION_DELAY: '1s',
  ROADSTEAD_PUSH_WINDOW: '2m',
  ROADSTEAD_TRASH_WINDOW: '0s',
  ROADSTEAD_STRAY_GRACE: '1m',
  ROADSTEAD_COLLECTION_CAP: '1024GiB',
  ROADSTEAD_SCRUB_RATE: '1MiB',
};

/** Everything that runs, and what the phases do their harm to. */
export interface ScaleBench {
  readonly options: ScaleOptions;
  readonly random: SeededRandom;
  readonly log: RequestLog;
  readonly pair: PostgresPair;
  /** The nodes' ways to the database, one each: where they lead to is the stable address of the primary. */
  readonly databaseProxies: readonly TcpFaultProxy[];
  readonly storeProxy: S3FaultProxy;
  readonly store: RunningS3;
  readonly bucket: string;
  readonly network: Network;
  readonly nodes: readonly ScaleNode[];
  readonly balancer: Balancer;
  readonly ledgerFolder: string;
  /** What no registry may do, whatever fails. */
  readonly findings: string[];
  say(line: string): void;
  close(): Promise<void>;
}

/** @throws Error when something of what it needs is not installed, or does not start */
export async function openScaleBench(
  options: ScaleOptions,
  cleanUp: CleanUp,
  say: (line: string) => void,
): Promise<ScaleBench> {
  if (!hasRadosgw()) throw new Error('Ceph is not installed: ceph-mon, ceph-osd, ceph-common and radosgw are needed');
  await using opening = new AsyncDisposableStack();
  const makeFolder = (parent: string): string => {
    const folder = mkdtempSync(path.join(parent, 'roadstead-scale-'));
    cleanUp.defer(() => rmSync(folder, { recursive: true, force: true }));
    return folder;
  };
  const folder = makeFolder(tmpdir());
  // PostgreSQL runs as another user.
  chmodSync(folder, 0o755);
  const [pair, store] = await Promise.all([
    PostgresPair.start(path.join(folder, 'postgres'), DATABASE, cleanUp),
    startRadosgw({ medium: 'memory' }),
  ]);
  opening.defer(() => store.stop());
  opening.defer(() => pair.stop());
  const bucket = await createBucket(store);
  const log = new RequestLog();
  const network = openNetwork(cleanUp, say);
  const target = { host: '127.0.0.1', port: pair.primary.port };
  const databaseProxies = await Promise.all(
    network.nodes.map(() => startTcpFaultProxy(target, network.places.database)),
  );
  const storeProxy = await startS3FaultProxy(store.endpoint, network.places.store);
  opening.defer(() => storeProxy.close());
  for (const proxy of databaseProxies) opening.defer(() => proxy.close());
  const endpoint = encodeURIComponent(storeProxy.endpoint);
  const keys = `${store.accessKeyId}:${store.secretAccessKey}`;
  const env = {
    ...NODE_ENV,
    ROADSTEAD_BLOBS: `s3://${keys}@${bucket}/registry?endpoint=${endpoint}&region=${store.region}`,
    ROADSTEAD_MASTER_KEY_FILE: writeMasterKey(folder),
  };
  const nodes = await Promise.all(
    network.nodes.map(async (nodeNetwork, index): Promise<ScaleNode> => {
      const name = `node${index + 1}`;
      const dataDir = path.join(folder, name);
      mkdirSync(dataDir);
      const proxy = databaseProxies[index] as TcpFaultProxy;
      return new ScaleNode({
        name,
        port: await findFreePort(),
        network: nodeNetwork,
        log,
        server: {
          bench: { cleanUp, compileCache: path.join(folder, 'compile-cache') },
          dataDir,
          env: { ...env, ROADSTEAD_DATABASE_URL: pair.urlAt(proxy) },
        },
      });
    }),
  );
  await startNodes(nodes);
  opening.defer(async () => void (await Promise.all(nodes.map((node) => node.stop()))));
  const backends = nodes.map(({ name, port, network: { host } }) => ({ name, host, port }));
  const balancer = await startBalancer(backends, network.isReal ? { localAddress: network.places.balancer } : {});
  opening.defer(() => balancer.close());
  const resources = opening.move();
  return {
    options,
    random: new SeededRandom(options.seed),
    log,
    pair,
    databaseProxies,
    storeProxy,
    store,
    bucket,
    network,
    nodes,
    balancer,
    ledgerFolder: makeFolder(existsSync(LEDGER_MEDIUM) ? LEDGER_MEDIUM : tmpdir()),
    findings: [],
    say,
    close: () => resources.disposeAsync(),
  };
}

/** The first makes the tables, and fills the cache of compiled code for the others when it stops. */
async function startNodes(nodes: readonly ScaleNode[]): Promise<void> {
  const [first] = nodes;
  first?.start();
  await first?.untilReady(READY_TIMEOUT_MS);
  await first?.stop();
  for (const node of nodes) node.start();
  await Promise.all(nodes.map((node) => node.untilReady(READY_TIMEOUT_MS)));
}

function openNetwork(cleanUp: CleanUp, say: (line: string) => void): Network {
  const reason = findReasonAgainstNamespaces();
  if (reason === undefined) return createNamespaces(cleanUp, NODE_COUNT);
  if (process.env['CI'] === 'true') throw new Error(`CI must test partitions, and there can be none: ${reason}`);
  say(`no partitions here: ${reason}`);
  return createPlainNetwork(NODE_COUNT);
}

function writeMasterKey(folder: string): string {
  const file = path.join(folder, 'master.key');
  writeFileSync(file, randomBytes(32).toString('hex'), { mode: 0o600 });
  return file;
}
