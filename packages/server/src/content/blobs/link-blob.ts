import { fixedDispatch } from '../../db/instance/fixed-statement.ts';
import type { InstanceTransaction } from '../../db/instance/instance-database.ts';
import type { LinkTimes } from '../collection/collection-settings.ts';

export interface LinkBlobInput extends LinkTimes {
  readonly repositoryId: number;
  readonly blobId: number;
  readonly now: number;
}

/**
 * Makes the blob one of the repository's; it may be so already. It is kept for the push that is told so. One that was there
 * before is in review already, unless a manifest lists it.
 */
export async function linkBlob({ tx }: InstanceTransaction, link: LinkBlobInput): Promise<void> {
  await insertRow(tx, link);
}

const insertRow = fixedDispatch<LinkBlobInput>((db, link) =>
  db
    .insertInto('repository_blobs')
    .values({
      repository_id: link.repositoryId,
      blob_id: link.blobId,
      linked_at: link.now,
      review_after: link.reviewAfter,
      held_until: link.heldUntil,
    })
    .onConflict((conflict) =>
      conflict.columns(['repository_id', 'blob_id']).doUpdateSet({ held_until: link.heldUntil }),
    ),
);
