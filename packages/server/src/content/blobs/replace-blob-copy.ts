import type { InstanceTransaction } from '../../db/instance/instance-database.ts';
import type { BlobCopy } from './commit-blob.ts';

export interface ReplaceBlobCopyInput {
  /** The copy whose bytes are lost. */
  readonly lost: BlobCopy;
  /** Where the same bytes lie now, durable and verified. */
  readonly storageKey: string;
}

/** Points a blob at a new copy of its bytes. False when somebody else has done so meanwhile, or it is being removed. */
export async function replaceBlobCopy({ tx }: InstanceTransaction, input: ReplaceBlobCopyInput): Promise<boolean> {
  const updated = await tx
    .updateTable('blobs')
    .set({ storage_key: input.storageKey, encoding: 'plain', key_id: null, lost_at: null })
    .where('id', '=', input.lost.blobId)
    .where('storage_key', '=', input.lost.storageKey)
    .where('deleting_at', 'is', null)
    .executeTakeFirst();
  return updated.numUpdatedRows > 0n;
}
