import type { Kysely } from 'kysely';
import type { DatabaseCapabilities } from '../../../drivers/database/database.ts';
import { columnTypes } from '../../column-types.ts';
import { everyChange, noteChanges } from '../note-changes.ts';
import type { InstanceSchema } from '../schema.ts';

/** What projects forbid and keep: immutable tags, limits of storage, retention. */
export async function up(db: Kysely<InstanceSchema>, capabilities: DatabaseCapabilities): Promise<void> {
  const type = columnTypes(capabilities);
  await db.schema
    .createTable('immutable_rules')
    .addColumn('id', type.id, type.idOptions)
    .addColumn('project_id', 'bigint', (column) => column.notNull().references('projects.id').onDelete('cascade'))
    .addColumn('priority', 'bigint', (column) => column.notNull())
    .addColumn('is_disabled', 'integer', (column) => column.notNull())
    .addColumn('selectors', 'text', (column) => column.notNull())
    .addColumn('fingerprint', type.name, (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('updated_at', 'bigint', (column) => column.notNull())
    .addUniqueConstraint('immutable_rules_once', ['project_id', 'fingerprint'])
    .execute();
  await db.schema
    .createTable('project_quotas')
    .addColumn('project_id', 'bigint', (column) => column.primaryKey().references('projects.id').onDelete('cascade'))
    .addColumn('storage_bytes', 'bigint', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('updated_at', 'bigint', (column) => column.notNull())
    .execute();
  await db.schema
    .createTable('retention_policies')
    .addColumn('id', type.id, type.idOptions)
    .addColumn('project_id', 'bigint', (column) =>
      column.notNull().unique().references('projects.id').onDelete('cascade'),
    )
    .addColumn('settings', 'text', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('updated_at', 'bigint', (column) => column.notNull())
    .execute();
  await noteChanges(db, capabilities, everyChange('immutable_rules', 'id'));
  // A push to a project with a limit locks its row by writing what stands there: that is no change.
  await noteChanges(db, capabilities, [
    { table: 'project_quotas', event: 'insert', key: ['project_id'] },
    { table: 'project_quotas', event: 'update', columns: ['storage_bytes'], key: ['project_id'] },
    { table: 'project_quotas', event: 'delete', key: ['project_id'] },
  ]);
  await noteChanges(db, capabilities, everyChange('retention_policies', 'id'));
}
