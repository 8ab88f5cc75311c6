import type { Config } from './config/config.ts';
import type { StoredBlob } from './content/blobs/blob-reads.ts';
import { type CollectionSettings, DEFAULT_COLLECTION_SETTINGS } from './content/collection/collection-settings.ts';
import { type Content, createContent } from './content/content.ts';
import type { InstanceDatabase } from './db/instance/instance-database.ts';
import type { BlobStorage, ObjectLocation } from './drivers/blob-storage/blob-storage.ts';
import { createStorageKey } from './drivers/blob-storage/storage-key.ts';
import { createIdentity, type Identity } from './identity/identity.ts';
import type { PasswordHasher } from './identity/password-hasher.ts';
import type { Clock } from './kernel/clock.ts';
import type { Ids } from './kernel/ids.ts';
import type { Locks } from './kernel/locks.ts';
import { createSecretsEnvelope } from './kernel/secrets-envelope.ts';
import type { OperationFigures } from './operations/operation-figures.ts';
import { createOperations, type Operations } from './operations/operations.ts';
import { countStatistics, type ProjectStatistics } from './projects/count-statistics.ts';
import { createProjects, type Projects } from './projects/projects.ts';

/** One registry: everything that a customer owns, and nothing of anybody else. */
export interface Instance {
  readonly id: string;
  readonly hosts: readonly string[];
  readonly content: Content;
  /** Where the blob's bytes lie, if another than this process can read them there; undefined when they are gone. */
  locateBlob(blob: StoredBlob): Promise<ObjectLocation | undefined>;
  readonly projects: Projects;
  readonly identity: Identity;
  readonly operations: Operations;
  /** Proves that database and blobs answer and take writes now; throws what is wrong. */
  checkHealth(): Promise<void>;
  /** How many projects and repositories it holds, and how its work in the background is. */
  statistics(): Promise<ProjectStatistics & { readonly operations: OperationFigures }>;
  close(): Promise<void>;
}

export interface InstanceDeps {
  readonly config: Config;
  /** The instance's own part of the blob storage. */
  readonly openStorage: (id: string) => Promise<BlobStorage>;
  /** The instance's database with its schema up to date, wherever its writer is. */
  readonly openDatabase: (id: string) => Promise<InstanceDatabase>;
  readonly masterKey: Uint8Array;
  readonly locks: Locks;
  /** Shared by all instances, so that passwords never take more cores than it has threads. */
  readonly passwordHasher: PasswordHasher;
  readonly clock: Clock;
  readonly ids: Ids;
  /** Whether it works on the instance's jobs. Default: yes. */
  readonly runsJobs?: boolean;
  /** Told that somebody has given the instance work, which is in its database by then. */
  readonly onDue?: (() => void) | undefined;
  /** How often it looks for what other processes have queued, at least. Default: 5 s. */
  readonly pollMs?: number | undefined;
  /** Told of work that failed in the background. */
  readonly onError: (error: unknown) => void;
}

/** Opens an instance: its database brought up to date, its storage, its keys and its features, wired by hand. */
export async function openInstance(
  record: { readonly id: string; readonly hosts: readonly string[] },
  deps: InstanceDeps,
): Promise<Instance> {
  const { config, clock, ids } = deps;
  await using opening = new AsyncDisposableStack();
  const database = opening.adopt(await deps.openDatabase(record.id), (opened) => opened.close());
  const storage = opening.adopt(await deps.openStorage(record.id), (opened) => opened.close());
  const envelope = createSecretsEnvelope(deps.masterKey, record.id);
  const identity = opening.adopt(
    createIdentity({
      database,
      clock,
      ids,
      envelope,
      instanceId: record.id,
      passwordHasher: deps.passwordHasher,
      tokenTtlSeconds: Math.floor(config.tokenTtlMs / 1_000),
    }),
    (opened) => opened.close(),
  );
  const projects = createProjects({ database, clock, createsProjects: config.createProjectsOnPush });
  const collection = toCollectionSettings(config);
  const content = createContent({
    database,
    storage,
    clock,
    ids,
    pullGates: [],
    allowsSparse: config.sparseIndexes,
    uploadLocks: deps.locks,
    uploadExpiryMs: config.uploadExpiryMs,
    collection,
    createStorageKey,
    onError: deps.onError,
  });
  const operations = createOperations({
    database,
    storage,
    content,
    clock,
    ids,
    collection,
    collectionIntervalMs: config.collection.intervalMs,
    scrubBytesPerSecond: config.scrubBytesPerSecond,
    recovery: { instanceId: record.id, envelope, intervalMs: config.recoveryIntervalMs },
    onError: deps.onError,
    onDue: deps.onDue,
    ...(deps.pollMs !== undefined && { pollMs: deps.pollMs }),
  });
  opening.defer(() => operations.close());
  if (deps.runsJobs ?? true) operations.start();
  const resources = opening.move();
  return {
    id: record.id,
    hosts: record.hosts,
    content,
    // Every stored copy is plain so far; one that is sealed leads nowhere.
    locateBlob: async (blob) => storage.locateObject?.(blob.storageKey),
    projects,
    identity,
    operations,
    checkHealth: () => checkEngines(database, storage),
    statistics: async () => ({
      ...(await countStatistics(database.reader)),
      operations: await operations.figures(),
    }),
    close: () => resources.disposeAsync(),
  };
}

async function checkEngines(database: InstanceDatabase, storage: BlobStorage): Promise<void> {
  await database.checkHealth();
  await storage.checkHealth();
}

function toCollectionSettings({ collection }: Config): () => CollectionSettings {
  const { intervalMs: _, ...configured } = collection;
  const settings = { ...DEFAULT_COLLECTION_SETTINGS, ...configured };
  return () => settings;
}
