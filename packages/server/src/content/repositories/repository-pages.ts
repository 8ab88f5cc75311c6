import type { Kysely, SelectQueryBuilder } from 'kysely';
import { filterRows, pageRows } from '../../db/apply-list-query.ts';
import type { InstanceSchema } from '../../db/instance/schema.ts';
import type { ListQuery } from '../../kernel/list-query.ts';
import { isVisible, seesEverything, type Visibility } from './visibility.ts';

/** A repository that holds something, as the management API has it. Instants are milliseconds UTC. */
export interface RepositoryDetails {
  readonly id: number;
  readonly projectId: number;
  /** With its project. */
  readonly name: string;
  readonly description: string;
  /** Those that lists of artifacts show. */
  readonly artifactCount: number;
  readonly pullCount: number;
  readonly createdAt: number;
  readonly updatedAt: number;
}

export interface RepositoryPageQuery extends ListQuery {
  /** undefined: of every project */
  readonly projectId?: number | undefined;
  readonly visibility: Visibility;
}

type Repositories<Output> = SelectQueryBuilder<InstanceSchema, 'projects' | 'repositories', Output>;

/** A page of repositories, by name unless it is said otherwise; what is counted of each is read for the page alone. */
export async function pageRepositories(
  reader: Kysely<InstanceSchema>,
  query: RepositoryPageQuery,
): Promise<{ readonly items: readonly RepositoryDetails[]; readonly total: number }> {
  const held = filterRows(selectHeld(reader, query), query.filters);
  const { total } = await held.select((eb) => eb.fn.countAll<number>().as('total')).executeTakeFirstOrThrow();
  const page = pageRows(held.select('repositories.id as id'), query, [
    { column: 'repositories.name', descending: false },
  ]);
  const ids = (await page.execute()).map(({ id }) => id);
  const found = await readRepositories(reader, ids);
  return { items: ids.flatMap((id) => found.get(id) ?? []), total: Number(total) };
}

/** @param name with its project @returns undefined when there is none that holds something */
export async function findRepositoryDetails(
  reader: Kysely<InstanceSchema>,
  { projectId, name }: { readonly projectId: number; readonly name: string },
): Promise<RepositoryDetails | undefined> {
  const row = await whereHeld(reader.selectFrom('repositories').innerJoin('projects', 'projects.id', 'project_id'))
    .select('repositories.id as id')
    .where('repositories.name', '=', name)
    .where('repositories.project_id', '=', projectId)
    .executeTakeFirst();
  return row === undefined ? undefined : (await readRepositories(reader, [row.id])).get(row.id);
}

function selectHeld(
  reader: Kysely<InstanceSchema>,
  { projectId, visibility }: RepositoryPageQuery,
): Repositories<object> {
  let query = whereHeld(reader.selectFrom('repositories').innerJoin('projects', 'projects.id', 'project_id'));
  if (projectId !== undefined) query = query.where('repositories.project_id', '=', projectId);
  if (!seesEverything(visibility)) query = query.where(isVisible(visibility));
  return query;
}

function whereHeld<Output>(query: Repositories<Output>): Repositories<Output> {
  return query.where(({ exists, selectFrom }) =>
    exists(selectFrom('manifests').select('manifests.id').whereRef('manifests.repository_id', '=', 'repositories.id')),
  );
}

async function readRepositories(
  reader: Kysely<InstanceSchema>,
  ids: readonly number[],
): Promise<ReadonlyMap<number, RepositoryDetails>> {
  if (ids.length === 0) return new Map();
  const rows = await reader
    .selectFrom('repositories as r')
    .leftJoin('pulls as p', (join) => join.onRef('p.id', '=', 'r.id').on('p.kind', '=', 'repository'))
    .select(['r.id', 'r.project_id', 'r.name', 'r.description', 'r.created_at', 'r.updated_at', 'p.count as pulls'])
    .select((eb) =>
      eb
        .selectFrom('artifacts as a')
        .select((count) => count.fn.countAll<number>().as('count'))
        .whereRef('a.repository_id', '=', 'r.id')
        .where('a.is_listed', '=', 1)
        .as('artifacts'),
    )
    .where('r.id', 'in', [...ids])
    .execute();
  return new Map(
    rows.map((row) => [
      row.id,
      {
        id: row.id,
        projectId: row.project_id,
        name: row.name,
        description: row.description,
        artifactCount: Number(row.artifacts ?? 0),
        pullCount: Number(row.pulls ?? 0),
        createdAt: row.created_at,
        updatedAt: row.updated_at,
      },
    ]),
  );
}
