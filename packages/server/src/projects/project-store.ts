import { type Kysely, type SelectQueryBuilder, sql } from 'kysely';
import { isProjectVisible, seesEverything, type Visibility } from '../content/repositories/visibility.ts';
import type { InstanceSchema } from '../db/instance/schema.ts';
import { containsPattern } from '../db/like-pattern.ts';
import { PROJECT_COLUMNS, type Project, type ProjectDetails, type SelectedProject, toProject } from './project.ts';

/** Which projects, before paging. */
export interface ProjectFilter {
  /** Only those that one of these shows. */
  readonly visibility: readonly Visibility[];
  /** One of these. */
  readonly names?: readonly string[] | undefined;
  /** A part of the name, upper and lower case alike. */
  readonly nameContains?: string | undefined;
  readonly isPublic?: boolean | undefined;
  readonly ownerName?: string | undefined;
}

export const PROJECT_SORT_KEYS = ['name', 'creation_time', 'update_time', 'project_id'] as const;

export interface ProjectOrder {
  readonly key: (typeof PROJECT_SORT_KEYS)[number];
  readonly descending: boolean;
}

const SORT_COLUMNS = {
  name: 'projects.name',
  creation_time: 'projects.created_at',
  update_time: 'projects.updated_at',
  project_id: 'projects.id',
} as const;

export interface ProjectListing extends ProjectFilter {
  readonly order: readonly ProjectOrder[];
  readonly limit: number;
  readonly offset: number;
}

type ProjectQuery<Output> = SelectQueryBuilder<InstanceSchema, 'projects', Output>;

export async function listProjectRows(
  reader: Kysely<InstanceSchema>,
  listing: ProjectListing,
): Promise<readonly ProjectDetails[]> {
  let query = narrow(selectDetails(reader), listing);
  for (const { key, descending } of listing.order)
    query = query.orderBy(SORT_COLUMNS[key], descending ? 'desc' : 'asc');
  const rows = await query.orderBy('projects.id').limit(listing.limit).offset(listing.offset).execute();
  return rows.map(toDetails);
}

export async function countProjectRows(reader: Kysely<InstanceSchema>, filter: ProjectFilter): Promise<number> {
  const query = reader.selectFrom('projects').select((row) => row.fn.countAll<number>().as('total'));
  const { total } = await narrow(query, filter).executeTakeFirstOrThrow();
  return Number(total);
}

/** @param by the project's id, or its name */
export async function findProjectDetails(
  reader: Kysely<InstanceSchema>,
  by: number | string,
): Promise<ProjectDetails | undefined> {
  const query = selectDetails(reader);
  const row = await (typeof by === 'number'
    ? query.where('projects.id', '=', by)
    : query.where('projects.name', '=', by)
  ).executeTakeFirst();
  return row === undefined ? undefined : toDetails(row);
}

/** So many ids in a statement, below what the engines bind. */
const IDS_AT_ONCE = 5_000;

export async function findProjectsById(
  reader: Kysely<InstanceSchema>,
  ids: Iterable<number>,
): Promise<ReadonlyMap<number, Project>> {
  const wanted = [...new Set(ids)];
  const found = new Map<number, Project>();
  for (let at = 0; at < wanted.length; at += IDS_AT_ONCE) {
    const some = wanted.slice(at, at + IDS_AT_ONCE);
    const rows = await reader.selectFrom('projects').select(PROJECT_COLUMNS).where('id', 'in', some).execute();
    for (const row of rows) found.set(row.id, toProject(row));
  }
  return found;
}

interface SelectedDetails extends SelectedProject {
  readonly owner_name: string | null;
  readonly repository_count: number;
}

function selectDetails(reader: Kysely<InstanceSchema>): ProjectQuery<SelectedDetails> {
  return reader
    .selectFrom('projects')
    .select(['projects.id', 'projects.name', 'is_public', 'is_internal', 'owner_id'])
    .select(['projects.created_at', 'projects.updated_at'])
    .select((row) => [
      row.selectFrom('users').select('users.username').whereRef('users.id', '=', 'projects.owner_id').as('owner_name'),
      row
        .selectFrom('repositories')
        .select((count) => count.fn.countAll<number>().as('count'))
        .whereRef('repositories.project_id', '=', 'projects.id')
        .$asScalar()
        .$notNull()
        .as('repository_count'),
    ]);
}

function narrow<Output>(query: ProjectQuery<Output>, filter: ProjectFilter): ProjectQuery<Output> {
  const { visibility, names, nameContains, isPublic, ownerName } = filter;
  let narrowed = query;
  if (!visibility.some(seesEverything)) {
    narrowed = narrowed.where((eb) => eb.or(visibility.map((one) => isProjectVisible(one)(eb))));
  }
  if (isPublic !== undefined) narrowed = narrowed.where('is_public', '=', isPublic ? 1 : 0);
  if (names !== undefined) narrowed = narrowed.where('projects.name', 'in', names);
  if (nameContains !== undefined) {
    // Names are in lower case already.
    const pattern = containsPattern(nameContains.toLowerCase());
    narrowed = narrowed.where(sql<boolean>`projects.name like ${pattern} escape '\\'`);
  }
  if (ownerName !== undefined) {
    narrowed = narrowed.where('owner_id', 'in', (row) =>
      row.selectFrom('users').select('users.id').where('users.username', '=', ownerName),
    );
  }
  return narrowed;
}

function toDetails(row: SelectedDetails): ProjectDetails {
  return { ...toProject(row), ownerName: row.owner_name ?? undefined, repositoryCount: Number(row.repository_count) };
}
