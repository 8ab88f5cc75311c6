import type { InstanceTransaction } from '../../db/instance/instance-database.ts';
import { assertJobLease, type JobFence } from '../../jobs/job-fence.ts';
import { appendJournal } from '../../journal/journal.ts';
import type { Actor } from '../../kernel/actor.ts';
import type { BlobCopy } from '../blobs/commit-blob.ts';

export interface CondemnCopyInput {
  readonly copy: BlobCopy;
  readonly digest: string;
  readonly sizeBytes: number;
  /** `damaged`: other bytes than the digest says, moved out of the way; `missing`: the storage has no such object. */
  readonly verdict: 'damaged' | 'missing';
  readonly fence?: JobFence | undefined;
  readonly now: number;
  readonly actor: Actor;
}

/**
 * From now on the blob counts as absent, so that clients push it again; its links stay. Told in the journal.
 * @returns false when the blob has another copy, or none, by now
 */
export async function condemnCopy(context: InstanceTransaction, input: CondemnCopyInput): Promise<boolean> {
  const { tx } = context;
  const { copy, now, actor, digest, sizeBytes, verdict } = input;
  if (input.fence !== undefined) await assertJobLease(context, input.fence, now);
  const condemned = await tx
    .updateTable('blobs')
    .set({ lost_at: now })
    .where('id', '=', copy.blobId)
    .where('storage_key', '=', copy.storageKey)
    .where('lost_at', 'is', null)
    .where('deleting_at', 'is', null)
    .executeTakeFirst();
  if (condemned.numUpdatedRows === 0n) return false;
  await appendJournal(tx, {
    at: now,
    actor,
    kind: `blob.${verdict}`,
    detail: { digest, sizeBytes, storageKey: copy.storageKey },
  });
  return true;
}
