import type { InstanceTransaction } from '../../db/instance/instance-database.ts';

/** Makes the blob one of the repository's; it may be so already. */
export async function linkBlob(
  { tx }: InstanceTransaction,
  link: { readonly repositoryId: number; readonly blobId: number; readonly now: number },
): Promise<void> {
  await tx
    .insertInto('repository_blobs')
    .values({ repository_id: link.repositoryId, blob_id: link.blobId, linked_at: link.now })
    .onConflict((conflict) => conflict.columns(['repository_id', 'blob_id']).doNothing())
    .execute();
}
