import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { CollectionSettings } from '../../../src/content/collection/collection-settings.ts';
import { type Content, createContent } from '../../../src/content/content.ts';
import type { RepositoryRef } from '../../../src/content/repository-ref.ts';
import { createInstanceDatabase } from '../../../src/db/instance/instance-database.ts';
import { INSTANCE_MIGRATIONS } from '../../../src/db/instance/migrations.ts';
import type { InstanceSchema } from '../../../src/db/instance/schema.ts';
import { migrateDatabase } from '../../../src/db/migrate.ts';
import type { BlobStorage } from '../../../src/drivers/blob-storage/blob-storage.ts';
import { createStorageKey } from '../../../src/drivers/blob-storage/storage-key.ts';
import type { Database } from '../../../src/drivers/database/database.ts';
import { openPostgresDatabase } from '../../../src/drivers/database/postgres/postgres-database.ts';
import { openSqliteDatabase } from '../../../src/drivers/database/sqlite/sqlite-database.ts';
import type { Actor } from '../../../src/kernel/actor.ts';
import type { Clock } from '../../../src/kernel/clock.ts';
import { systemIds } from '../../../src/kernel/ids.ts';
import { LocalLocks } from '../../../src/kernel/locks.ts';
import { createBlobMedium } from './blob-medium.ts';
import { collect } from './collect.ts';
import { createEngineDatabase, type Engine } from './engines.ts';

/** The content of one instance without HTTP, with a clock that the test moves and drivers that it may break. */
export interface OpenContent {
  readonly content: Content;
  readonly database: Database<InstanceSchema>;
  readonly storage: BlobStorage;
  readonly clock: Clock & { advance(milliseconds: number): void };
  /** `team/app`, in a project that exists. */
  readonly repository: RepositoryRef;
  readonly actor: Actor;
  countUploads(): Promise<number>;
  listUploads(): Promise<readonly string[]>;
  listObjectKeys(): Promise<readonly string[]>;
  close(): Promise<void>;
}

export interface OpenContentOptions {
  readonly engine: Engine;
  readonly uploadExpiryMs?: number;
  /** Asked each time. */
  readonly collection?: () => CollectionSettings;
  /** Put something in the place of the real driver, which it gets. */
  readonly wrapStorage?: (storage: BlobStorage) => BlobStorage;
  readonly wrapDatabase?: (database: Database<InstanceSchema>) => Database<InstanceSchema>;
}

const START_MS = Date.UTC(2030, 0, 1);
const DAY_MS = 24 * 3_600_000;

export async function openContent(options: OpenContentOptions): Promise<OpenContent> {
  const { engine, uploadExpiryMs = DAY_MS } = options;
  await using opening = new AsyncDisposableStack();
  const folder = await mkdtemp(path.join(tmpdir(), 'roadstead-content-'));
  opening.defer(() => rm(folder, { recursive: true, force: true }));
  const database = opening.adopt(await openDatabase(engine, folder, opening), (opened) => opened.close());
  await migrateDatabase(database, INSTANCE_MIGRATIONS);
  const medium = await createBlobMedium(folder);
  opening.defer(() => medium.remove());
  const storage = opening.adopt(await medium.openStorage('main'), (opened) => opened.close());
  const clock = createManualClock();
  const content = createContent({
    database: createInstanceDatabase(options.wrapDatabase?.(database) ?? database, []),
    storage: options.wrapStorage?.(storage) ?? storage,
    clock,
    ids: systemIds,
    pullGates: [],
    allowsSparse: false,
    uploadLocks: new LocalLocks(),
    uploadExpiryMs,
    ...(options.collection === undefined ? {} : { collection: options.collection }),
    createStorageKey,
    onError: (error) => console.error(error),
  });
  const projectId = await insertProject(database);
  const resources = opening.move();
  return {
    content,
    database,
    storage,
    clock,
    repository: { projectId, name: 'team/app' },
    actor: { principal: { kind: 'system', name: 'test' }, requestId: 'test', address: '', userAgent: '' },
    countUploads: async () => (await database.reader.selectFrom('uploads').select('id').execute()).length,
    listUploads: () => collect(storage.listUploads()),
    listObjectKeys: () => collect(storage.listObjectKeys()),
    close: () => resources.disposeAsync(),
  };
}

async function openDatabase(
  engine: Engine,
  folder: string,
  opening: AsyncDisposableStack,
): Promise<Database<InstanceSchema>> {
  if (engine === 'sqlite') return openSqliteDatabase<InstanceSchema>(path.join(folder, 'metadata.sqlite'));
  const { url, drop } = await createEngineDatabase();
  opening.defer(drop);
  return openPostgresDatabase<InstanceSchema>({
    url,
    schema: 'content',
    owner: 'role',
    maxConnections: 8,
    connectTimeoutMs: 5_000,
  });
}

async function insertProject(database: Database<InstanceSchema>): Promise<number> {
  const row = { name: 'team', is_public: 0, owner_id: 0, created_at: START_MS, updated_at: START_MS };
  const { id } = await database.write((tx) =>
    tx.insertInto('projects').values(row).returning('id').executeTakeFirstOrThrow(),
  );
  return id;
}

function createManualClock(): Clock & { advance(milliseconds: number): void } {
  let now = START_MS;
  return {
    now: () => now,
    advance: (milliseconds) => {
      now += milliseconds;
    },
  };
}
