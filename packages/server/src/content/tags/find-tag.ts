import type { Digest } from '@roadstead/oci';
import type { InstanceTransaction } from '../../db/instance/instance-database.ts';
import { fromDigestBytes } from '../digest-bytes.ts';

export interface CurrentTag {
  readonly id: number;
  readonly manifestId: number;
  readonly digest: Digest;
}

/**
 * The tag as it stands now, locked until the transaction ends. The lock is taken on the tag alone and its manifest read after
 * it: a lock on the join would lose a row that another transaction has just moved.
 */
export async function findTag(
  { tx, capabilities }: InstanceTransaction,
  repositoryId: number,
  name: string,
): Promise<CurrentTag | undefined> {
  const query = tx
    .selectFrom('tags')
    .select(['id', 'manifest_id'])
    .where('repository_id', '=', repositoryId)
    .where('name', '=', name);
  const tag = await (capabilities.rowLocks ? query.forUpdate() : query).executeTakeFirst();
  if (tag === undefined) return undefined;
  const { digest } = await tx
    .selectFrom('manifests')
    .select('digest')
    .where('id', '=', tag.manifest_id)
    .executeTakeFirstOrThrow();
  return { id: tag.id, manifestId: tag.manifest_id, digest: fromDigestBytes(digest) };
}
