import type { Kysely } from 'kysely';
import type { DatabaseCapabilities } from '../../../drivers/database/database.ts';
import { columnTypes } from '../../column-types.ts';
import type { ControlPlaneSchema } from '../schema.ts';

/** Instances and the hosts that they answer to. */
export async function up(db: Kysely<ControlPlaneSchema>, capabilities: DatabaseCapabilities): Promise<void> {
  const type = columnTypes(capabilities);
  await db.schema
    .createTable('properties')
    .addColumn('name', type.name, (column) => column.primaryKey())
    .addColumn('value', 'text', (column) => column.notNull())
    .execute();
  await db.schema
    .createTable('instances')
    .addColumn('id', type.name, (column) => column.primaryKey())
    .addColumn('state', 'text', (column) => column.notNull())
    .addColumn('cell', 'text', (column) => column.notNull())
    .addColumn('schema_version', 'text')
    .addColumn('next_due_at', 'bigint')
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .execute();
  await db.schema.createIndex('instances_due').on('instances').column('next_due_at').execute();
  await db.schema
    .createTable('instance_hosts')
    .addColumn('host', type.name, (column) => column.primaryKey())
    .addColumn('instance_id', type.name, (column) => column.notNull().references('instances.id').onDelete('cascade'))
    .execute();
  await db.schema.createIndex('instance_hosts_instance').on('instance_hosts').column('instance_id').execute();
}
