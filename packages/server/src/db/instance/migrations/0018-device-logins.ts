import type { Kysely } from 'kysely';
import type { DatabaseCapabilities } from '../../../drivers/database/database.ts';
import { columnTypes } from '../../column-types.ts';
import type { InstanceSchema } from '../schema.ts';

/** Programs that wait to be let in by somebody with a browser. */
export async function up(db: Kysely<InstanceSchema>, capabilities: DatabaseCapabilities): Promise<void> {
  const type = columnTypes(capabilities);
  await db.schema
    .createTable('device_logins')
    .addColumn('id', type.id, type.idOptions)
    .addColumn('device_code_hash', type.bytes, (column) => column.notNull().unique())
    .addColumn('user_code_hash', type.bytes, (column) => column.notNull().unique())
    .addColumn('client_name', 'text', (column) => column.notNull())
    .addColumn('address', 'text', (column) => column.notNull())
    .addColumn('network', 'text', (column) => column.notNull())
    .addColumn('user_agent', 'text', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('expires_at', 'bigint', (column) => column.notNull())
    .addColumn('interval_ms', 'integer', (column) => column.notNull())
    .addColumn('last_polled_at', 'bigint')
    .addColumn('state', 'text', (column) => column.notNull())
    .addColumn('user_id', 'bigint', (column) => column.references('users.id').onDelete('cascade'))
    .addColumn('token_epoch', 'bigint')
    .execute();
  await db.schema.createIndex('device_logins_expiry').on('device_logins').column('expires_at').execute();
  await db.schema.createIndex('device_logins_network').on('device_logins').column('network').execute();
  await db.schema.createIndex('device_logins_user').on('device_logins').column('user_id').execute();
}
