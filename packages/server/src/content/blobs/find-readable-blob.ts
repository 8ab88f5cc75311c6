import type { Digest } from '@roadstead/oci';
import type { InstanceDatabase } from '../../db/instance/instance-database.ts';
import type { BlobStorage } from '../../drivers/blob-storage/blob-storage.ts';
import type { Clock } from '../../kernel/clock.ts';
import { type CollectionSettings, linkTimes, needsHold } from '../collection/collection-settings.ts';
import type { BlobReads, LinkedBlob, StoredBlob } from './blob-reads.ts';
import { holdBlobLink } from './hold-blob-link.ts';
import { setBlobLost } from './set-blob-lost.ts';

export interface FindReadableBlobDeps {
  readonly blobReads: BlobReads;
  readonly storage: BlobStorage;
  readonly database: InstanceDatabase;
  readonly clock: Clock;
  readonly collection: () => CollectionSettings;
}

export interface FindBlobOptions {
  /**
   * Who asks may push to the repository, and will do without the upload when the blob is here: then it stays for half a push
   * window at least, whatever is deleted meanwhile.
   */
  readonly holds?: boolean | undefined;
}

/**
 * The blob, if the repository holds it and its bytes can be read. One that was marked as lost is looked for again: a volume
 * that was not mounted for a while brings its blobs back.
 */
export async function findReadableBlob(
  deps: FindReadableBlobDeps,
  repository: string,
  digest: Digest,
  { holds = false }: FindBlobOptions = {},
): Promise<StoredBlob | undefined> {
  const blob = await deps.blobReads.find(repository, digest);
  if (blob === undefined || (blob.isLost && !(await isBack(deps, blob)))) return undefined;
  if (holds && !(await hold(deps, blob))) return undefined;
  return { ...blob, isLost: false };
}

async function isBack({ storage, database }: FindReadableBlobDeps, blob: StoredBlob): Promise<boolean> {
  if ((await storage.findObjectSize(blob.storageKey)) !== blob.size) return false;
  await database.execute(setBlobLost, { copy: { blobId: blob.id, storageKey: blob.storageKey }, lostAt: null });
  return true;
}

async function hold({ database, clock, collection }: FindReadableBlobDeps, blob: LinkedBlob): Promise<boolean> {
  const settings = collection();
  const now = clock.now();
  if (!needsHold(settings, now, blob.heldUntil)) return true;
  const { heldUntil } = linkTimes(settings, now);
  return database.execute(holdBlobLink, { repositoryId: blob.repositoryId, blobId: blob.id, heldUntil });
}
