import type { InstanceDatabase } from '../../db/instance/instance-database.ts';
import { type Page, pageOf } from '../../kernel/pages.ts';
import { isVisible, seesEverything, type Visibility } from './visibility.ts';

export interface RepositoryListInput {
  readonly visibility: Visibility;
  /** Only names after this one, by code point. */
  readonly after?: string | undefined;
  readonly limit: number;
}

/** Names of the repositories that hold a manifest, in code point order. */
export async function listRepositories(database: InstanceDatabase, input: RepositoryListInput): Promise<Page<string>> {
  const { visibility, after, limit } = input;
  let query = database.reader
    .selectFrom('repositories')
    .select('repositories.name')
    .where(({ exists, selectFrom }) =>
      exists(
        selectFrom('manifests').select('manifests.id').whereRef('manifests.repository_id', '=', 'repositories.id'),
      ),
    )
    .orderBy('repositories.name')
    .limit(limit + 1);
  if (after !== undefined) query = query.where('repositories.name', '>', after);
  if (!seesEverything(visibility)) {
    query = query.innerJoin('projects', 'projects.id', 'repositories.project_id').where(isVisible(visibility));
  }
  return pageOf(await database.readColumn(query), limit, (name) => name);
}
