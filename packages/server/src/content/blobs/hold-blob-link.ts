import type { InstanceTransaction } from '../../db/instance/instance-database.ts';

export interface HoldBlobLinkInput {
  readonly repositoryId: number;
  readonly blobId: number;
  readonly heldUntil: number;
}

/** Keeps the blob in the repository until then, for somebody who pushes. False when it is not there any more. */
export async function holdBlobLink({ tx }: InstanceTransaction, input: HoldBlobLinkInput): Promise<boolean> {
  const held = await tx
    .updateTable('repository_blobs')
    .set({ held_until: input.heldUntil })
    .where('repository_id', '=', input.repositoryId)
    .where('blob_id', '=', input.blobId)
    .executeTakeFirst();
  return held.numUpdatedRows > 0n;
}
