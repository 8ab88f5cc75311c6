// `npm run bench:artifacts`: how long lists of artifacts take, of small and of large projects, on both engines.
import { readFileSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import BetterSqlite from 'better-sqlite3';
import pg from 'pg';
import { percentile } from '../../support/percentile.ts';
import { startPostgres } from '../../support/start-postgres.ts';
import { type RunningRoadstead, startRoadstead } from '../../support/start-roadstead.ts';
import { type RunSql, seedArtifacts } from './seed-artifacts.ts';

const FLAGS =
  'with_tag=true&with_label=true&with_accessory=true&with_immutable_status=true&with_scan_overview=true&with_sbom_overview=true';
const SIZES = [1_000, 10_000, 100_000];
const PAGE_SIZE = 100;
/** Of /proc/<pid>/stat, on every Linux of today. */
const TICKS_PER_SECOND = 100;

type Engine = 'sqlite' | 'postgres';

interface Measured {
  readonly p50: number;
  readonly p99: number;
  /** Milliseconds of CPU of the server for each request; the database server's own are not in it. */
  readonly cpu: number;
}

const { values } = parseArgs({ options: { requests: { type: 'string', default: '200' }, engine: { type: 'string' } } });
const REQUESTS = Number(values.requests);

for (const engine of ['sqlite', 'postgres'] as const) {
  if (values.engine === undefined || values.engine === engine) await measureEngine(engine);
}
process.exit();

async function measureEngine(engine: Engine): Promise<void> {
  await using undoing = new AsyncDisposableStack();
  const postgres = engine === 'postgres' ? await startPostgres({}) : undefined;
  if (postgres !== undefined) undoing.defer(() => postgres.stop());
  const url = await postgres?.createDatabase('artifacts');
  const env = { ROADSTEAD_LOG_LEVEL: 'warn', ...(url !== undefined && { ROADSTEAD_DATABASE_URL: url }) };
  const first = await startRoadstead({ env });
  const { dataDir } = first;
  undoing.defer(() => rm(dataDir, { recursive: true, force: true }));
  for (const size of SIZES) await first.createProject(`of-${size}`);
  const ids = new Map<number, number>();
  for (const size of SIZES) ids.set(size, await idOf(first, `of-${size}`));
  await seedAll(engine, url, dataDir, ids);
  console.log(`\n${engine}: page of ${PAGE_SIZE} with every flag, ms over HTTP (p50, p99), and of the server's CPU\n`);
  for (const size of SIZES) {
    const last = size / PAGE_SIZE;
    for (const page of new Set([1, last])) {
      const at = `/projects/of-${size}/artifacts?page=${page}&page_size=${PAGE_SIZE}&${FLAGS}`;
      print(`${size} artifacts, page ${page}`, await measure(first, at));
    }
  }
  const large = `/projects/of-${SIZES.at(-1)}`;
  for (const [name, at] of [
    ['oldest first', `${large}/artifacts?sort=push_time&page_size=100&${FLAGS}`],
    ['by last pull', `${large}/artifacts?sort=-pull_time&page_size=100&${FLAGS}`],
    ['by size', `${large}/artifacts?sort=-size&page_size=100&${FLAGS}`],
    ['tags=~v999', `${large}/artifacts?q=tags%3D~v999&page_size=100&${FLAGS}`],
    ['type=CHART', `${large}/artifacts?q=type%3DCHART&page_size=100&${FLAGS}`],
    ['with a label', `${large}/artifacts?q=labels%3D(${await labelOf(first, ids)})&page_size=100&${FLAGS}`],
    ['of one repository', `${large}/repositories/repository-7/artifacts?page=10&page_size=100&${FLAGS}`],
    ['repositories of the project', `${large}/repositories?page_size=100`],
    ['search', '/search?q=repository-7'],
    ['search of what is not there', '/search?q=nothing-like-that'],
  ] as const) {
    print(`${SIZES.at(-1)} artifacts, ${name}`, await measure(first, at));
  }
  await first.stop();
}

async function seedAll(engine: Engine, url: string | undefined, dataDir: string, ids: ReadonlyMap<number, number>) {
  const { run, close } = engine === 'sqlite' ? await openSqlite(dataDir) : await openPostgres(url ?? '');
  let from = 1;
  for (const [artifacts, projectId] of ids) {
    await seedArtifacts(run, { engine, projectId, project: `of-${artifacts}`, artifacts, from });
    from += 2 * artifacts;
  }
  await run(engine === 'sqlite' ? 'analyze' : 'vacuum analyze');
  await close();
}

async function openSqlite(dataDir: string): Promise<{ readonly run: RunSql; readonly close: () => Promise<void> }> {
  const database = new BetterSqlite(path.join(dataDir, 'instances/main/metadata.sqlite'));
  database.pragma('busy_timeout = 30000');
  return { run: async (text) => void database.exec(text), close: async () => void database.close() };
}

async function openPostgres(url: string): Promise<{ readonly run: RunSql; readonly close: () => Promise<void> }> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query('set statement_timeout = 0; set search_path to roadstead_main');
  return { run: async (text) => void (await client.query(text)), close: () => client.end() };
}

async function idOf({ url, admin }: RunningRoadstead, name: string): Promise<number> {
  const answer = await fetch(`${url}/api/v2.0/projects/${name}`, { headers: { authorization: basic(admin) } });
  const { project_id: id } = (await answer.json()) as { readonly project_id: number };
  return id;
}

/** @returns the id of a label of the largest project */
async function labelOf({ url, admin }: RunningRoadstead, ids: ReadonlyMap<number, number>): Promise<number> {
  const at = `${url}/api/v2.0/labels?scope=p&project_id=${ids.get(SIZES.at(-1) ?? 0)}`;
  const answer = await fetch(at, { headers: { authorization: basic(admin) } });
  const [label] = (await answer.json()) as readonly { readonly id: number }[];
  return label?.id ?? 0;
}

async function measure(server: RunningRoadstead, at: string): Promise<Measured> {
  const headers = { authorization: basic(server.admin) };
  const ask = async () => {
    const answer = await fetch(`${server.url}/api/v2.0${at}`, { headers });
    if (answer.status !== 200) throw new Error(`${at}: ${answer.status} ${await answer.text()}`);
    await answer.arrayBuffer();
  };
  for (let warmUp = 0; warmUp < 10; warmUp += 1) await ask();
  const times: number[] = [];
  const cpuBefore = await cpuOf(server.pid);
  for (let request = 0; request < REQUESTS; request += 1) {
    const start = performance.now();
    await ask();
    times.push(performance.now() - start);
  }
  const cpu = ((await cpuOf(server.pid)) - cpuBefore) / REQUESTS;
  return { p50: percentile(times, 0.5) ?? 0, p99: percentile(times, 0.99) ?? 0, cpu };
}

/** Milliseconds of CPU that the process has used, all of its threads together. */
async function cpuOf(pid: number): Promise<number> {
  if (!(await readdir('/proc')).includes(String(pid))) return 0;
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return ((Number(fields[11]) + Number(fields[12])) * 1_000) / TICKS_PER_SECOND;
}

function print(name: string, { p50, p99, cpu }: Measured): void {
  console.log(`${name.padEnd(36)} ${p50.toFixed(1).padStart(7)} ${p99.toFixed(1).padStart(7)}   CPU ${cpu.toFixed(1)}`);
}

function basic({ username, password }: RunningRoadstead['admin']): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}
