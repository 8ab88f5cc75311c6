import { OciError } from '@roadstead/oci';
import type { InstanceTransaction } from '../../db/instance/instance-database.ts';
import type { Actor } from '../../kernel/actor.ts';
import type { RepositoryRef } from '../repository-ref.ts';
import { findTag } from './find-tag.ts';
import { removeTags } from './remove-tags.ts';

export interface DeleteTagInput {
  readonly repository: RepositoryRef;
  readonly tag: string;
  readonly now: number;
  readonly actor: Actor;
}

/** Removes the tag alone: its manifest stays (invariant 2). @throws OciError MANIFEST_UNKNOWN */
export async function deleteTag(context: InstanceTransaction, input: DeleteTagInput): Promise<void> {
  const { repository, tag, now, actor } = input;
  const row = await context.tx
    .selectFrom('repositories')
    .select('id')
    .where('name', '=', repository.name)
    .executeTakeFirst();
  const current = row === undefined ? undefined : await findTag(context, row.id, tag);
  if (row === undefined || current === undefined) {
    throw new OciError('MANIFEST_UNKNOWN', `There is no tag ${tag} in ${repository.name}.`);
  }
  const { manifestId, digest } = current;
  await context.assertCanPush(actor, {
    kind: 'delete-tag',
    projectId: repository.projectId,
    repository: repository.name,
    digest,
    tags: [tag],
  });
  const tags = [{ id: current.id, name: tag }];
  await removeTags(context, { repository, repositoryId: row.id, manifestId, digest, tags, now, actor });
}
