import type { Digest } from '@roadstead/oci';
import type { InstanceTransaction } from '../../db/instance/instance-database.ts';
import { appendJournal } from '../../journal/journal.ts';
import type { Actor } from '../../kernel/actor.ts';
import { principalKey } from '../../kernel/principal.ts';
import { toDigestBytes } from '../digest-bytes.ts';
import type { RepositoryRef } from '../repository-ref.ts';

export interface RemoveTagsInput {
  readonly repository: RepositoryRef;
  readonly repositoryId: number;
  readonly manifestId: number;
  readonly digest: Digest;
  readonly tags: readonly { readonly id: number; readonly name: string }[];
  readonly now: number;
  readonly actor: Actor;
}

/** Removes tags that stand at a manifest, with a line each in the tag history and the journal; one that has moved stays. */
export async function removeTags({ tx }: InstanceTransaction, input: RemoveTagsInput): Promise<void> {
  const { repository, repositoryId, manifestId, digest, now, actor } = input;
  for (const { id, name } of input.tags) {
    const removed = await tx
      .deleteFrom('tags')
      .where('id', '=', id)
      .where('manifest_id', '=', manifestId)
      .executeTakeFirst();
    if (removed.numDeletedRows === 0n) continue;
    await tx
      .insertInto('tag_history')
      .values({
        repository_id: repositoryId,
        name,
        digest: null,
        before_digest: toDigestBytes(digest),
        at: now,
        actor: principalKey(actor.principal),
      })
      .execute();
    await appendJournal(tx, {
      at: now,
      actor,
      kind: 'tag.deleted',
      projectId: repository.projectId,
      repository: repository.name,
      detail: { tag: name, before: digest },
    });
  }
}
