import type { Config } from './config/config.ts';
import { type Content, createContent } from './content/content.ts';
import type { InstanceLocation } from './control-plane/instances/instance-location.ts';
import type { InstanceDatabase } from './db/instance/instance-database.ts';
import type { BlobStorage } from './drivers/blob-storage/blob-storage.ts';
import { openFilesystemStorage } from './drivers/blob-storage/filesystem/filesystem-storage.ts';
import { createStorageKey } from './drivers/blob-storage/storage-key.ts';
import { createIdentity, type Identity } from './identity/identity.ts';
import type { PasswordHasher } from './identity/password-hasher.ts';
import type { Clock } from './kernel/clock.ts';
import type { Ids } from './kernel/ids.ts';
import type { Locks } from './kernel/locks.ts';
import { createSecretsEnvelope } from './kernel/secrets-envelope.ts';
import { countStatistics, type ProjectStatistics } from './projects/count-statistics.ts';
import { createProjects, type Projects } from './projects/projects.ts';

/** One registry: everything that a customer owns, and nothing of anybody else. */
export interface Instance {
  readonly id: string;
  readonly hosts: readonly string[];
  readonly content: Content;
  readonly projects: Projects;
  readonly identity: Identity;
  /** Proves that database and blobs answer and take writes now; throws what is wrong. */
  checkHealth(): Promise<void>;
  /** How many projects and repositories it holds. */
  statistics(): Promise<ProjectStatistics>;
  close(): Promise<void>;
}

export interface InstanceDeps {
  readonly config: Config;
  readonly location: InstanceLocation;
  /** The instance's database with its schema up to date, wherever its writer is. */
  readonly openDatabase: (id: string) => Promise<InstanceDatabase>;
  readonly masterKey: Uint8Array;
  readonly locks: Locks;
  /** Shared by all instances, so that passwords never take more cores than it has threads. */
  readonly passwordHasher: PasswordHasher;
  readonly clock: Clock;
  readonly ids: Ids;
  /** Told of work that failed in the background. */
  readonly onError: (error: unknown) => void;
}

const RECLAIM_INTERVAL_MS = 60_000;

/** Opens an instance: its database brought up to date, its storage, its keys and its features, wired by hand. */
export async function openInstance(
  record: { readonly id: string; readonly hosts: readonly string[] },
  deps: InstanceDeps,
): Promise<Instance> {
  const { config, location, clock, ids } = deps;
  await using opening = new AsyncDisposableStack();
  const database = opening.adopt(await deps.openDatabase(record.id), (opened) => opened.close());
  const storage = opening.adopt(await openInstanceStorage(location), (opened) => opened.close());
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
  const content = createContent({
    database,
    storage,
    clock,
    ids,
    pullGates: [],
    allowsSparse: config.sparseIndexes,
    uploadLocks: deps.locks,
    uploadExpiryMs: config.uploadExpiryMs,
    createStorageKey,
    onError: deps.onError,
  });
  opening.adopt(startReclaiming(content, deps.onError), (timer) => clearInterval(timer));
  const resources = opening.move();
  return {
    id: record.id,
    hosts: record.hosts,
    content,
    projects,
    identity,
    checkHealth: async () => {
      await database.checkHealth();
      await storage.checkHealth();
    },
    statistics: () => countStatistics(database.reader),
    close: () => resources.disposeAsync(),
  };
}

/** The instance's own part of the blob storage. */
export function openInstanceStorage(location: InstanceLocation): Promise<BlobStorage> {
  return openFilesystemStorage({ rootDir: location.blobsFolder });
}

function startReclaiming(content: Content, onError: (error: unknown) => void): NodeJS.Timeout {
  const timer = setInterval(() => void content.uploads.reclaimExpired().catch(onError), RECLAIM_INTERVAL_MS);
  return timer.unref();
}
