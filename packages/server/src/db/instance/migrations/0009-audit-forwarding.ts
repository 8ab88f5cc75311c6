import type { Kysely } from 'kysely';
import type { DatabaseCapabilities } from '../../../drivers/database/database.ts';
import { columnTypes } from '../../column-types.ts';
import { noteChanges } from '../note-changes.ts';
import type { InstanceSchema } from '../schema.ts';

/** Where the audit log is forwarded to, and how far it is. What says how the last tries went is not noted for recovery. */
export async function up(db: Kysely<InstanceSchema>, capabilities: DatabaseCapabilities): Promise<void> {
  const type = columnTypes(capabilities);
  await db.schema
    .createTable('audit_forwarding')
    .addColumn('name', type.name, (column) => column.primaryKey())
    .addColumn('is_enabled', 'integer', (column) => column.notNull())
    .addColumn('target', 'text', (column) => column.notNull())
    .addColumn('secret', type.bytes)
    .addColumn('version', 'bigint', (column) => column.notNull())
    .addColumn('last_id', 'bigint', (column) => column.notNull())
    .addColumn('updated_at', 'bigint', (column) => column.notNull())
    .addColumn('gaps', 'text', (column) => column.notNull().defaultTo('[]'))
    .addColumn('failures', 'bigint', (column) => column.notNull().defaultTo(0))
    .addColumn('last_error', 'text')
    .addColumn('failed_at', 'bigint')
    .addColumn('retry_at', 'bigint')
    .addColumn('succeeded_at', 'bigint')
    .execute();
  const columns = ['is_enabled', 'target', 'secret', 'version', 'last_id', 'updated_at'];
  await noteChanges(db, capabilities, [
    { table: 'audit_forwarding', event: 'insert', key: ['name'] },
    { table: 'audit_forwarding', event: 'update', columns, key: ['name'] },
    { table: 'audit_forwarding', event: 'delete', key: ['name'] },
  ]);
}
