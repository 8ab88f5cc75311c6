import { type Digest, OciError } from '@roadstead/oci';
import { fixedDispatch, fixedStatement } from '../../db/instance/fixed-statement.ts';
import type { InstanceTransaction } from '../../db/instance/instance-database.ts';
import type { TagHistoryRow } from '../../db/instance/schema.ts';
import { dispatch } from '../../drivers/database/database.ts';
import { appendJournal } from '../../journal/journal.ts';
import type { Actor } from '../../kernel/actor.ts';
import { principalKey } from '../../kernel/principal.ts';
import { setAccessoryOfTag } from '../artifacts/describe-artifact.ts';
import { toDigestBytes } from '../digest-bytes.ts';
import { assertConditions, type PushConditions } from '../push-conditions.ts';
import type { RepositoryRef } from '../repository-ref.ts';
import { type CurrentTag, findTag } from './find-tag.ts';

export interface MoveTagInput {
  readonly repository: RepositoryRef;
  readonly repositoryId: number;
  readonly tag: string;
  readonly manifestId: number;
  readonly digest: Digest;
  readonly conditions: PushConditions;
  readonly now: number;
  readonly actor: Actor;
}

/** Points the tag at a manifest of the repository. @throws OciError PRECONDITION_FAILED */
export async function moveTag(context: InstanceTransaction, input: MoveTagInput): Promise<void> {
  const { tx } = context;
  const { repositoryId, tag, manifestId, now } = input;
  const current = await findOrInsert(context, input);
  if (current === 'inserted') {
    assertTagConditions(input, undefined);
    await recordMove(context, input, undefined);
    return;
  }
  assertTagConditions(input, current.digest);
  if (current.manifestId === manifestId) return;
  const { repository, digest, actor } = input;
  // Here, where it is locked: whoever set it meanwhile came first.
  await context.assertCanPush(actor, {
    kind: 'move-tag',
    projectId: repository.projectId,
    repository: repository.name,
    digest,
    tags: [tag],
  });
  await dispatch(
    tx,
    tx
      .updateTable('tags')
      .set({ manifest_id: manifestId, updated_at: now })
      .where('repository_id', '=', repositoryId)
      .where('name', '=', tag),
  );
  await recordMove(context, input, current.digest);
}

/** Others may create and delete the tag between a look and an insert; nobody does so ten times in a row. */
const MAX_LOOKS = 10;

async function findOrInsert(context: InstanceTransaction, input: MoveTagInput): Promise<'inserted' | CurrentTag> {
  const { repositoryId, tag, manifestId, now } = input;
  for (let look = 0; look < MAX_LOOKS; look += 1) {
    const current = await findTag(context, repositoryId, tag);
    if (current !== undefined) return current;
    const { rows } = await insertTag(context.tx, { repositoryId, tag, manifestId, now });
    if (rows.length > 0) return 'inserted';
  }
  throw new OciError('UNAVAILABLE', `The tag ${tag} is being changed by others: try again.`);
}

const insertTag = fixedStatement<
  Pick<MoveTagInput, 'repositoryId' | 'tag' | 'manifestId' | 'now'>,
  { readonly id: number }
>((db, { repositoryId, tag, manifestId, now }) =>
  db
    .insertInto('tags')
    .values({ repository_id: repositoryId, name: tag, manifest_id: manifestId, created_at: now, updated_at: now })
    .onConflict((conflict) => conflict.columns(['repository_id', 'name']).doNothing())
    .returning('id'),
);

function assertTagConditions({ tag, conditions }: MoveTagInput, current: Digest | undefined): void {
  assertConditions(conditions, { what: `The tag ${tag}`, subject: { tag }, digest: current });
}

async function recordMove(
  context: InstanceTransaction,
  { repository, repositoryId, tag, manifestId, digest, now, actor }: MoveTagInput,
  before: Digest | undefined,
): Promise<void> {
  const { tx } = context;
  await setAccessoryOfTag(context, { id: manifestId, repositoryId }, tag);
  await insertHistory(tx, {
    repository_id: repositoryId,
    name: tag,
    digest: toDigestBytes(digest),
    before_digest: before === undefined ? null : toDigestBytes(before),
    at: now,
    actor: principalKey(actor.principal),
  });
  await appendJournal(tx, {
    at: now,
    actor,
    kind: 'tag.moved',
    projectId: repository.projectId,
    repository: repository.name,
    detail: { tag, digest, before: before ?? null },
  });
}

const insertHistory = fixedDispatch<Omit<TagHistoryRow, 'id'>>((db, row) =>
  db.insertInto('tag_history').values({
    repository_id: row.repository_id,
    name: row.name,
    digest: row.digest,
    before_digest: row.before_digest,
    at: row.at,
    actor: row.actor,
  }),
);
