import type { Kysely, Selectable } from 'kysely';
import type { ControlPlaneSchema, InstanceRow } from '../../db/control-plane/schema.ts';
import { ConstraintError, type Database } from '../../drivers/database/database.ts';
import type { Clock } from '../../kernel/clock.ts';
import { ProductError } from '../../kernel/errors.ts';
import { hostWithoutPort, normalizeHost } from '../../kernel/host.ts';
import { type Page, pageOf } from '../../kernel/pages.ts';
import { LONGEST_SLEEP_MS } from '../waking/longest-sleep.ts';
import { assertInstanceId } from './instance-id.ts';

/** One instance as the control plane knows it: enough to open it. */
export interface InstanceRecord {
  readonly id: string;
  /** Lower-case; with a port it is this port only, without one it is every port. Empty for the single default. */
  readonly hosts: readonly string[];
  readonly state: 'active' | 'destroying';
  readonly cell: string;
  readonly schemaVersion: string | undefined;
  /** When it was or is to be woken for work of its own, in milliseconds UTC; undefined: as soon as somebody looks. */
  readonly nextDueAt: number | undefined;
  readonly createdAt: number;
}

export interface NewInstance {
  readonly id: string;
  /** At least one. */
  readonly hosts: readonly string[];
}

/** The table of instances. */
export interface InstanceRegistry {
  /** @throws ProductError BAD_REQUEST (id, hosts) or CONFLICT (either is taken) */
  createInstance(instance: NewInstance): Promise<InstanceRecord>;
  /** By id, in the order of ids. @param after the last id of the page before */
  listInstances(options?: { after?: string; limit?: number }): Promise<Page<InstanceRecord>>;
  findInstance(id: string): Promise<InstanceRecord | undefined>;
  /** Those of the ids that there are, in no order. */
  findInstances(ids: readonly string[]): Promise<readonly InstanceRecord[]>;
  /** The instance of a host; one that names the port wins over one that does not. @param host a Host header */
  findInstanceByHost(host: string): Promise<InstanceRecord | undefined>;
  /** The one instance that has hosts with this port; undefined when there is none, or more than one. */
  findInstanceByPort(port: number): Promise<InstanceRecord | undefined>;
  /** Hosts that are taken, of every instance. */
  listHosts(): Promise<readonly string[]>;
  hasInstances(): Promise<boolean>;
  /** From now on nobody opens it. @throws ProductError NOT_FOUND */
  markDestroying(id: string): Promise<void>;
  /** Removes the row, when the data are gone. */
  removeInstance(id: string): Promise<void>;
  /** Keeps which schema step the instance's database has reached; without a row (the single default) it does nothing. */
  recordSchemaVersion(id: string, schemaVersion: string): Promise<void>;
}

/** The only cell there is until instances are spread over several databases. */
const LOCAL_CELL = 'local';
const DEFAULT_PAGE_SIZE = 100;

export function createInstanceRegistry(database: Database<ControlPlaneSchema>, clock: Clock): InstanceRegistry {
  const { reader } = database;
  return {
    createInstance: (instance) => createInstance(database, clock, instance),
    listInstances: ({ after = '', limit = DEFAULT_PAGE_SIZE } = {}) => listInstances(reader, after, limit),
    findInstance: async (id) => (await findInstances(reader, [id]))[0],
    findInstances: (ids) => findInstances(reader, ids),
    findInstanceByHost: (host) => findInstanceByHost(reader, host),
    findInstanceByPort: (port) => findInstanceByPort(reader, port),
    listHosts: async () => {
      const rows = await reader.selectFrom('instance_hosts').select('host').orderBy('host').execute();
      return rows.map((row) => row.host);
    },
    hasInstances: async () =>
      (await reader.selectFrom('instances').select('id').limit(1).executeTakeFirst()) !== undefined,
    markDestroying: (id) => database.write((tx) => markDestroying(tx, id)),
    removeInstance: (id) => database.write((tx) => removeInstance(tx, id)),
    recordSchemaVersion: (id, schemaVersion) =>
      database.write((tx) => updateInstance(tx, id, { schema_version: schemaVersion })),
  };
}

async function createInstance(
  database: Database<ControlPlaneSchema>,
  clock: Clock,
  instance: NewInstance,
): Promise<InstanceRecord> {
  assertInstanceId(instance.id);
  const hosts = [...new Set(instance.hosts.map(getNormalizedHost))];
  if (hosts.length === 0) throw new ProductError('BAD_REQUEST', `the instance ${instance.id} needs at least one host`);
  const createdAt = clock.now();
  try {
    await database.write((tx) => insertInstance(tx, { id: instance.id, hosts, createdAt }));
  } catch (error) {
    if (!(error instanceof ConstraintError)) throw error;
    throw await describeConflict(database.reader, instance.id, hosts, error);
  }
  const id = instance.id;
  const nextDueAt = firstDueAt(createdAt);
  return { id, hosts, state: 'active', cell: LOCAL_CELL, schemaVersion: undefined, nextDueAt, createdAt };
}

/** Nothing is to be done in what nobody has opened: its first request makes its database. */
function firstDueAt(createdAt: number): number {
  return createdAt + LONGEST_SLEEP_MS;
}

