import type { Kysely } from 'kysely';
import type { InstanceSchema } from '../db/instance/schema.ts';

/** How many projects and repositories there are; a repository counts when it holds a manifest. */
export interface ProjectStatistics {
  readonly publicProjects: number;
  readonly privateProjects: number;
  readonly publicRepositories: number;
  readonly privateRepositories: number;
}

export async function countStatistics(reader: Kysely<InstanceSchema>): Promise<ProjectStatistics> {
  const projects = await reader
    .selectFrom('projects')
    .select((row) => ['is_public', row.fn.countAll<number>().as('total')])
    .groupBy('is_public')
    .execute();
  const repositories = await reader
    .selectFrom('repositories')
    .innerJoin('projects', 'projects.id', 'repositories.project_id')
    .select((row) => ['projects.is_public', row.fn.countAll<number>().as('total')])
    .where(({ exists, selectFrom }) =>
      exists(
        selectFrom('manifests').select('manifests.id').whereRef('manifests.repository_id', '=', 'repositories.id'),
      ),
    )
    .groupBy('projects.is_public')
    .execute();
  const of = (rows: readonly { is_public: number; total: number }[], isPublic: number) =>
    Number(rows.find((row) => row.is_public === isPublic)?.total ?? 0);
  return {
    publicProjects: of(projects, 1),
    privateProjects: of(projects, 0),
    publicRepositories: of(repositories, 1),
    privateRepositories: of(repositories, 0),
  };
}
