import type { Kysely } from 'kysely';
import type { DatabaseCapabilities } from '../../../drivers/database/database.ts';
import { columnTypes } from '../../column-types.ts';
import type { ControlPlaneSchema } from '../schema.ts';

/** Who has which instance open, so that sleeping ones are woken when they are due, also after a crash. */
export async function up(db: Kysely<ControlPlaneSchema>, capabilities: DatabaseCapabilities): Promise<void> {
  const type = columnTypes(capabilities);
  await db.schema
    .alterTable('instances')
    .addColumn('due_marks', 'bigint', (column) => column.notNull().defaultTo(0))
    .execute();
  await db.schema.alterTable('instances').addColumn('claimed_until', 'bigint').execute();
  await db.schema
    .alterTable('instances')
    .addColumn('failed_wakes', 'bigint', (column) => column.notNull().defaultTo(0))
    .execute();
  await db.schema
    .createTable('instance_holders')
    .addColumn('name', type.name, (column) => column.primaryKey())
    .addColumn('works', 'integer', (column) => column.notNull())
    .addColumn('expires_at', 'bigint', (column) => column.notNull())
    .execute();
  await db.schema
    .createTable('open_instances')
    .addColumn('instance_id', type.name, (column) => column.notNull().references('instances.id').onDelete('cascade'))
    .addColumn('holder', type.name, (column) => column.notNull())
    .addPrimaryKeyConstraint('open_instances_key', ['instance_id', 'holder'])
    .execute();
  await db.schema.createIndex('open_instances_holder').on('open_instances').column('holder').execute();
}
