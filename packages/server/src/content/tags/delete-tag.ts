import { OciError } from '@roadstead/oci';
import type { Actor } from '../../kernel/actor.ts';
import type { ContentTransaction } from '../content-writer.ts';
import { fromDigestBytes } from '../digest-bytes.ts';
import type { RepositoryRef } from '../repository-ref.ts';
import { removeTags } from './remove-tags.ts';

export interface DeleteTagInput {
  readonly repository: RepositoryRef;
  readonly tag: string;
  readonly now: number;
  readonly actor: Actor;
}

/** Removes the tag alone: its manifest stays (invariant 2). @throws OciError MANIFEST_UNKNOWN */
export async function deleteTag(context: ContentTransaction, input: DeleteTagInput): Promise<void> {
  const { tx, capabilities } = context;
  const { repository, tag, now, actor } = input;
  const query = tx
    .selectFrom('tags')
    .innerJoin('repositories', 'repositories.id', 'tags.repository_id')
    .innerJoin('manifests', 'manifests.id', 'tags.manifest_id')
    .select(['tags.id', 'tags.repository_id', 'manifests.digest'])
    .where('repositories.name', '=', repository.name)
    .where('tags.name', '=', tag);
  const row = await (capabilities.rowLocks ? query.forUpdate('tags') : query).executeTakeFirst();
  if (row === undefined) throw new OciError('MANIFEST_UNKNOWN', `${repository.name} has no tag ${tag}.`);
  const digest = fromDigestBytes(row.digest);
  await context.assertCanPush(actor, {
    kind: 'delete-tag',
    projectId: repository.projectId,
    repository: repository.name,
    digest,
    tags: [tag],
  });
  const tags = [{ id: row.id, name: tag }];
  await removeTags(context, { repository, repositoryId: row.repository_id, digest, tags, now, actor });
}
