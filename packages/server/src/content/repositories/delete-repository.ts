import type { InstanceTransaction } from '../../db/instance/instance-database.ts';
import { appendJournal } from '../../journal/journal.ts';
import type { Actor } from '../../kernel/actor.ts';
import { ProductError } from '../../kernel/errors.ts';
import { lockArtifact } from '../artifacts/find-artifact.ts';
import { fromDigestBytes } from '../digest-bytes.ts';
import { type RemovalTimes, removeManifest } from '../manifests/remove-manifest.ts';
import type { RepositoryRef } from '../repository-ref.ts';

export interface DeleteRepositoryInput extends RemovalTimes {
  readonly repository: RepositoryRef;
  /** How many manifests one transaction removes. */
  readonly limit: number;
  readonly actor: Actor;
  readonly now: number;
}

/**
 * Removes some of the artifacts of a repository, each into the trash: what no index lists before what one does (invariant 3). What the
 * gates refuse of any tag is refused before the first goes.
 * @returns whether there may be more
 * @throws ProductError NOT_FOUND when it holds nothing; what the gates throw
 */
export async function deleteRepository(context: InstanceTransaction, input: DeleteRepositoryInput): Promise<boolean> {
  const { tx } = context;
  const { repository, limit, actor, now, reviewAfter, trashWindowMs } = input;
  const row = await tx
    .selectFrom('repositories')
    .select('id')
    .where('name', '=', repository.name)
    .where('project_id', '=', repository.projectId)
    .executeTakeFirst();
  const ids = row === undefined ? [] : await findTop(context, row.id, limit);
  if (row === undefined || ids.length === 0) {
    throw new ProductError('NOT_FOUND', `repository ${repository.name} not found`);
  }
  await assertAllRemovable(context, row.id, input);
  for (const id of ids) {
    const manifest = await lockArtifact(context, id, 'update');
    if (manifest === undefined) continue;
    const { digest } = manifest;
    const removal = { repository, manifest, digest, reason: 'client', reviewAfter, trashWindowMs, now, actor };
    await removeManifest(context, { ...removal, assertRemovable: async () => {} });
  }
  const isMore = (await findTop(context, row.id, 1)).length > 0;
  if (!isMore) await recordEnd(context, row.id, input);
  return isMore;
}

/** Manifests of the repository that none of its other manifests lists, now. */
async function findTop({ tx }: InstanceTransaction, repositoryId: number, limit: number): Promise<readonly number[]> {
  const rows = await tx
    .selectFrom('manifests as m')
    .select('m.id')
    .where('m.repository_id', '=', repositoryId)
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom('manifest_descriptors as d')
            .select('d.manifest_id')
            .whereRef('d.repository_id', '=', 'm.repository_id')
            .whereRef('d.digest', '=', 'm.digest')
            .where('d.role', '=', 'manifest'),
        ),
      ),
    )
    .orderBy('m.id')
    .limit(limit)
    .execute();
  return rows.map(({ id }) => id);
}

async function assertAllRemovable(
  context: InstanceTransaction,
  repositoryId: number,
  { repository, actor }: DeleteRepositoryInput,
): Promise<void> {
  const rows = await context.tx
    .selectFrom('tags')
    .innerJoin('manifests', 'manifests.id', 'tags.manifest_id')
    .select(['tags.name', 'manifests.digest'])
    .where('tags.repository_id', '=', repositoryId)
    .orderBy('tags.name')
    .execute();
  const [first] = rows;
  if (first === undefined) return;
  await context.assertCanPush(actor, {
    kind: 'delete-manifest',
    projectId: repository.projectId,
    repository: repository.name,
    digest: fromDigestBytes(first.digest),
    tags: rows.map(({ name }) => name),
  });
}

async function recordEnd(
  { tx }: InstanceTransaction,
  repositoryId: number,
  { repository: { projectId, name }, actor, now }: DeleteRepositoryInput,
): Promise<void> {
  await tx.updateTable('repositories').set({ description: '' }).where('id', '=', repositoryId).execute();
  await appendJournal(tx, { at: now, actor, kind: 'repository.deleted', projectId, repository: name, detail: {} });
}
