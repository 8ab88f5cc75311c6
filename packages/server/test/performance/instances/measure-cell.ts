import { mkdirSync, rmSync } from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import pg from 'pg';
import { readConfig } from '../../../src/config/config.ts';
import { readEnv } from '../../../src/config/env.ts';
import { createInstanceRegistry } from '../../../src/control-plane/instances/instance-registry.ts';
import { openControlPlaneDatabase } from '../../../src/databases.ts';
import { systemClock } from '../../../src/kernel/clock.ts';
import { startPostgres } from '../../support/start-postgres.ts';
import { type RunningRoadstead, startRoadstead } from '../../support/start-roadstead.ts';
import { CpuClock } from '../measure/cpu-clock.ts';
import { readMemory } from '../measure/memory-watch.ts';
import { type Distribution, distributionOf } from './distribution.ts';
import type { InstancesOptions } from './options.ts';

export interface Catalog {
  readonly pgClassRows: number;
  readonly catalogMegabytes: number;
  readonly databaseMegabytes: number;
}

export interface CellFigures {
  readonly instances: number;
  readonly open: number;
  /** The first request to an instance makes its schema and its administrator. Milliseconds. */
  readonly firstOpening: Distribution;
  /** The first request to one that was open before. Milliseconds. */
  readonly opening: Distribution;
  readonly emptyCell: Catalog;
  readonly fullCell: Catalog;
  /** Of the node, without an instance and with all of those open, at rest. */
  readonly idleMegabytes: number;
  readonly openMegabytes: number;
  readonly kilobytesPerOpenInstance: number;
  /** Of one core, with all of those open and no request. */
  readonly cpuShareAtRest: number;
}

const REST_MS = 30_000;
const LOG_TAIL = 4_000;
const idOf = (index: number) => `tenant-${String(index).padStart(4, '0')}`;

/** A cell of PostgreSQL with many instances, of which one node has some open. */
export async function measureCell(
  { cell: count, open, workDir }: InstancesOptions,
  say: (line: string) => void,
): Promise<CellFigures> {
  const dataDir = path.join(workDir, `cell-${process.pid}`);
  mkdirSync(dataDir, { recursive: true });
  const postgres = await startPostgres();
  try {
    const url = await postgres.createDatabase('cell');
    const env = { ROADSTEAD_DATABASE_URL: url, ROADSTEAD_MAX_OPEN_INSTANCES: String(open) };
    await createRows(dataDir, url, count);
    const emptyCell = await readCatalog(url);
    say(`makes ${count} instances`);
    const first = await startRoadstead({ dataDir, env });
    const firstOpening = distributionOf(await openAll(first, count));
    await first.stop();
    const fullCell = await readCatalog(url);
    say(`opens ${open} of them on a new node`);
    const node = await startRoadstead({ dataDir, env });
    try {
      await rest();
      const idleMegabytes = residentMegabytes(node);
      const opening = distributionOf(await openAll(node, open));
      const cpu = CpuClock.open();
      await rest();
      const before = cpu.readTree(node.pid);
      await rest();
      const cpuShareAtRest = Math.round(((cpu.readTree(node.pid) - before) / (REST_MS / 1_000)) * 1e3) / 1e3;
      const openMegabytes = residentMegabytes(node);
      const kilobytesPerOpenInstance = Math.round(((openMegabytes - idleMegabytes) / open) * 1_000);
      const catalogs = { emptyCell, fullCell };
      const memory = { idleMegabytes, openMegabytes, kilobytesPerOpenInstance, cpuShareAtRest };
      return { instances: count, open, firstOpening, opening, ...catalogs, ...memory };
    } finally {
      await node.stop();
    }
  } finally {
    await postgres.stop();
    rmSync(dataDir, { recursive: true, force: true });
  }
}

async function createRows(dataDir: string, url: string, count: number): Promise<void> {
  const config = readConfig({ env: readEnv({ ROADSTEAD_DATA: dataDir, ROADSTEAD_DATABASE_URL: url }) });
  const plane = await openControlPlaneDatabase(config);
  const registry = createInstanceRegistry(plane, systemClock);
  for (let index = 0; index < count; index += 1) {
    await registry.createInstance({ id: idOf(index), hosts: [`${idOf(index)}.example`] });
  }
  await plane.close();
}

/** One request to each, one after the other. @returns milliseconds of each */
async function openAll(server: RunningRoadstead, count: number): Promise<readonly number[]> {
  try {
    return await requestEach(server, count);
  } catch (cause) {
    throw new Error(`the server did not open them all; the end of its log:\n${server.log().slice(-LOG_TAIL)}`, {
      cause,
    });
  }
}

async function requestEach({ host }: RunningRoadstead, count: number): Promise<readonly number[]> {
  const [hostname, port] = host.split(':');
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  const times: number[] = [];
  for (let index = 0; index < count; index += 1) {
    const startedAt = performance.now();
    const status = await new Promise<number | undefined>((resolve, reject) => {
      const headers = { Host: `${idOf(index)}.example` };
      const request = http.get({ hostname, port, path: '/v2/', agent, headers }, (response) => {
        response.resume().once('end', () => resolve(response.statusCode));
      });
      request.once('error', reject);
    });
    if (status !== 401) throw new Error(`${idOf(index)} answered with ${status}`);
    times.push(performance.now() - startedAt);
  }
  agent.destroy();
  return times;
}

async function readCatalog(url: string): Promise<Catalog> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query(`
      select (select count(*) from pg_class)::int as classes,
             (select sum(pg_total_relation_size(c.oid)) from pg_class c
               where c.relnamespace = 'pg_catalog'::regnamespace and c.relkind = 'r')::bigint as catalog,
             pg_database_size(current_database())::bigint as database`);
    const { classes, catalog, database } = rows[0];
    const megabytes = (bytes: string) => Math.round(Number(bytes) / 1e5) / 10;
    return { pgClassRows: classes, catalogMegabytes: megabytes(catalog), databaseMegabytes: megabytes(database) };
  } finally {
    await client.end();
  }
}

function residentMegabytes({ pid }: RunningRoadstead): number {
  return Math.round(readMemory(pid).reduce((sum, each) => sum + each.residentMegabytes, 0));
}

function rest(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, REST_MS));
}
