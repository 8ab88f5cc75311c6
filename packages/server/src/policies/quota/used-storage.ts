import type { Kysely } from 'kysely';
import type { InstanceSchema } from '../../db/instance/schema.ts';

/**
 * How many bytes projects hold, of which there is this one formula (invariant 10): each blob of a project once, however many of its
 * repositories hold it, and each of its manifests once. What lies in the trash is not counted, nor what is still being uploaded.
 * A query of `project_id` and `bytes`; projects that hold nothing have no row.
 */
export function selectUsedStorage(db: Kysely<InstanceSchema>, projectIds?: readonly number[]) {
  let repositories = db.selectFrom('repositories').select(['id', 'project_id']);
  if (projectIds !== undefined) repositories = repositories.where('project_id', 'in', [...projectIds, -1]);
  const blobs = db
    .selectFrom(repositories.as('of_blobs'))
    .innerJoin('repository_blobs', 'repository_blobs.repository_id', 'of_blobs.id')
    .innerJoin('blobs', 'blobs.id', 'repository_blobs.blob_id')
    .select(['of_blobs.project_id', 'blobs.id as blob_id', 'blobs.size'])
    .distinct();
  const manifests = db
    .selectFrom(repositories.as('of_manifests'))
    .innerJoin('manifests', 'manifests.repository_id', 'of_manifests.id')
    .select(['of_manifests.project_id', 'manifests.digest', 'manifests.size'])
    .distinct();
  const parts = db
    .selectFrom(blobs.as('held_blobs'))
    .select(['project_id', 'size'])
    .unionAll(db.selectFrom(manifests.as('held_manifests')).select(['project_id', 'size']));
  return db
    .selectFrom(parts.as('held'))
    .select(({ eb, fn }) => ['project_id', eb.cast<number>(fn.sum('size'), 'bigint').as('bytes')])
    .groupBy('project_id');
}

/** In bytes. */
export async function countUsedStorage(db: Kysely<InstanceSchema>, projectId: number): Promise<number> {
  const row = await selectUsedStorage(db, [projectId]).executeTakeFirst();
  return Number(row?.bytes ?? 0);
}