function getNormalizedHost(text: string): string {
  const host = normalizeHost(text);
  if (host !== undefined) return host;
  throw new ProductError(
    'BAD_REQUEST',
    `"${text}" is not a host: it must be like registry.example.com or localhost:9001`,
  );
}

async function insertInstance(
  tx: Kysely<ControlPlaneSchema>,
  input: { readonly id: string; readonly hosts: readonly string[]; readonly createdAt: number },
): Promise<void> {
  const { id, hosts, createdAt } = input;
  await tx
    .insertInto('instances')
    .values({
      id,
      state: 'active',
      cell: LOCAL_CELL,
      schema_version: null,
      next_due_at: firstDueAt(createdAt),
      claimed_until: null,
      created_at: createdAt,
    })
    .execute();
  await tx
    .insertInto('instance_hosts')
    .values(hosts.map((host) => ({ host, instance_id: id })))
    .execute();
}

async function describeConflict(
  reader: Kysely<ControlPlaneSchema>,
  id: string,
  hosts: readonly string[],
  cause: unknown,
): Promise<ProductError> {
  const taken = await reader.selectFrom('instance_hosts').selectAll().where('host', 'in', hosts).executeTakeFirst();
  const message =
    taken === undefined || taken.instance_id === id
      ? `there is already an instance ${id}: choose another id`
      : `the host ${taken.host} belongs to the instance ${taken.instance_id}: choose another host`;
  return new ProductError('CONFLICT', message, { cause });
}

async function listInstances(
  reader: Kysely<ControlPlaneSchema>,
  after: string,
  limit: number,
): Promise<Page<InstanceRecord>> {
  const rows = await reader
    .selectFrom('instances')
    .selectAll()
    .where('id', '>', after)
    .orderBy('id')
    .limit(limit + 1)
    .execute();
  const page = pageOf(rows, limit, (row) => row.id);
  return { ...page, items: await withHosts(reader, page.items) };
}

const IDS_AT_ONCE = 500;

async function findInstances(
  reader: Kysely<ControlPlaneSchema>,
  ids: readonly string[],
): Promise<readonly InstanceRecord[]> {
  const found: InstanceRecord[] = [];
  for (let start = 0; start < ids.length; start += IDS_AT_ONCE) {
    const some = ids.slice(start, start + IDS_AT_ONCE);
    const rows = await reader.selectFrom('instances').selectAll().where('id', 'in', some).execute();
    found.push(...(await withHosts(reader, rows)));
  }
  return found;
}

async function findInstanceByHost(
  reader: Kysely<ControlPlaneSchema>,
  text: string,
): Promise<InstanceRecord | undefined> {
  const host = normalizeHost(text);
  if (host === undefined) return undefined;
  const rows = await reader
    .selectFrom('instance_hosts')
    .selectAll()
    .where('host', 'in', [host, hostWithoutPort(host)])
    .execute();
  const row = rows.find((candidate) => candidate.host === host) ?? rows[0];
  return row === undefined ? undefined : (await findInstances(reader, [row.instance_id]))[0];
}

async function findInstanceByPort(
  reader: Kysely<ControlPlaneSchema>,
  port: number,
): Promise<InstanceRecord | undefined> {
  const rows = await reader
    .selectFrom('instance_hosts')
    .select('instance_id')
    .distinct()
    .where('host', 'like', `%:${port}`)
    .limit(2)
    .execute();
  const [row] = rows;
  return row === undefined || rows.length > 1 ? undefined : (await findInstances(reader, [row.instance_id]))[0];
}

async function withHosts(
  reader: Kysely<ControlPlaneSchema>,
  rows: readonly Selectable<InstanceRow>[],
): Promise<readonly InstanceRecord[]> {
  if (rows.length === 0) return [];
  const ids = rows.map((row) => row.id);
  const hosts = await reader
    .selectFrom('instance_hosts')
    .selectAll()
    .where('instance_id', 'in', ids)
    .orderBy('host')
    .execute();
  const byInstance = Map.groupBy(hosts, (host) => host.instance_id);
  return rows.map((row) => ({
    id: row.id,
    hosts: (byInstance.get(row.id) ?? []).map((host) => host.host),
    state: row.state === 'active' ? 'active' : 'destroying',
    cell: row.cell,
    schemaVersion: row.schema_version ?? undefined,
    nextDueAt: row.next_due_at ?? undefined,
    createdAt: row.created_at,
  }));
}

async function markDestroying(tx: Kysely<ControlPlaneSchema>, id: string): Promise<void> {
  const result = await tx
    .updateTable('instances')
    .set({ state: 'destroying', next_due_at: null })
    .where('id', '=', id)
    .executeTakeFirst();
  if (Number(result.numUpdatedRows) === 0) throw new ProductError('NOT_FOUND', `there is no instance ${id}`);
}

async function removeInstance(tx: Kysely<ControlPlaneSchema>, id: string): Promise<void> {
  await tx.deleteFrom('instance_hosts').where('instance_id', '=', id).execute();
  await tx.deleteFrom('instances').where('id', '=', id).execute();
}

async function updateInstance(
  tx: Kysely<ControlPlaneSchema>,
  id: string,
  change: { readonly schema_version: string },
): Promise<void> {
  await tx.updateTable('instances').set(change).where('id', '=', id).execute();
}
