import { type Kysely, type SelectQueryBuilder, sql } from 'kysely';
import type { InstanceSchema } from '../../db/instance/schema.ts';
import { containsPattern } from '../../db/like-pattern.ts';
import type { Group, GroupKind } from './group.ts';

export interface GroupFilter {
  /** A part of the name, upper and lower case alike. */
  readonly nameContains?: string | undefined;
  readonly externalName?: string | undefined;
  readonly kind?: GroupKind | undefined;
}

interface SelectedGroup {
  readonly id: number;
  readonly name: string;
  readonly kind: string;
  readonly external_name: string | null;
  readonly created_at: number;
  readonly updated_at: number;
}

export interface GroupMember {
  readonly userId: number;
  readonly username: string;
}

/** By name. */
export async function listGroupRows(
  reader: Kysely<InstanceSchema>,
  filter: GroupFilter,
  { limit, offset }: { readonly limit: number; readonly offset: number },
): Promise<readonly Group[]> {
  const rows = await narrow(reader.selectFrom('user_groups').selectAll(), filter)
    .orderBy('name')
    .limit(limit)
    .offset(offset)
    .execute();
  return rows.map(toGroup);
}

export async function countGroupRows(reader: Kysely<InstanceSchema>, filter: GroupFilter): Promise<number> {
  const query = reader.selectFrom('user_groups').select((row) => row.fn.countAll<number>().as('total'));
  return Number((await narrow(query, filter).executeTakeFirstOrThrow()).total);
}

export async function findGroupRow(reader: Kysely<InstanceSchema>, id: number): Promise<Group | undefined> {
  const row = await reader.selectFrom('user_groups').selectAll().where('id', '=', id).executeTakeFirst();
  return row === undefined ? undefined : toGroup(row);
}

/** By name. */
export async function listGroupMembers(reader: Kysely<InstanceSchema>, id: number): Promise<readonly GroupMember[]> {
  return reader
    .selectFrom('user_group_members')
    .innerJoin('users', 'users.id', 'user_group_members.user_id')
    .select(['users.id as userId', 'users.username'])
    .where('group_id', '=', id)
    .orderBy('users.username')
    .execute();
}

function narrow<Output>(
  query: SelectQueryBuilder<InstanceSchema, 'user_groups', Output>,
  { nameContains, externalName, kind }: GroupFilter,
): SelectQueryBuilder<InstanceSchema, 'user_groups', Output> {
  let narrowed = query;
  if (kind !== undefined) narrowed = narrowed.where('kind', '=', kind);
  if (externalName !== undefined) narrowed = narrowed.where('external_name', '=', externalName);
  if (nameContains !== undefined && nameContains !== '') {
    const pattern = containsPattern(nameContains.toLowerCase());
    narrowed = narrowed.where(sql<boolean>`lower(name) like ${pattern} escape '\\'`);
  }
  return narrowed;
}

function toGroup(row: SelectedGroup): Group {
  return {
    id: row.id,
    name: row.name,
    kind: row.kind as GroupKind,
    externalName: row.external_name ?? undefined,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}
