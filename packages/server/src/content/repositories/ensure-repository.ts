import { OciError } from '@roadstead/oci';
import type { InstanceTransaction } from '../../db/instance/instance-database.ts';
import { assertRepositoryNameFree } from '../names/name-redirects.ts';
import type { RepositoryRef } from '../repository-ref.ts';

/**
 * The id of the repository, whose row is created by its first write.
 * @throws OciError NAME_UNKNOWN when its project was deleted meanwhile, DENIED for a name of before
 */
export async function ensureRepository(
  { tx, capabilities }: InstanceTransaction,
  repository: RepositoryRef,
  now: number,
): Promise<number> {
  const query = tx.selectFrom('repositories').select('id').where('name', '=', repository.name);
  // Held until the commit, so that the project is not deleted under the write.
  const found = await (capabilities.rowLocks ? query.forKeyShare() : query).executeTakeFirst();
  if (found !== undefined) return found.id;
  await assertProjectExists({ tx, capabilities }, repository);
  const inserted = await tx
    .insertInto('repositories')
    .values({ project_id: repository.projectId, name: repository.name, created_at: now, updated_at: now })
    .onConflict((conflict) => conflict.column('name').doUpdateSet({ updated_at: now }))
    .returning('id')
    .executeTakeFirstOrThrow();
  await assertRepositoryNameFree(tx, repository.name);
  return inserted.id;
}

async function assertProjectExists(
  { tx, capabilities }: Pick<InstanceTransaction, 'tx' | 'capabilities'>,
  repository: RepositoryRef,
): Promise<void> {
  const query = tx.selectFrom('projects').select('id').where('id', '=', repository.projectId);
  const project = await (capabilities.rowLocks ? query.forKeyShare() : query).executeTakeFirst();
  if (project === undefined) {
    throw new OciError('NAME_UNKNOWN', `The project of ${repository.name} does not exist any more.`);
  }
}
