import {
  type CollectionSettings,
  DEFAULT_COLLECTION_SETTINGS,
} from '../../src/content/collection/collection-settings.ts';
import { type Content, createContent } from '../../src/content/content.ts';
import type { RepositoryRef } from '../../src/content/repository-ref.ts';
import type { BlobStorage } from '../../src/drivers/blob-storage/blob-storage.ts';
import {
  createMemoryMedium,
  createMemoryStorage,
  type MemoryMedium,
} from '../../src/drivers/blob-storage/memory/memory-storage.ts';
import { createStorageKey } from '../../src/drivers/blob-storage/storage-key.ts';
import { type Actor, systemActor } from '../../src/kernel/actor.ts';
import { systemIds } from '../../src/kernel/ids.ts';
import { LocalLocks } from '../../src/kernel/locks.ts';
import { type Engine, openTestDatabase, type TestDatabase, type TestDatabaseOptions } from './test-database.ts';
import { createManualClock, type ManualClock, START_MS } from './test-identity.ts';

/** The content of one instance on a real database, with its blobs in memory and a clock that the test moves. */
export interface TestContent extends TestDatabase {
  readonly content: Content;
  readonly clock: ManualClock;
  readonly actor: Actor;
  readonly medium: MemoryMedium;
  /** What the content was told of. */
  readonly errors: unknown[];
  /** Changes settings of the collector from now on. */
  configure(change: Partial<CollectionSettings>): void;
  /** A project and a repository in it, by their names. */
  createRepository(project: string, name: string): Promise<RepositoryRef>;
  /** Forgets everything that was stored, as if it was opened anew. */
  reset(): Promise<void>;
  /** Bytes of all stored objects. */
  storedBytes(): number;
}

export interface TestContentOptions extends TestDatabaseOptions {
  readonly engine?: Engine;
  readonly settings?: Partial<CollectionSettings>;
  readonly uploadExpiryMs?: number;
  readonly wrapStorage?: (storage: BlobStorage) => BlobStorage;
}

const DAY_MS = 24 * 3_600_000;

/** All that content writes, dependants first. */
const TABLES = [
  'strays',
  'collection_holds',
  'trashed_descriptors',
  'trashed_manifests',
  'uploads',
  'tags',
  'tag_history',
  'manifest_descriptors',
  'manifests',
  'repository_blobs',
  'blob_digests',
  'blobs',
  'repositories',
  'projects',
  'journal',
  'settings',
] as const;

export async function openTestContent(options: TestContentOptions = {}): Promise<TestContent> {
  const { engine = 'sqlite', uploadExpiryMs = DAY_MS } = options;
  const testDatabase = await openTestDatabase(engine, options);
  const clock = createManualClock();
  const medium = createMemoryMedium();
  const storage = createMemoryStorage(medium);
  const errors: unknown[] = [];
  let settings = { ...DEFAULT_COLLECTION_SETTINGS, ...options.settings };
  const { database } = testDatabase;
  const content = createContent({
    database,
    storage: options.wrapStorage?.(storage) ?? storage,
    clock,
    ids: systemIds,
    pullGates: [],
    allowsSparse: false,
    uploadLocks: new LocalLocks(),
    uploadExpiryMs,
    collection: () => settings,
    createStorageKey,
    onError: (error) => errors.push(error),
  });
  const projectIds = new Map<string, number>();
  const createProject = async (name: string): Promise<number> => {
    const row = { name, is_public: 0, owner_id: 0, created_at: START_MS, updated_at: START_MS };
    const inserted = await database.write((tx) =>
      tx.insertInto('projects').values(row).returning('id').executeTakeFirstOrThrow(),
    );
    projectIds.set(name, inserted.id);
    return inserted.id;
  };
  return {
    ...testDatabase,
    content,
    clock,
    medium,
    errors,
    actor: systemActor('test'),
    configure: (change) => {
      settings = { ...settings, ...change };
    },
    createRepository: async (project, name) => ({
      projectId: projectIds.get(project) ?? (await createProject(project)),
      name: `${project}/${name}`,
    }),
    reset: async () => {
      await database.write(async (tx) => {
        for (const table of TABLES) await tx.deleteFrom(table).execute();
      });
      for (const part of Object.values(medium)) part.clear();
      projectIds.clear();
      errors.length = 0;
    },
    storedBytes: () => [...medium.objects.values()].reduce((sum, bytes) => sum + bytes.byteLength, 0),
  };
}
