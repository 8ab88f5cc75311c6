import type { Kysely } from 'kysely';
import type { DatabaseCapabilities } from '../../../drivers/database/database.ts';
import { columnTypes } from '../../column-types.ts';
import { everyChange, noteChanges } from '../note-changes.ts';
import type { InstanceSchema } from '../schema.ts';

/** Scanners elsewhere, and which of them projects have chosen. The default one is named in `settings`, so that there is one at most. */
export async function up(db: Kysely<InstanceSchema>, capabilities: DatabaseCapabilities): Promise<void> {
  const type = columnTypes(capabilities);
  await db.schema
    .createTable('scanners')
    .addColumn('id', type.id, type.idOptions)
    .addColumn('uuid', type.name, (column) => column.notNull().unique())
    .addColumn('name', type.name, (column) => column.notNull().unique())
    .addColumn('url', type.name, (column) => column.notNull().unique())
    .addColumn('description', 'text', (column) => column.notNull())
    .addColumn('auth', 'text', (column) => column.notNull())
    .addColumn('access_credential', type.bytes)
    .addColumn('is_insecure', 'integer', (column) => column.notNull())
    .addColumn('uses_internal_address', 'integer', (column) => column.notNull())
    .addColumn('is_disabled', 'integer', (column) => column.notNull())
    .addColumn('version', 'bigint', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('updated_at', 'bigint', (column) => column.notNull())
    .execute();
  await db.schema
    .createTable('project_scanners')
    .addColumn('project_id', 'bigint', (column) => column.primaryKey().references('projects.id').onDelete('cascade'))
    .addColumn('scanner_id', 'bigint', (column) => column.notNull().references('scanners.id').onDelete('cascade'))
    .addColumn('updated_at', 'bigint', (column) => column.notNull())
    .execute();
  await db.schema.createIndex('project_scanners_scanner_id').on('project_scanners').column('scanner_id').execute();
  await noteChanges(db, capabilities, [
    ...everyChange('scanners', 'id'),
    ...everyChange('project_scanners', 'project_id'),
  ]);
}
