import { type Kysely, type SelectQueryBuilder, sql } from 'kysely';
import type { InstanceSchema } from '../../db/instance/schema.ts';
import { containsPattern } from '../../db/like-pattern.ts';
import { shownRoleName } from '../roles/role.ts';
import { roleIdOf } from '../roles/role-ids.ts';
import type { MemberEntity, ProjectMember } from './member.ts';

export interface MemberFilter {
  readonly projectId: number;
  /** A part of the name of the user or the group, upper and lower case alike. */
  readonly nameContains?: string | undefined;
}

interface SelectedMember {
  readonly id: number;
  readonly project_id: number;
  readonly user_id: number | null;
  readonly group_id: number | null;
  readonly role: string;
  readonly repositories: string;
  readonly username: string | null;
  readonly group_name: string | null;
  readonly role_name: string | null;
}

const ENTITY_NAME = sql<string>`coalesce(users.username, user_groups.name)`;

/** By name, then by id. */
export async function listMemberRows(
  reader: Kysely<InstanceSchema>,
  filter: MemberFilter,
  { limit, offset }: { readonly limit: number; readonly offset: number },
): Promise<readonly ProjectMember[]> {
  const rows = await narrow(select(reader, filter.projectId), filter)
    .orderBy(ENTITY_NAME)
    .orderBy('project_members.id')
    .limit(limit)
    .offset(offset)
    .execute();
  return rows.map(toMember);
}

export async function countMemberRows(reader: Kysely<InstanceSchema>, filter: MemberFilter): Promise<number> {
  const query = narrow(select(reader, filter.projectId), filter)
    .clearSelect()
    .select((row) => row.fn.countAll<number>().as('total'));
  return Number((await query.executeTakeFirstOrThrow()).total);
}

/** A member of another project is none of this one. */
export async function findMemberRow(
  reader: Kysely<InstanceSchema>,
  projectId: number,
  id: number,
): Promise<ProjectMember | undefined> {
  const row = await select(reader, projectId).where('project_members.id', '=', id).executeTakeFirst();
  return row === undefined ? undefined : toMember(row);
}

/** The row of the user, or of the group, as the request names it. */
export async function findEntity(
  reader: Kysely<InstanceSchema>,
  entity: MemberEntity,
): Promise<{ readonly id: number } | undefined> {
  if (entity.kind === 'ldap-group') {
    const groups = reader.selectFrom('user_groups').select('id').where('kind', '=', 'ldap');
    return groups.where('external_name', '=', entity.dn).executeTakeFirst();
  }
  if (entity.kind === 'user') {
    const users = reader.selectFrom('users').select('id');
    return (
      'id' in entity ? users.where('id', '=', entity.id) : users.where('username', '=', entity.name)
    ).executeTakeFirst();
  }
  const groups = reader.selectFrom('user_groups').select('id');
  if ('id' in entity) return groups.where('id', '=', entity.id).executeTakeFirst();
  const named = groups.where('name', '=', entity.name);
  return (entity.groupKind === undefined ? named : named.where('kind', '=', entity.groupKind)).executeTakeFirst();
}

function select(reader: Kysely<InstanceSchema>, projectId: number) {
  return reader
    .selectFrom('project_members')
    .leftJoin('users', 'users.id', 'project_members.user_id')
    .leftJoin('user_groups', 'user_groups.id', 'project_members.group_id')
    .leftJoin('custom_roles', (join) =>
      join.on(sql<boolean>`project_members.role = 'custom:' || cast(custom_roles.id as text)`),
    )
    .select(['project_members.id', 'project_id', 'user_id', 'group_id', 'role', 'repositories', 'users.username'])
    .select(['user_groups.name as group_name', 'custom_roles.name as role_name'])
    .where('project_members.project_id', '=', projectId);
}

function narrow<DB, TB extends keyof DB, Output>(
  query: SelectQueryBuilder<DB, TB, Output>,
  { nameContains }: MemberFilter,
): SelectQueryBuilder<DB, TB, Output> {
  if (nameContains === undefined || nameContains === '') return query;
  const pattern = containsPattern(nameContains.toLowerCase());
  return query.where(sql<boolean>`lower(${ENTITY_NAME}) like ${pattern} escape '\\'`);
}

function toMember(row: SelectedMember): ProjectMember {
  const isUser = row.user_id !== null;
  return {
    id: row.id,
    projectId: row.project_id,
    kind: isUser ? 'user' : 'group',
    entityId: row.user_id ?? row.group_id ?? 0,
    entityName: (isUser ? row.username : row.group_name) ?? '',
    roleId: roleIdOf(row.role),
    roleName: shownRoleName(row.role, row.role_name),
    repositories: row.repositories,
  };
}
