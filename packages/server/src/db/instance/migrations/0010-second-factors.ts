import type { Kysely } from 'kysely';
import type { DatabaseCapabilities } from '../../../drivers/database/database.ts';
import { columnTypes } from '../../column-types.ts';
import { everyChange, type NotedChange, noteChanges } from '../note-changes.ts';
import type { InstanceSchema } from '../schema.ts';

/** Which code was used last is not worth restoring: it is over before a database is rebuilt. */
const NOTED: readonly NotedChange[] = [
  ...everyChange('totp_factors', 'user_id').map((change) =>
    change.event === 'update' ? { ...change, columns: ['secret', 'created_at', 'confirmed_at'] } : change,
  ),
  ...everyChange('recovery_codes', 'id').filter(({ event }) => event !== 'update'),
];

/** Second factors of accounts, their recovery codes, and sign-ins that wait for one. */
export async function up(db: Kysely<InstanceSchema>, capabilities: DatabaseCapabilities): Promise<void> {
  const type = columnTypes(capabilities);
  // Read with every request of the account, so it stands with the account and not in a join.
  await db.schema
    .alterTable('users')
    .addColumn('has_second_factor', 'integer', (column) => column.notNull().defaultTo(0))
    .execute();
  await db.schema
    .createTable('totp_factors')
    .addColumn('user_id', 'bigint', (column) => column.primaryKey().references('users.id').onDelete('cascade'))
    .addColumn('secret', type.bytes, (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('confirmed_at', 'bigint')
    .addColumn('last_step', 'bigint', (column) => column.notNull().defaultTo(0))
    .execute();
  await db.schema
    .createTable('recovery_codes')
    .addColumn('id', type.id, type.idOptions)
    .addColumn('user_id', 'bigint', (column) => column.notNull().references('users.id').onDelete('cascade'))
    .addColumn('code_hash', 'text', (column) => column.notNull())
    .execute();
  await db.schema
    .createIndex('recovery_codes_code')
    .unique()
    .on('recovery_codes')
    .columns(['user_id', 'code_hash'])
    .execute();
  await db.schema
    .createTable('sign_in_challenges')
    .addColumn('token_hash', type.bytes, (column) => column.primaryKey())
    .addColumn('user_id', 'bigint', (column) => column.notNull().references('users.id').onDelete('cascade'))
    .addColumn('token_epoch', 'bigint', (column) => column.notNull())
    .addColumn('failures', 'integer', (column) => column.notNull().defaultTo(0))
    .addColumn('expires_at', 'bigint', (column) => column.notNull())
    .execute();
  await db.schema.createIndex('sign_in_challenges_user').on('sign_in_challenges').column('user_id').execute();
  await noteChanges(db, capabilities, NOTED);
}
