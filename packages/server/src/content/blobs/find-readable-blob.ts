import type { Digest } from '@roadstead/oci';
import type { InstanceDatabase } from '../../db/instance/instance-database.ts';
import type { BlobStorage } from '../../drivers/blob-storage/blob-storage.ts';
import type { BlobReads, StoredBlob } from './blob-reads.ts';
import { setBlobLost } from './set-blob-lost.ts';

export interface FindReadableBlobDeps {
  readonly blobReads: BlobReads;
  readonly storage: BlobStorage;
  readonly database: InstanceDatabase;
}

/**
 * The blob, if the repository holds it and its bytes can be read. One that was marked as lost is looked for again: a volume
 * that was not mounted for a while brings its blobs back.
 */
export async function findReadableBlob(
  { blobReads, storage, database }: FindReadableBlobDeps,
  repository: string,
  digest: Digest,
): Promise<StoredBlob | undefined> {
  const blob = await blobReads.find(repository, digest);
  if (blob === undefined || !blob.isLost) return blob;
  if ((await storage.findObjectSize(blob.storageKey)) !== blob.size) return undefined;
  await database.execute(setBlobLost, { copy: { blobId: blob.id, storageKey: blob.storageKey }, lostAt: null });
  return { ...blob, isLost: false };
}
