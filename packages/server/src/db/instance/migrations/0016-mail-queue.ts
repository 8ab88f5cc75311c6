import type { Kysely } from 'kysely';
import type { DatabaseCapabilities } from '../../../drivers/database/database.ts';
import { columnTypes } from '../../column-types.ts';
import type { InstanceSchema } from '../schema.ts';

/** Mails that wait to be sent, and what accounts have chosen about mail. */
export async function up(db: Kysely<InstanceSchema>, capabilities: DatabaseCapabilities): Promise<void> {
  const type = columnTypes(capabilities);
  await db.schema.alterTable('users').addColumn('language', 'text').execute();
  await db.schema
    .alterTable('users')
    .addColumn('wants_notices', 'integer', (column) => column.notNull().defaultTo(1))
    .execute();
  // Nobody knows who set the addresses that are there: their owners may have.
  await db.schema
    .alterTable('users')
    .addColumn('is_email_trusted', 'integer', (column) => column.notNull().defaultTo(0))
    .execute();
  await db.schema
    .createTable('mail_queue')
    .addColumn('id', type.id, type.idOptions)
    .addColumn('kind', 'text', (column) => column.notNull())
    .addColumn('user_id', 'bigint', (column) => column.notNull().references('users.id').onDelete('cascade'))
    .addColumn('address', 'text', (column) => column.notNull())
    .addColumn('language', 'text')
    .addColumn('parameters', 'text', (column) => column.notNull())
    .addColumn('link_id', 'text')
    .addColumn('status', 'text', (column) => column.notNull())
    .addColumn('attempts', 'integer', (column) => column.notNull().defaultTo(0))
    .addColumn('next_at', 'bigint', (column) => column.notNull())
    .addColumn('last_error', 'text')
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('ended_at', 'bigint')
    .execute();
  await db.schema.createIndex('mail_queue_next').on('mail_queue').columns(['status', 'next_at']).execute();
  await db.schema.createIndex('mail_queue_address').on('mail_queue').columns(['address', 'ended_at']).execute();
  await db.schema.createIndex('mail_queue_user').on('mail_queue').columns(['user_id', 'created_at']).execute();
  await db.schema
    .createTable('expiry_notices')
    .addColumn('subject_kind', 'text', (column) => column.notNull())
    .addColumn('subject_id', 'bigint', (column) => column.notNull())
    .addColumn('expires_at', 'bigint', (column) => column.notNull())
    .addColumn('days', 'integer', (column) => column.notNull())
    .addPrimaryKeyConstraint('expiry_notices_key', ['subject_kind', 'subject_id', 'expires_at', 'days'])
    .execute();
  await createLinkTables(db, capabilities);
}

/** Links in mails, which open something once. */
async function createLinkTables(db: Kysely<InstanceSchema>, capabilities: DatabaseCapabilities): Promise<void> {
  const type = columnTypes(capabilities);
  await db.schema
    .createTable('account_links')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('user_id', 'bigint', (column) => column.notNull().references('users.id').onDelete('cascade'))
    .addColumn('purpose', 'text', (column) => column.notNull())
    .addColumn('token_hash', type.bytes, (column) => column.notNull().unique())
    .addColumn('token', type.bytes)
    .addColumn('address', 'text', (column) => column.notNull())
    .addColumn('token_epoch', 'bigint', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('expires_at', 'bigint', (column) => column.notNull())
    .execute();
  await db.schema.createIndex('account_links_user').on('account_links').columns(['user_id', 'purpose']).execute();
  await db.schema
    .createTable('password_reset_requests')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('identifier', type.bytes, (column) => column.notNull())
    .addColumn('origin', 'text', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .execute();
}
