import { sql } from 'kysely';
import type { WritableInstanceDatabase } from '../../src/db/instance/instance-database.ts';
import type { BlobStorage } from '../../src/drivers/blob-storage/blob-storage.ts';
import type { Clock } from '../../src/kernel/clock.ts';
import { systemIds } from '../../src/kernel/ids.ts';
import type { Secrets } from '../../src/kernel/secrets-envelope.ts';
import type { BaseLimits } from '../../src/operations/recovery/base-writer.ts';
import {
  type RebuildOptions,
  type RebuildReport,
  rebuildDatabase,
} from '../../src/operations/recovery/rebuild/rebuild-database.ts';
import { NOT_RECOVERED } from '../../src/operations/recovery/recovered-tables.ts';
import { Shipper, type ShipReport } from '../../src/operations/recovery/shipper.ts';
import { createLearningEnvelope } from '../../src/secrets/learning-envelope.ts';
import { createTestSecrets } from './test-envelope.ts';

export const RECOVERY_INSTANCE = 'main';
const MASTER_KEY = Buffer.alloc(32, 7);
const NEVER = Number.MAX_SAFE_INTEGER;

/** A worker that ships the records of a database. Each has a lease of its own, which ends that of the one before. */
export interface TestShipper {
  ship(): Promise<ShipReport>;
}

export interface TestShipperDeps {
  readonly database: WritableInstanceDatabase;
  readonly storage: BlobStorage;
  readonly clock: Clock;
  readonly limits?: Partial<BaseLimits>;
  readonly secrets?: Secrets;
}

export async function claimShipping(deps: TestShipperDeps): Promise<TestShipper> {
  const shipper = new Shipper({
    ...deps,
    instanceId: RECOVERY_INSTANCE,
    secrets: deps.secrets ?? createTestSecrets(MASTER_KEY, RECOVERY_INSTANCE),
    ids: systemIds,
  });
  const fence = await claim(deps.database);
  const { signal } = new AbortController();
  return { ship: () => shipper.run({ fence, signal, confirm: async () => undefined }) };
}

export function testEnvelope(masterKey: Uint8Array = MASTER_KEY) {
  return createLearningEnvelope([masterKey], RECOVERY_INSTANCE);
}

async function claim(database: WritableInstanceDatabase) {
  return database.write(async (tx) => {
    const job = {
      execution_id: null,
      name: 'ship-records',
      repeat_every_ms: 1,
      kind: 'ship-records',
      parameters: '{}',
      status: 'running',
      attempts: 1,
      max_attempts: 1,
      run_after: 0,
      lease_owner: 'test',
      lease_token: 1,
      lease_until: NEVER,
      stop_requested: 0,
      created_at: 0,
    };
    const { id, lease_token } = await tx
      .insertInto('jobs')
      .values(job)
      .onConflict((conflict) =>
        conflict.column('name').doUpdateSet((row) => ({ lease_token: row('jobs.lease_token', '+', 1) })),
      )
      .returning(['id', 'lease_token'])
      .executeTakeFirstOrThrow();
    return { jobId: id, token: lease_token };
  });
}

export interface TestRebuild {
  readonly database: WritableInstanceDatabase;
  readonly storage: BlobStorage;
  readonly clock: Clock;
  readonly masterKey?: Uint8Array;
  readonly options?: Partial<RebuildOptions>;
}

export function rebuild({ masterKey, options, ...deps }: TestRebuild): Promise<RebuildReport> {
  return rebuildDatabase(
    {
      ...deps,
      instanceId: RECOVERY_INSTANCE,
      envelope: testEnvelope(masterKey),
      ids: systemIds,
      reviewDelayMs: 1_000,
      pushWindowMs: 1_000,
      onProgress: () => undefined,
    },
    { verify: 'digest', ...options },
  );
}

type Dump = Readonly<Record<string, readonly string[]>>;

/** Every row that a rebuild has to restore, by table, past the product's own list of what to ship. */
export async function dumpDatabase(database: WritableInstanceDatabase): Promise<Dump> {
  const { reader } = database;
  const dump: Record<string, string[]> = {};
  for (const table of (await listColumns(database)).keys()) {
    if (NOT_RECOVERED[table] !== undefined) continue;
    const { rows } = await sql<Record<string, unknown>>`select * from ${sql.table(table)}`.execute(reader);
    dump[table] = rows
      .filter((row) => isRestored(table, row))
      .map((row) =>
        JSON.stringify(
          Object.entries(row)
            .filter(([column]) => !isLeftOut(table, column))
            .map(toText),
        ),
      )
      .toSorted();
  }
  return dump;
}

/** Of PostgreSQL's other schemas there are tables as well. */
export async function listColumns({
  reader,
  schema,
}: Pick<WritableInstanceDatabase, 'reader' | 'schema'>): Promise<ReadonlyMap<string, readonly string[]>> {
  const tables = await reader.introspection.getTables();
  const own = tables.filter((table) => table.schema === schema && !table.name.startsWith('kysely_'));
  return new Map(own.map(({ name, columns }) => [name, columns.map((column) => column.name)]));
}

function isRestored(table: string, row: Readonly<Record<string, unknown>>): boolean {
  if (table === 'settings') return !['collection', 'scrub', 'recovery'].includes(String(row['name']));
  return table !== 'blobs' || row['deleting_at'] === null;
}

function isLeftOut(table: string, column: string): boolean {
  return NOT_RECOVERED[`${table}.${column}`] !== undefined;
}

function toText([column, value]: readonly [string, unknown]): readonly unknown[] {
  return [column, value instanceof Uint8Array ? Buffer.from(value).toString('hex') : value];
}
