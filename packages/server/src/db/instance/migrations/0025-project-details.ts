import type { Kysely } from 'kysely';
import type { DatabaseCapabilities } from '../../../drivers/database/database.ts';
import { columnTypes } from '../../column-types.ts';
import { everyChange, noteChanges } from '../note-changes.ts';
import type { InstanceSchema } from '../schema.ts';

/** What projects and repositories say of themselves, and labels. */
export async function up(db: Kysely<InstanceSchema>, capabilities: DatabaseCapabilities): Promise<void> {
  const type = columnTypes(capabilities);
  await db.schema
    .alterTable('repositories')
    .addColumn('description', 'text', (column) => column.notNull().defaultTo(''))
    .execute();
  await db.schema
    .createTable('project_metadata')
    .addColumn('project_id', 'bigint', (column) => column.notNull().references('projects.id').onDelete('cascade'))
    .addColumn('name', type.name, (column) => column.notNull())
    .addColumn('value', 'text', (column) => column.notNull())
    .addPrimaryKeyConstraint('project_metadata_key', ['project_id', 'name'])
    .execute();
  await db.schema
    .createTable('labels')
    .addColumn('id', type.id, type.idOptions)
    .addColumn('project_id', 'bigint', (column) => column.references('projects.id').onDelete('cascade'))
    // The project's id, or 0: names are unique in each scope.
    .addColumn('scope', 'bigint', (column) => column.notNull())
    .addColumn('name', type.name, (column) => column.notNull())
    .addColumn('description', 'text', (column) => column.notNull())
    .addColumn('color', 'text', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('updated_at', 'bigint', (column) => column.notNull())
    .addUniqueConstraint('labels_name', ['scope', 'name'])
    .execute();
  await db.schema
    .createTable('artifact_labels')
    .addColumn('manifest_id', 'bigint', (column) => column.notNull().references('manifests.id').onDelete('cascade'))
    .addColumn('label_id', 'bigint', (column) => column.notNull().references('labels.id').onDelete('cascade'))
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('artifact_labels_key', ['manifest_id', 'label_id'])
    .execute();
  await db.schema
    .createIndex('artifact_labels_label')
    .on('artifact_labels')
    .columns(['label_id', 'manifest_id'])
    .execute();
  await noteChanges(db, capabilities, [
    ...everyChange('project_metadata', 'project_id', 'name'),
    ...everyChange('labels', 'id'),
    ...everyChange('artifact_labels', 'manifest_id', 'label_id'),
  ]);
}
