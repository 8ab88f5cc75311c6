import pg from 'pg';
import { RegistryClient } from '../content/registry-client.ts';
import { MANIFEST_TYPE, type SampleImage, seedSampleImage } from '../content/sample-image.ts';
import type { LoadRequest, PreparedLoad } from '../load/load-task.ts';
import { preparePushes } from '../load/prepare-pushes.ts';
import { prepareRequests } from '../load/prepare-requests.ts';
import { CpuClock } from '../measure/cpu-clock.ts';
import { PROJECT, pullScope, pushScope, type RunningServer } from '../servers/running-server.ts';
import type { Place, PlaceName } from './open-places.ts';

const REPOSITORY = `${PROJECT}/nodes`;
/** Of all nodes together. */
const CONNECTIONS = 12;
const WARM_UP_SECONDS = 1;
/** A push is some ten requests, and several fsyncs. */
const PUSHES_PER_REQUEST = 1 / 30;

/** What one request of a kind costs at one place. */
export interface CostCell {
  readonly place: PlaceName;
  readonly request: string;
  readonly count: number;
  /** CPU time of all nodes, in µs for each request. */
  readonly nodeMicroseconds: number;
  /** That of PostgreSQL; undefined on SQLite, whose work is the node's. */
  readonly databaseMicroseconds: number | undefined;
  /** Statements that PostgreSQL has run for each request, begin and commit among them. */
  readonly statements: number | undefined;
}

/** Sends the same load to the nodes of the place, shared evenly, and divides what it has cost by its requests. */
export async function measureCosts(place: Place, requests: number): Promise<readonly CostCell[]> {
  const [first] = place.nodes;
  if (first === undefined) throw new Error('a place has a node');
  const client = new RegistryClient(first);
  const meter = await Meter.open(place);
  try {
    const image = await seedSampleImage(client, REPOSITORY);
    const cells: CostCell[] = [];
    for (const [name, request] of await readRequests(client, image)) {
      const perConnection = Math.ceil(requests / CONNECTIONS);
      const prepare = (node: RunningServer) =>
        prepareRequests({
          kind: 'requests',
          target: node,
          connections: CONNECTIONS / place.nodes.length,
          requests: [request],
          warmUpSeconds: WARM_UP_SECONDS,
          until: { requestsPerConnection: perConnection },
        });
      cells.push(await meter.measure(name, await Promise.all(place.nodes.map(prepare))));
    }
    cells.push(await meter.measure('push of an image', await preparePushLoads(place, client, requests)));
    return cells;
  } finally {
    await meter.close();
    client.close();
  }
}

/** The reads of a registry's day, and the answer that each must get. */
async function readRequests(
  client: RegistryClient,
  { tag, manifest, smallBlob }: SampleImage,
): Promise<readonly (readonly [string, LoadRequest])[]> {
  const paths: readonly (readonly [string, LoadRequest['method'], string, string])[] = [
    ['manifest GET by tag', 'GET', `/v2/${REPOSITORY}/manifests/${tag}`, pullScope(REPOSITORY)],
    ['manifest HEAD by digest', 'HEAD', `/v2/${REPOSITORY}/manifests/${manifest.digest}`, pullScope(REPOSITORY)],
    ['blob HEAD', 'HEAD', `/v2/${REPOSITORY}/blobs/${smallBlob.digest}`, pullScope(REPOSITORY)],
    ['blob GET, 64 KiB', 'GET', `/v2/${REPOSITORY}/blobs/${smallBlob.digest}`, pullScope(REPOSITORY)],
    ['tag list', 'GET', `/v2/${REPOSITORY}/tags/list?n=100`, pullScope(REPOSITORY)],
    ['referrers', 'GET', `/v2/${REPOSITORY}/referrers/${manifest.digest}`, pullScope(REPOSITORY)],
    ['catalog', 'GET', '/v2/_catalog?n=100', 'registry:catalog:*'],
  ];
  const requests: (readonly [string, LoadRequest])[] = [];
  for (const [name, method, path, scope] of paths) {
    const { status, bodyBytes } = await client.ask(method, path, { scope });
    const headers = { Accept: MANIFEST_TYPE, ...(await client.authorize(scope)) };
    if (status !== 200) throw new Error(`${method} ${path} was answered with ${status}`);
    requests.push([name, { method, path, headers, expected: { status, bodyBytes } }]);
  }
  return requests;
}

/** Pushes last as long as they take: a set time, and what was done in it is counted. */
async function preparePushLoads(
  { nodes }: Place,
  client: RegistryClient,
  requests: number,
): Promise<readonly PreparedLoad[]> {
  const clients = CONNECTIONS / nodes.length;
  const prepare = async (node: RunningServer, index: number) => {
    const names = Array.from({ length: clients }, (_, each) => `${REPOSITORY}/push-${index}-${each}`);
    const authorize = async (name: string) => ({ name, headers: await client.authorize(pushScope(name)) });
    return preparePushes({
      kind: 'pushes',
      target: node,
      repositories: await Promise.all(names.map(authorize)),
      layerBytes: 2_048,
      warmUpSeconds: WARM_UP_SECONDS,
      seconds: Math.max(3, (requests * PUSHES_PER_REQUEST) / 40),
    });
  };
  return Promise.all(nodes.map(prepare));
}

interface Reading {
  readonly nodeSeconds: number;
  readonly databaseSeconds: number | undefined;
  readonly statements: number | undefined;
}

/** Reads what nodes and database have used. */
class Meter {
  readonly #clock = CpuClock.open();
  readonly #place: Place;
  readonly #database: pg.Client | undefined;

  private constructor(place: Place, database: pg.Client | undefined) {
    this.#place = place;
    this.#database = database;
  }

  static async open(place: Place): Promise<Meter> {
    if (place.databaseUrl === undefined) return new Meter(place, undefined);
    const database = new pg.Client({ connectionString: place.databaseUrl });
    await database.connect();
    await database.query('create extension if not exists pg_stat_statements');
    return new Meter(place, database);
  }

  async close(): Promise<void> {
    await this.#database?.end();
  }

  async measure(request: string, loads: readonly PreparedLoad[]): Promise<CostCell> {
    const before = await this.#read();
    const results = await Promise.all(loads.map((load) => load.run()));
    const after = await this.#read();
    for (const load of loads) load.close();
    const count = results.reduce((sum, result) => sum + result.count, 0);
    const each = (used: number | undefined, had: number | undefined, unit: number) =>
      used === undefined || had === undefined ? undefined : ((used - had) * unit) / count;
    return {
      place: this.#place.name,
      request,
      count,
      nodeMicroseconds: ((after.nodeSeconds - before.nodeSeconds) * 1e6) / count,
      databaseMicroseconds: each(after.databaseSeconds, before.databaseSeconds, 1e6),
      statements: each(after.statements, before.statements, 1),
    };
  }

  async #read(): Promise<Reading> {
    const { nodes, databasePid } = this.#place;
    const nodeSeconds = nodes.reduce((sum, { pid }) => sum + (pid === undefined ? 0 : this.#clock.readTree(pid)), 0);
    const databaseSeconds = databasePid === undefined ? undefined : this.#clock.readTree(databasePid);
    const { rows = [] } =
      (await this.#database?.query<{ calls: string }>(
        `select sum(calls) as calls from pg_stat_statements
         where dbid = (select oid from pg_database where datname = current_database())
           and query not like '%pg_stat_statements%'`,
      )) ?? {};
    return { nodeSeconds, databaseSeconds, statements: rows[0] && Number(rows[0].calls) };
  }
}
