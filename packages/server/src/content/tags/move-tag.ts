import { type Digest, OciError, satisfiesIfMatch, satisfiesIfNoneMatch } from '@roadstead/oci';
import { appendJournal } from '../../journal/journal.ts';
import type { Actor } from '../../kernel/actor.ts';
import { principalKey } from '../../kernel/principal.ts';
import type { ContentTransaction } from '../content-writer.ts';
import { fromDigestBytes, toDigestBytes } from '../digest-bytes.ts';
import type { RepositoryRef } from '../repository-ref.ts';

/** The request's If-Match and If-None-Match, judged against the tag's digest at the moment of the write (invariant 7). */
export interface TagConditions {
  readonly ifMatch: string | undefined;
  readonly ifNoneMatch: string | undefined;
}

export interface MoveTagInput {
  readonly repository: RepositoryRef;
  readonly repositoryId: number;
  readonly tag: string;
  readonly manifestId: number;
  readonly digest: Digest;
  readonly conditions: TagConditions;
  readonly now: number;
  readonly actor: Actor;
}

interface CurrentTag {
  readonly id: number;
  readonly manifest_id: number;
  readonly digest: Buffer;
}

/** Points the tag at a manifest of the repository. @throws OciError PRECONDITION_FAILED */
export async function moveTag(context: ContentTransaction, input: MoveTagInput): Promise<void> {
  const { tx } = context;
  const { repositoryId, tag, manifestId, now } = input;
  const current = (await findTag(context, input)) ?? (await insertTag(context, input));
  if (current === 'inserted') {
    assertConditions(input, undefined);
    await recordMove(context, input, undefined);
    return;
  }
  const before = fromDigestBytes(current.digest);
  assertConditions(input, before);
  if (current.manifest_id === manifestId) return;
  await tx
    .updateTable('tags')
    .set({ manifest_id: manifestId, updated_at: now })
    .where('repository_id', '=', repositoryId)
    .where('name', '=', tag)
    .execute();
  await recordMove(context, input, before);
}

async function findTag(
  { tx, capabilities }: ContentTransaction,
  { repositoryId, tag }: MoveTagInput,
): Promise<CurrentTag | undefined> {
  const query = tx
    .selectFrom('tags')
    .innerJoin('manifests', 'manifests.id', 'tags.manifest_id')
    .select(['tags.id', 'tags.manifest_id', 'manifests.digest'])
    .where('tags.repository_id', '=', repositoryId)
    .where('tags.name', '=', tag);
  return (capabilities.rowLocks ? query.forUpdate('tags') : query).executeTakeFirst();
}

/** Inserts the tag; if another transaction has just done so, waits for it and gives what it wrote. */
async function insertTag(context: ContentTransaction, input: MoveTagInput): Promise<'inserted' | CurrentTag> {
  const { repositoryId, tag, manifestId, now } = input;
  const inserted = await context.tx
    .insertInto('tags')
    .values({ repository_id: repositoryId, name: tag, manifest_id: manifestId, created_at: now, updated_at: now })
    .onConflict((conflict) => conflict.columns(['repository_id', 'name']).doNothing())
    .returning('id')
    .executeTakeFirst();
  if (inserted !== undefined) return 'inserted';
  const current = await findTag(context, input);
  // Created and deleted by others in the blink between: the tag did not exist, and the client may try again.
  if (current === undefined) throw new OciError('UNAVAILABLE', `The tag ${tag} is being changed: try again.`);
  return current;
}

function assertConditions({ tag, conditions }: MoveTagInput, current: Digest | undefined): void {
  const { ifMatch, ifNoneMatch } = conditions;
  if (satisfiesIfMatch(ifMatch, current) && satisfiesIfNoneMatch(ifNoneMatch, current)) return;
  const now = current === undefined ? 'does not exist' : `is at ${current}`;
  throw new OciError(
    'PRECONDITION_FAILED',
    `The tag ${tag} ${now}, which your condition excludes: nothing was changed.`,
    {
      detail: { tag, current: current ?? null },
    },
  );
}

async function recordMove(
  { tx }: ContentTransaction,
  { repository, repositoryId, tag, digest, now, actor }: MoveTagInput,
  before: Digest | undefined,
): Promise<void> {
  await tx
    .insertInto('tag_history')
    .values({
      repository_id: repositoryId,
      name: tag,
      digest: toDigestBytes(digest),
      at: now,
      actor: principalKey(actor.principal),
    })
    .execute();
  await appendJournal(tx, {
    at: now,
    actor,
    kind: 'tag.moved',
    projectId: repository.projectId,
    repository: repository.name,
    detail: { tag, digest, before: before ?? null },
  });
}
