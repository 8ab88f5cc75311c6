import type { Kysely } from 'kysely';
import type { DatabaseCapabilities } from '../../../drivers/database/database.ts';
import { columnTypes } from '../../column-types.ts';
import { everyChange, noteChanges } from '../note-changes.ts';
import type { InstanceSchema } from '../schema.ts';

/** Where people sign in besides here, and who they are there. */
export async function up(db: Kysely<InstanceSchema>, capabilities: DatabaseCapabilities): Promise<void> {
  const type = columnTypes(capabilities);
  await db.schema
    .createTable('login_providers')
    .addColumn('id', type.name, (column) => column.primaryKey())
    .addColumn('kind', 'text', (column) => column.notNull())
    .addColumn('name', type.name, (column) => column.notNull().unique())
    .addColumn('position', 'integer', (column) => column.notNull())
    .addColumn('settings', 'text', (column) => column.notNull())
    .addColumn('secret', type.bytes)
    .addColumn('version', 'bigint', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('updated_at', 'bigint', (column) => column.notNull())
    .execute();
  await db.schema
    .createTable('external_identities')
    .addColumn('id', type.id, type.idOptions)
    .addColumn('provider_id', type.name, (column) =>
      column.notNull().references('login_providers.id').onDelete('cascade'),
    )
    .addColumn('issuer', type.name, (column) => column.notNull())
    .addColumn('subject', type.name, (column) => column.notNull())
    .addColumn('user_id', 'bigint', (column) => column.notNull().references('users.id').onDelete('cascade'))
    .addColumn('is_origin', 'integer', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addUniqueConstraint('external_identities_who', ['provider_id', 'issuer', 'subject'])
    .execute();
  await db.schema.createIndex('external_identities_user').on('external_identities').column('user_id').execute();
  await noteChanges(db, capabilities, [
    ...everyChange('login_providers', 'id'),
    ...everyChange('external_identities', 'id').filter(({ event }) => event !== 'update'),
  ]);
}
