import type { Kysely } from 'kysely';
import type { DatabaseCapabilities } from '../../../drivers/database/database.ts';
import { columnTypes } from '../../column-types.ts';
import { everyChange, noteChanges } from '../note-changes.ts';
import type { InstanceSchema } from '../schema.ts';

/** Names that projects and repositories had before. */
export async function up(db: Kysely<InstanceSchema>, capabilities: DatabaseCapabilities): Promise<void> {
  const type = columnTypes(capabilities);
  await db.schema
    .createTable('name_redirects')
    .addColumn('name', type.name, (column) => column.primaryKey())
    .addColumn('project_id', 'bigint', (column) => column.references('projects.id').onDelete('cascade'))
    .addColumn('repository_id', 'bigint', (column) => column.references('repositories.id').onDelete('cascade'))
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .execute();
  for (const column of ['project_id', 'repository_id'] as const) {
    await db.schema.createIndex(`name_redirects_${column}`).on('name_redirects').column(column).execute();
  }
  await noteChanges(db, capabilities, everyChange('name_redirects', 'name'));
}
