import type { Kysely } from 'kysely';
import type { DatabaseCapabilities } from '../../../drivers/database/database.ts';
import { columnTypes } from '../../column-types.ts';
import { everyChange, noteChanges } from '../note-changes.ts';
import type { InstanceSchema } from '../schema.ts';

/** Whom projects tell of what happens in them. */
export async function up(db: Kysely<InstanceSchema>, capabilities: DatabaseCapabilities): Promise<void> {
  const type = columnTypes(capabilities);
  await db.schema
    .createTable('webhook_policies')
    .addColumn('id', type.id, type.idOptions)
    .addColumn('project_id', 'bigint', (column) => column.notNull().references('projects.id').onDelete('cascade'))
    .addColumn('name', type.name, (column) => column.notNull())
    .addColumn('description', 'text', (column) => column.notNull())
    .addColumn('targets', 'text', (column) => column.notNull())
    .addColumn('event_types', 'text', (column) => column.notNull())
    .addColumn('is_enabled', 'integer', (column) => column.notNull())
    .addColumn('creator', 'text', (column) => column.notNull())
    .addColumn('secret_id', type.name, (column) => column.notNull().unique())
    .addColumn('auth_headers', type.bytes)
    .addColumn('version', 'bigint', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('updated_at', 'bigint', (column) => column.notNull())
    .addUniqueConstraint('webhook_policies_name', ['project_id', 'name'])
    .execute();
  await db.schema
    .createIndex('webhook_policies_created')
    .on('webhook_policies')
    .columns(['project_id', 'created_at'])
    .execute();
  await noteChanges(db, capabilities, everyChange('webhook_policies', 'id'));
}
