import type { Kysely } from 'kysely';
import type { DatabaseCapabilities } from '../../../drivers/database/database.ts';
import { columnTypes } from '../../column-types.ts';
import { everyChange, noteChanges } from '../note-changes.ts';
import type { InstanceSchema } from '../schema.ts';

/** Sign-ins between this server and a login provider, by which provider sessions were opened, and secrets for the command line. */
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
  await db.schema
    .createTable('cli_secrets')
    .addColumn('user_id', 'bigint', (column) => column.primaryKey().references('users.id').onDelete('cascade'))
    .addColumn('secret_hash', 'text', (column) => column.notNull())
    .addColumn('updated_at', 'bigint', (column) => column.notNull())
    .execute();
  await noteChanges(db, capabilities, everyChange('cli_secrets', 'user_id'));
  await db.schema.alterTable('sessions').addColumn('provider_id', type.name).execute();
}
