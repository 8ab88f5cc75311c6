import type { Descriptor, Digest } from '@roadstead/oci';
import type { InstanceDatabase } from '../db/instance/instance-database.ts';
import type { BlobStorage } from '../drivers/blob-storage/blob-storage.ts';
import type { Actor } from '../kernel/actor.ts';
import type { Clock } from '../kernel/clock.ts';
import type { PullGate, PullIntent } from '../kernel/gates.ts';
import type { Ids } from '../kernel/ids.ts';
import type { Locks } from '../kernel/locks.ts';
import type { Page } from '../kernel/pages.ts';
import { Artifacts } from './artifacts/artifacts.ts';
import { type BlobReads, createBlobReads, type StoredBlob } from './blobs/blob-reads.ts';
import { deleteBlob } from './blobs/delete-blob.ts';
import { type FindBlobOptions, findReadableBlob } from './blobs/find-readable-blob.ts';
import { mountBlob } from './blobs/mount-blob.ts';
import { readBlob } from './blobs/read-blob.ts';
import { openSmallBlob, readSmallBlob } from './blobs/read-small-blob.ts';
import { type CollectionSettings, DEFAULT_COLLECTION_SETTINGS, linkTimes } from './collection/collection-settings.ts';
import { Collector } from './collection/collector.ts';
import { Labels } from './labels/labels.ts';
import { createManifestReads, type ManifestReads } from './manifests/manifest-reads.ts';
import { Manifests } from './manifests/manifests.ts';
import { PullRecorder } from './pulls/pull-recorder.ts';
import type { WantedNotes } from './pulls/record-pulls.ts';
import { listReferrers, type ReferrerListInput } from './referrers/list-referrers.ts';
import type { ReferrerCursor } from './referrers/referrer-cursor.ts';
import { listRepositories, type RepositoryListInput } from './repositories/list-repositories.ts';
import { Repositories } from './repositories/repositories.ts';
import type { RepositoryRef } from './repository-ref.ts';
import { listTags, type TagListInput } from './tags/list-tags.ts';
import type { TagAsOf } from './tags/tag-as-of.ts';
import { findTagAsOf, listTagsAsOf } from './tags/tag-history-reads.ts';
import { Trash } from './trash/trash.ts';
import { setUntaggedPolicy } from './untagged/set-untagged-policy.ts';
import { Uploads } from './uploads/uploads.ts';

export interface ContentDeps {
  /** What is noted of pulls. Default: everything. */
  readonly wantedNotes?: (() => Promise<WantedNotes>) | undefined;
  readonly database: InstanceDatabase;
  readonly storage: BlobStorage;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly pullGates: readonly PullGate[];
  readonly allowsSparse: boolean;
  readonly uploadLocks: Locks;
  readonly uploadExpiryMs: number;
  /** Asked each time, so that a change counts from then on. Default: `DEFAULT_COLLECTION_SETTINGS`. */
  readonly collection?: () => CollectionSettings;
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
  findBlob(repository: string, digest: Digest, options?: FindBlobOptions): Promise<StoredBlob | undefined>;
  readonly artifacts: Artifacts;
  /** Told of pulls. Its owner closes it before the database. */
  readonly pulls: PullRecorder;
  readonly uploads: Uploads;
  readonly repositories: Repositories;
  readonly labels: Labels;
  readonly trash: Trash;
  readonly collector: Collector;
  listRepositories(input: RepositoryListInput): Promise<Page<string>>;
  listTags(input: TagListInput): Promise<Page<string> | undefined>;
  /** Where a tag stood at a time, whether or not that is there still; undefined when there was no such tag. */
  findTagAsOf(repository: string, tag: TagAsOf): Promise<Digest | undefined>;
  listTagsAsOf(input: TagListInput & { readonly at: number }): Promise<Page<string> | undefined>;
  listReferrers(input: ReferrerListInput): Promise<Page<Descriptor, ReferrerCursor>>;
  readBlob(blob: StoredBlob, start: number, end: number, signal?: AbortSignal): AsyncIterable<Uint8Array>;
  /** False when the source does not hold the blob. */
  mountBlob(repository: RepositoryRef, actor: Actor, digest: Digest, from: string): Promise<boolean>;
  deleteBlob(repository: RepositoryRef, actor: Actor, digest: Digest): Promise<void>;
  /** Deletes untagged manifests of the project from now on; null: no more. @throws ProductError */
  setUntaggedPolicy(projectId: number, untaggedAfterMs: number | null, actor: Actor): Promise<void>;
  /** @throws what the first refusing gate throws. */
  assertCanPull(actor: Actor, intent: PullIntent): Promise<void>;
}

export function createContent(deps: ContentDeps): Content {
  const { database, storage, clock, onError } = deps;
  const { collection = () => DEFAULT_COLLECTION_SETTINGS } = deps;
  const manifestReads = createManifestReads(database);
  const blobReads = createBlobReads(database);
  const uploads = createUploads(deps, collection);
  const reading = { blobReads, storage, database, clock, collection, onError };
  return {
    manifestReads,
    manifests: new Manifests({
      database,
      reads: manifestReads,
      clock,
      allowsSparse: deps.allowsSparse,
      collection,
    }),
    blobReads,
    findBlob: (repository, digest, options) => findReadableBlob(reading, repository, digest, options),
    pulls: new PullRecorder({ ...reading, wantedNotes: deps.wantedNotes }),
    artifacts: new Artifacts({
      ...reading,
      readSmallBlob: (repository, digest, maxBytes) => readSmallBlob(reading, repository, digest, maxBytes),
      openBlob: (repository, digest, maxBytes) => openSmallBlob(reading, repository, digest, maxBytes),
    }),
    repositories: new Repositories({ database, clock, collection }),
    labels: new Labels({ database, clock }),
    uploads,
    trash: new Trash({ database, clock, collection }),
    collector: new Collector({ database, storage, clock, uploads, onError, collection }),
    listRepositories: (input) => listRepositories(database, input),
    listTags: (input) => listTags(database, input),
    findTagAsOf: (repository, tag) => findTagAsOf(database, repository, tag),
    listTagsAsOf: (input) => listTagsAsOf(database, input),
    listReferrers: (input) => listReferrers(database, input),
    readBlob: (blob, start, end, signal) => readBlob(reading, blob, { start, end, signal }),
    mountBlob: (repository, actor, digest, from) => {
      const now = clock.now();
      return database.execute(mountBlob, { repository, digest, from, ...linkTimes(collection(), now), now, actor });
    },
    deleteBlob: (repository, actor, digest) => {
      const now = clock.now();
      const { reviewAfter } = linkTimes(collection(), now);
      return database.execute(deleteBlob, { repository, digest, reviewAfter, now, actor });
    },
    setUntaggedPolicy: (projectId, untaggedAfterMs, actor) => {
      const { pushWindowMs } = collection();
      return database.execute(setUntaggedPolicy, { projectId, untaggedAfterMs, pushWindowMs, now: clock.now(), actor });
    },
    assertCanPull: async (actor, intent) => {
      for (const gate of deps.pullGates) await gate.assertCanPull(actor, intent);
    },
  };
}

function createUploads(deps: ContentDeps, collection: () => CollectionSettings): Uploads {
  const { database, storage, clock, ids, onError, createStorageKey } = deps;
  return new Uploads({
    database,
    storage,
    clock,
    ids,
    locks: deps.uploadLocks,
    expiryMs: deps.uploadExpiryMs,
    collection,
    onError,
    createStorageKey,
  });
}
