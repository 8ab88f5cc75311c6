import type { Kysely } from 'kysely';
import type { DatabaseCapabilities } from '../../../drivers/database/database.ts';
import { columnTypes } from '../../column-types.ts';
import { everyChange, noteChanges } from '../note-changes.ts';
import type { InstanceSchema } from '../schema.ts';

/** Registries elsewhere, and the rules by which content is copied to and from them. */
export async function up(db: Kysely<InstanceSchema>, capabilities: DatabaseCapabilities): Promise<void> {
  const type = columnTypes(capabilities);
  await db.schema
    .createTable('remote_registries')
    .addColumn('id', type.id, type.idOptions)
    .addColumn('name', type.name, (column) => column.notNull().unique())
    .addColumn('kind', 'text', (column) => column.notNull())
    .addColumn('url', 'text', (column) => column.notNull())
    .addColumn('description', 'text', (column) => column.notNull())
    .addColumn('access_key', 'text', (column) => column.notNull())
    .addColumn('secret_id', type.name, (column) => column.notNull().unique())
    .addColumn('access_secret', type.bytes)
    .addColumn('is_insecure', 'integer', (column) => column.notNull())
    .addColumn('ca_certificate', 'text', (column) => column.notNull())
    .addColumn('version', 'bigint', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('updated_at', 'bigint', (column) => column.notNull())
    .execute();
  await db.schema
    .createTable('replication_policies')
    .addColumn('id', type.id, type.idOptions)
    .addColumn('name', type.name, (column) => column.notNull().unique())
    .addColumn('description', 'text', (column) => column.notNull())
    .addColumn('src_registry_id', 'bigint', (column) => column.references('remote_registries.id'))
    .addColumn('dest_registry_id', 'bigint', (column) => column.references('remote_registries.id'))
    .addColumn('is_enabled', 'integer', (column) => column.notNull())
    .addColumn('settings', 'text', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('updated_at', 'bigint', (column) => column.notNull())
    .execute();
  for (const [table, column] of [
    ['remote_registries', 'created_at'],
    ['replication_policies', 'created_at'],
    ['replication_policies', 'src_registry_id'],
    ['replication_policies', 'dest_registry_id'],
  ] as const) {
    await db.schema.createIndex(`${table}_${column}`).on(table).column(column).execute();
  }
  await noteChanges(db, capabilities, [
    ...everyChange('remote_registries', 'id'),
    ...everyChange('replication_policies', 'id'),
  ]);
}
