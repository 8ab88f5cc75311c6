import type { Kysely } from 'kysely';
import type { DatabaseCapabilities } from '../../../drivers/database/database.ts';
import { columnTypes } from '../../column-types.ts';
import { everyChange, noteChanges } from '../note-changes.ts';
import type { InstanceSchema } from '../schema.ts';

/** How the instance sends mail. */
export async function up(db: Kysely<InstanceSchema>, capabilities: DatabaseCapabilities): Promise<void> {
  const type = columnTypes(capabilities);
  await db.schema
    .createTable('mail_settings')
    .addColumn('name', type.name, (column) => column.primaryKey())
    .addColumn('is_enabled', 'integer', (column) => column.notNull())
    .addColumn('settings', 'text', (column) => column.notNull())
    .addColumn('password', type.bytes)
    .addColumn('updated_at', 'bigint', (column) => column.notNull())
    .execute();
  await noteChanges(db, capabilities, everyChange('mail_settings', 'name'));
}
