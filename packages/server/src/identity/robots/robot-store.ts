import { type Kysely, type SelectQueryBuilder, sql } from 'kysely';
import type { InstanceSchema } from '../../db/instance/schema.ts';
import { containsPattern } from '../../db/like-pattern.ts';
import { ROBOT_COLUMNS, type Robot, toRobot } from './robot.ts';

/** Which robots, before paging: those of one project, or those of the system. */
export interface RobotFilter {
  readonly projectId: number | undefined;
  /** One of these whole names, without the prefix. */
  readonly fullNames?: readonly string[] | undefined;
  /** A part of the name, upper and lower case alike. */
  readonly nameContains?: string | undefined;
}

const SORT_COLUMNS = {
  id: 'id',
  name: 'full_name',
  description: 'description',
  duration: 'duration_days',
  expires_at: 'expires_at',
  creation_time: 'created_at',
  update_time: 'updated_at',
} as const;

export type RobotSortKey = keyof typeof SORT_COLUMNS;
export const ROBOT_SORT_KEYS = Object.keys(SORT_COLUMNS) as readonly RobotSortKey[];

export interface RobotOrder {
  readonly key: RobotSortKey;
  readonly descending: boolean;
}

export interface RobotListing extends RobotFilter {
  readonly order: readonly RobotOrder[];
  readonly limit: number;
  readonly offset: number;
}

export async function listRobotRows(reader: Kysely<InstanceSchema>, listing: RobotListing): Promise<readonly Robot[]> {
  let query = narrow(reader.selectFrom('robots').select(ROBOT_COLUMNS), listing);
  for (const { key, descending } of listing.order)
    query = query.orderBy(SORT_COLUMNS[key], descending ? 'desc' : 'asc');
  const rows = await query.orderBy('id').limit(listing.limit).offset(listing.offset).execute();
  return rows.map(toRobot);
}

export async function countRobotRows(reader: Kysely<InstanceSchema>, filter: RobotFilter): Promise<number> {
  const query = reader.selectFrom('robots').select((row) => row.fn.countAll<number>().as('total'));
  return Number((await narrow(query, filter).executeTakeFirstOrThrow()).total);
}

function narrow<Output>(
  query: SelectQueryBuilder<InstanceSchema, 'robots', Output>,
  { projectId, fullNames, nameContains }: RobotFilter,
): SelectQueryBuilder<InstanceSchema, 'robots', Output> {
  let narrowed =
    projectId === undefined ? query.where('project_id', 'is', null) : query.where('project_id', '=', projectId);
  if (fullNames !== undefined) narrowed = narrowed.where('full_name', 'in', fullNames);
  if (nameContains !== undefined) {
    // Names are in lower case already.
    const pattern = containsPattern(nameContains.toLowerCase());
    narrowed = narrowed.where(sql<boolean>`full_name like ${pattern} escape '\\'`);
  }
  return narrowed;
}
