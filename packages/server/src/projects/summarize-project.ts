import type { Kysely } from 'kysely';
import type { InstanceSchema } from '../db/instance/schema.ts';

/** What is counted of a project. */
export interface ProjectSummary {
  /** Those that hold something. */
  readonly repositories: number;
  /** Users and groups, by the stored names of their roles. */
  readonly members: ReadonlyMap<string, number>;
}

export async function summarizeProject(reader: Kysely<InstanceSchema>, projectId: number): Promise<ProjectSummary> {
  const { total } = await reader
    .selectFrom('repositories')
    .select((row) => row.fn.countAll<number>().as('total'))
    .where('project_id', '=', projectId)
    .where(({ exists, selectFrom }) =>
      exists(
        selectFrom('manifests').select('manifests.id').whereRef('manifests.repository_id', '=', 'repositories.id'),
      ),
    )
    .executeTakeFirstOrThrow();
  const roles = await reader
    .selectFrom('project_members')
    .select((row) => ['role', row.fn.countAll<number>().as('total')])
    .where('project_id', '=', projectId)
    .groupBy('role')
    .execute();
  return { repositories: Number(total), members: new Map(roles.map(({ role, total }) => [role, Number(total)])) };
}
