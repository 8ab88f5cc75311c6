import type { InstanceDatabase } from '../../db/instance/instance-database.ts';

/** After how many milliseconds the project's untagged manifests are deleted; null: they stay, as in a project that is not there. */
export async function findUntaggedPolicy({ reader }: InstanceDatabase, projectId: number): Promise<number | null> {
  const row = await reader
    .selectFrom('projects')
    .select('untagged_after_ms')
    .where('id', '=', projectId)
    .executeTakeFirst();
  return row?.untagged_after_ms ?? null;
}
