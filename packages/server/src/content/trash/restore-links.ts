import type { Digest } from '@roadstead/oci';
import type { InstanceTransaction } from '../../db/instance/instance-database.ts';
import type { Actor } from '../../kernel/actor.ts';
import { linkBlob } from '../blobs/link-blob.ts';
import type { LinkTimes } from '../collection/collection-settings.ts';
import { fromDigestBytes, toDigestBytes } from '../digest-bytes.ts';
import type { RepositoryRef } from '../repository-ref.ts';

export interface RestoreLinksInput extends LinkTimes {
  readonly repository: RepositoryRef;
  readonly repositoryId: number;
  /** What a deleted manifest listed. */
  readonly digests: readonly Digest[];
  readonly now: number;
  readonly actor: Actor;
}

const BATCH_SIZE = 500;

/** Makes blobs that are still stored the repository's again, past the gates; what is not stored any more is left out. */
export async function restoreLinks(context: InstanceTransaction, input: RestoreLinksInput): Promise<void> {
  const { repository, repositoryId, now, reviewAfter, heldUntil } = input;
  const keys = [...new Set(input.digests)].map(toDigestBytes).toSorted(Buffer.compare);
  for (let start = 0; start < keys.length; start += BATCH_SIZE) {
    for (const blob of await holdStored(context, repositoryId, keys.slice(start, start + BATCH_SIZE))) {
      if (blob.isNew) {
        await context.assertCanPush(input.actor, {
          kind: 'blob',
          projectId: repository.projectId,
          repository: repository.name,
          digest: blob.digest,
          sizeBytes: blob.sizeBytes,
        });
      }
      await linkBlob(context, { repositoryId, blobId: blob.id, now, reviewAfter, heldUntil });
    }
  }
}

interface HeldBlob {
  readonly id: number;
  readonly digest: Digest;
  readonly sizeBytes: number;
  /** The repository does not hold it now. */
  readonly isNew: boolean;
}

/** Blobs that have one of the digests, kept from the collector by a lock on that digest; by id, as links are locked. */
async function holdStored(
  { tx, capabilities }: InstanceTransaction,
  repositoryId: number,
  keys: readonly Buffer[],
): Promise<readonly HeldBlob[]> {
  const names = tx
    .selectFrom('blob_digests')
    .select(['digest', 'blob_id'])
    .where('digest', 'in', [...keys]);
  const held = await (capabilities.rowLocks ? names.orderBy('digest').forShare() : names).execute();
  if (held.length === 0) return [];
  const digests = new Map(held.map((name) => [name.blob_id, name.digest]));
  const rows = await tx
    .selectFrom('blobs')
    .leftJoin('repository_blobs', (join) =>
      join.onRef('repository_blobs.blob_id', '=', 'blobs.id').on('repository_blobs.repository_id', '=', repositoryId),
    )
    .select(['blobs.id', 'blobs.size', 'repository_blobs.linked_at'])
    .where('blobs.id', 'in', [...digests.keys()])
    .orderBy('blobs.id')
    .execute();
  return rows.flatMap((row) => {
    const digest = digests.get(row.id);
    if (digest === undefined) return [];
    return [{ id: row.id, digest: fromDigestBytes(digest), sizeBytes: row.size, isNew: row.linked_at === null }];
  });
}
