import type { Kysely } from 'kysely';
import type { DatabaseCapabilities } from '../../../drivers/database/database.ts';
import { columnTypes } from '../../column-types.ts';
import { everyChange, type NotedChange, noteChanges } from '../note-changes.ts';
import type { InstanceSchema } from '../schema.ts';

/** When it was used last is not worth a copy; how often it has signed is, since a copied key shows by that. */
const NOTED: readonly NotedChange[] = everyChange('passkeys', 'id').map((change) =>
  change.event === 'update' ? { ...change, columns: ['name', 'counter', 'is_backed_up'] } : change,
);

/** Passkeys of accounts, the challenges that they have signed, and how many wrong codes an account has got. */
export async function up(db: Kysely<InstanceSchema>, capabilities: DatabaseCapabilities): Promise<void> {
  const type = columnTypes(capabilities);
  await db.schema
    .createTable('passkeys')
    .addColumn('id', type.id, type.idOptions)
    .addColumn('user_id', 'bigint', (column) => column.notNull().references('users.id').onDelete('cascade'))
    .addColumn('credential_id', 'text', (column) => column.notNull().unique())
    .addColumn('rp_id', 'text', (column) => column.notNull())
    .addColumn('public_key', type.bytes, (column) => column.notNull())
    .addColumn('counter', 'bigint', (column) => column.notNull())
    .addColumn('transports', 'text', (column) => column.notNull())
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('is_backup_eligible', 'integer', (column) => column.notNull())
    .addColumn('is_backed_up', 'integer', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('last_used_at', 'bigint')
    .execute();
  await db.schema.createIndex('passkeys_user').on('passkeys').column('user_id').execute();
  await db.schema
    .createTable('spent_passkey_challenges')
    .addColumn('challenge_hash', type.bytes, (column) => column.primaryKey())
    .addColumn('expires_at', 'bigint', (column) => column.notNull())
    .execute();
  await db.schema
    .createIndex('spent_passkey_challenges_expiry')
    .on('spent_passkey_challenges')
    .column('expires_at')
    .execute();
  await db.schema
    .createTable('wrong_codes')
    .addColumn('user_id', 'bigint', (column) => column.primaryKey().references('users.id').onDelete('cascade'))
    .addColumn('since', 'bigint', (column) => column.notNull())
    .addColumn('count', 'integer', (column) => column.notNull())
    .execute();
  await noteChanges(db, capabilities, NOTED);
}
