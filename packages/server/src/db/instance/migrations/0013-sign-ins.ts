import type { Kysely } from 'kysely';
import type { DatabaseCapabilities } from '../../../drivers/database/database.ts';
import { columnTypes } from '../../column-types.ts';
import type { InstanceSchema } from '../schema.ts';

/** Sign-ins between this server and a login provider, and by which provider sessions were opened. */
export async function up(db: Kysely<InstanceSchema>, capabilities: DatabaseCapabilities): Promise<void> {
  const type = columnTypes(capabilities);
  await db.schema
    .createTable('sign_ins_under_way')
    .addColumn('key_hash', type.bytes, (column) => column.primaryKey())
    .addColumn('browser_hash', type.bytes, (column) => column.notNull())
    .addColumn('provider_id', type.name, (column) =>
      column.notNull().references('login_providers.id').onDelete('cascade'),
    )
    .addColumn('provider_version', 'bigint', (column) => column.notNull())
    .addColumn('stage', 'text', (column) => column.notNull())
    .addColumn('detail', 'text', (column) => column.notNull())
    .addColumn('expires_at', 'bigint', (column) => column.notNull())
    .execute();
  await db.schema.createIndex('sign_ins_under_way_end').on('sign_ins_under_way').column('expires_at').execute();
  await db.schema.createIndex('sign_ins_under_way_provider').on('sign_ins_under_way').column('provider_id').execute();
  await db.schema.alterTable('sessions').addColumn('provider_id', type.name).execute();
}
