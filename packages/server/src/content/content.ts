import type { Descriptor, Digest } from '@roadstead/oci';
import type { InstanceDatabase } from '../db/instance/instance-database.ts';
import type { BlobStorage } from '../drivers/blob-storage/blob-storage.ts';
import type { Actor } from '../kernel/actor.ts';
import type { Clock } from '../kernel/clock.ts';
import type { PullGate, PullIntent } from '../kernel/gates.ts';
import type { Ids } from '../kernel/ids.ts';
import type { Locks } from '../kernel/locks.ts';
import type { Page } from '../kernel/pages.ts';
import { type BlobReads, createBlobReads, type StoredBlob } from './blobs/blob-reads.ts';
import { deleteBlob } from './blobs/delete-blob.ts';
import { findReadableBlob } from './blobs/find-readable-blob.ts';
import { mountBlob } from './blobs/mount-blob.ts';
import { readBlob } from './blobs/read-blob.ts';
import { createManifestReads, type ManifestReads } from './manifests/manifest-reads.ts';
import { Manifests } from './manifests/manifests.ts';
import { listReferrers, type ReferrerListInput } from './referrers/list-referrers.ts';
import type { ReferrerCursor } from './referrers/referrer-cursor.ts';
import { listRepositories, type RepositoryListInput } from './repositories/list-repositories.ts';
import type { RepositoryRef } from './repository-ref.ts';
import { listTags, type TagListInput } from './tags/list-tags.ts';
import { Uploads } from './uploads/uploads.ts';

export interface ContentDeps {
  readonly database: InstanceDatabase;
  readonly storage: BlobStorage;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly pullGates: readonly PullGate[];
  readonly allowsSparse: boolean;
  readonly uploadLocks: Locks;
  readonly uploadExpiryMs: number;
  readonly createStorageKey: (digest: string, randomHex: string) => string;
  /** Told of what is wrong with the storage and must be seen by an operator. */
  readonly onError: (error: unknown) => void;
}

/** Everything that an instance holds: repositories, manifests, tags, referrers, blobs and uploads. */
export interface Content {
  readonly manifests: Manifests;
  readonly manifestReads: ManifestReads;
  readonly blobReads: BlobReads;
  /** The blob, if the repository holds it and its bytes can be read. */
  findBlob(repository: string, digest: Digest): Promise<StoredBlob | undefined>;
  readonly uploads: Uploads;
  listRepositories(input: RepositoryListInput): Promise<Page<string>>;
  listTags(input: TagListInput): Promise<Page<string> | undefined>;
  listReferrers(input: ReferrerListInput): Promise<Page<Descriptor, ReferrerCursor>>;
  readBlob(blob: StoredBlob, start: number, end: number, signal?: AbortSignal): AsyncIterable<Uint8Array>;
  /** False when the source does not hold the blob. */
  mountBlob(repository: RepositoryRef, actor: Actor, digest: Digest, from: string): Promise<boolean>;
  deleteBlob(repository: RepositoryRef, actor: Actor, digest: Digest): Promise<void>;
  /** @throws what the first refusing gate throws. */
  assertCanPull(actor: Actor, intent: PullIntent): Promise<void>;
}

export function createContent(deps: ContentDeps): Content {
  const { database, storage, clock, ids } = deps;
  const manifestReads = createManifestReads(database);
  const blobReads = createBlobReads(database);
  return {
    manifestReads,
    manifests: new Manifests({ database, clock, allowsSparse: deps.allowsSparse }),
    blobReads,
    findBlob: (repository, digest) => findReadableBlob({ blobReads, storage, database }, repository, digest),
    uploads: new Uploads({
      database,
      storage,
      clock,
      ids,
      locks: deps.uploadLocks,
      expiryMs: deps.uploadExpiryMs,
      onError: deps.onError,
      createStorageKey: deps.createStorageKey,
    }),
    listRepositories: (input) => listRepositories(database, input),
    listTags: (input) => listTags(database, input),
    listReferrers: (input) => listReferrers(database, input),
    readBlob: (blob, start, end, signal) =>
      readBlob({ storage, database, clock, onError: deps.onError }, blob, { start, end, signal }),
    mountBlob: (repository, actor, digest, from) =>
      database.execute(mountBlob, { repository, digest, from, now: clock.now(), actor }),
    deleteBlob: (repository, actor, digest) =>
      database.execute(deleteBlob, { repository, digest, now: clock.now(), actor }),
    assertCanPull: async (actor, intent) => {
      for (const gate of deps.pullGates) await gate.assertCanPull(actor, intent);
    },
  };
}
