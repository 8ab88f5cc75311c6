import { type Kysely, sql } from 'kysely';
import type { DatabaseCapabilities } from '../../../drivers/database/database.ts';
import { columnTypes } from '../../column-types.ts';
import type { ControlPlaneSchema } from '../schema.ts';

/**
 * Exclusive work among nodes, by name. Where the engine has tables without a log this is one: taking a lock waits for no
 * disk, and a database that crashes forgets them, as nodes that die do.
 */
export async function up(db: Kysely<ControlPlaneSchema>, capabilities: DatabaseCapabilities): Promise<void> {
  const type = columnTypes(capabilities);
  await db.schema
    .createTable('locks')
    .addColumn('name', type.name, (column) => column.primaryKey())
    .addColumn('holder', 'text', (column) => column.notNull())
    .addColumn('expires_at', 'bigint', (column) => column.notNull())
    .execute();
  if (capabilities.rowLocks) await sql`alter table locks set unlogged`.execute(db);
}
