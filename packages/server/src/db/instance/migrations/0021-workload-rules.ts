import type { Kysely } from 'kysely';
import type { DatabaseCapabilities } from '../../../drivers/database/database.ts';
import { columnTypes } from '../../column-types.ts';
import { everyChange, noteChanges } from '../note-changes.ts';
import type { InstanceSchema } from '../schema.ts';

/** By what rules tokens of other issuers open projects. */
export async function up(db: Kysely<InstanceSchema>, capabilities: DatabaseCapabilities): Promise<void> {
  const type = columnTypes(capabilities);
  await db.schema
    .createTable('workload_rules')
    .addColumn('id', type.id, type.idOptions)
    .addColumn('project_id', 'bigint', (column) => column.notNull().references('projects.id').onDelete('cascade'))
    .addColumn('name', type.name, (column) => column.notNull())
    .addColumn('issuer', type.name, (column) => column.notNull())
    .addColumn('audience', type.name, (column) => column.notNull())
    .addColumn('conditions', 'text', (column) => column.notNull())
    .addColumn('permissions', 'text', (column) => column.notNull())
    .addColumn('disabled_at', 'bigint')
    .addColumn('version', 'bigint', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('updated_at', 'bigint', (column) => column.notNull())
    .addUniqueConstraint('workload_rules_name', ['project_id', 'name'])
    .execute();
  await db.schema.createIndex('workload_rules_issuer').on('workload_rules').column('issuer').execute();
  await noteChanges(db, capabilities, everyChange('workload_rules', 'id'));
}
