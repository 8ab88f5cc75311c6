import { type Kysely, sql } from 'kysely';
import type { DatabaseCapabilities } from '../../../drivers/database/database.ts';
import { type ColumnTypes, columnTypes } from '../../column-types.ts';
import { everyChange, type NotedChange, noteChanges } from '../note-changes.ts';
import type { InstanceSchema } from '../schema.ts';

/** Times of use are not worth restoring, and change too often. */
const NOTED: readonly NotedChange[] = [
  ...everyChange('user_groups', 'id'),
  ...everyChange('user_group_members', 'group_id', 'user_id'),
  ...everyChange('custom_roles', 'id'),
  ...everyChange('project_members', 'id'),
  ...everyChange('robots', 'id').map((change) =>
    change.event === 'update'
      ? { ...change, columns: ['description', 'secret_hash', 'expires_at', 'disabled_at', 'permissions', 'epoch'] }
      : change,
  ),
  ...everyChange('access_tokens', 'id').filter(({ event }) => event !== 'update'),
];

/** Profiles and states of users, groups, members of projects and their roles, robots, access tokens and sessions. */
export async function up(db: Kysely<InstanceSchema>, capabilities: DatabaseCapabilities): Promise<void> {
  const type = columnTypes(capabilities);
  await extendUsers(db);
  await db.schema
    .alterTable('projects')
    .addColumn('is_internal', 'integer', (column) => column.notNull().defaultTo(0))
    .execute();
  await createGroups(db, type);
  await createMembers(db, type);
  await createRobots(db, type);
  await createAccessTokens(db, type);
  await createSessions(db, type);
  await noteChanges(db, capabilities, NOTED);
}

async function extendUsers(db: Kysely<InstanceSchema>): Promise<void> {
  await db.schema.alterTable('users').addColumn('email', 'text').execute();
  for (const name of ['real_name', 'comment']) {
    await db.schema
      .alterTable('users')
      .addColumn(name, 'text', (column) => column.notNull().defaultTo(''))
      .execute();
  }
  await db.schema.alterTable('users').addColumn('disabled_at', 'bigint').execute();
  await db.schema
    .alterTable('users')
    .addColumn('must_change_password', 'integer', (column) => column.notNull().defaultTo(0))
    .execute();
  // One account for an address, however it is written.
  await db.schema.createIndex('users_email').unique().on('users').expression(sql`lower(email)`).execute();
}

async function createGroups(db: Kysely<InstanceSchema>, type: ColumnTypes): Promise<void> {
  await db.schema
    .createTable('user_groups')
    .addColumn('id', type.id, type.idOptions)
    .addColumn('name', type.name, (column) => column.notNull().unique())
    .addColumn('kind', 'text', (column) => column.notNull())
    .addColumn('external_name', 'text')
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('updated_at', 'bigint', (column) => column.notNull())
    .execute();
  // Two sign-ins that bring the same new group make one. Internal groups have no such name.
  await db.schema
    .createIndex('user_groups_external')
    .unique()
    .on('user_groups')
    .columns(['kind', 'external_name'])
    .execute();
  await db.schema
    .createTable('user_group_members')
    .addColumn('group_id', 'bigint', (column) => column.notNull().references('user_groups.id').onDelete('cascade'))
    .addColumn('user_id', 'bigint', (column) => column.notNull().references('users.id').onDelete('cascade'))
    .addPrimaryKeyConstraint('user_group_members_pk', ['user_id', 'group_id'])
    .execute();
  await db.schema.createIndex('user_group_members_group').on('user_group_members').column('group_id').execute();
}

async function createMembers(db: Kysely<InstanceSchema>, type: ColumnTypes): Promise<void> {
  await db.schema
    .createTable('custom_roles')
    .addColumn('id', type.id, type.idOptions)
    .addColumn('name', type.name, (column) => column.notNull().unique())
    .addColumn('description', 'text', (column) => column.notNull())
    .addColumn('permissions', 'text', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('updated_at', 'bigint', (column) => column.notNull())
    .execute();
  await db.schema
    .createTable('project_members')
    .addColumn('id', type.id, type.idOptions)
    .addColumn('project_id', 'bigint', (column) => column.notNull().references('projects.id').onDelete('cascade'))
    .addColumn('user_id', 'bigint', (column) => column.references('users.id').onDelete('cascade'))
    .addColumn('group_id', 'bigint', (column) => column.references('user_groups.id').onDelete('cascade'))
    .addColumn('role', 'text', (column) => column.notNull())
    .addColumn('repositories', type.name, (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('updated_at', 'bigint', (column) => column.notNull())
    .addCheckConstraint('project_members_one', sql`(user_id is null) <> (group_id is null)`)
    .execute();
  for (const who of ['user_id', 'group_id']) {
    await db.schema
      .createIndex(`project_members_${who}`)
      .unique()
      .on('project_members')
      .columns([who, 'project_id', 'repositories'])
      .execute();
  }
  await db.schema.createIndex('project_members_project').on('project_members').column('project_id').execute();
}

async function createRobots(db: Kysely<InstanceSchema>, type: ColumnTypes): Promise<void> {
  await db.schema
    .createTable('robots')
    .addColumn('id', type.id, type.idOptions)
    .addColumn('full_name', type.name, (column) => column.notNull().unique())
    .addColumn('project_id', 'bigint', (column) => column.references('projects.id').onDelete('cascade'))
    .addColumn('description', 'text', (column) => column.notNull())
    .addColumn('secret_hash', 'text')
    .addColumn('previous_secret_hash', 'text')
    .addColumn('previous_secret_until', 'bigint')
    .addColumn('duration_days', 'integer', (column) => column.notNull())
    .addColumn('expires_at', 'bigint')
    .addColumn('disabled_at', 'bigint')
    .addColumn('permissions', 'text', (column) => column.notNull())
    .addColumn('epoch', 'bigint', (column) => column.notNull())
    .addColumn('created_by', 'text', (column) => column.notNull())
    .addColumn('last_used_at', 'bigint')
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('updated_at', 'bigint', (column) => column.notNull())
    .execute();
  await db.schema.createIndex('robots_project').on('robots').column('project_id').execute();
}

async function createAccessTokens(db: Kysely<InstanceSchema>, type: ColumnTypes): Promise<void> {
  await db.schema
    .createTable('access_tokens')
    .addColumn('id', type.id, type.idOptions)
    .addColumn('user_id', 'bigint', (column) => column.notNull().references('users.id').onDelete('cascade'))
    .addColumn('name', type.name, (column) => column.notNull())
    .addColumn('token_hash', type.bytes, (column) => column.notNull().unique())
    .addColumn('permissions', 'text')
    .addColumn('expires_at', 'bigint')
    .addColumn('last_used_at', 'bigint')
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addUniqueConstraint('access_tokens_name', ['user_id', 'name'])
    .execute();
}

async function createSessions(db: Kysely<InstanceSchema>, type: ColumnTypes): Promise<void> {
  await db.schema
    .createTable('sessions')
    .addColumn('id', type.name, (column) => column.primaryKey())
    .addColumn('token_hash', type.bytes, (column) => column.notNull().unique())
    .addColumn('user_id', 'bigint', (column) => column.notNull().references('users.id').onDelete('cascade'))
    .addColumn('token_epoch', 'bigint', (column) => column.notNull())
    .addColumn('address', 'text', (column) => column.notNull())
    .addColumn('user_agent', 'text', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('last_used_at', 'bigint', (column) => column.notNull())
    .addColumn('expires_at', 'bigint', (column) => column.notNull())
    .execute();
  await db.schema.createIndex('sessions_user').on('sessions').column('user_id').execute();
}
