import type { Kysely } from 'kysely';
import type { DatabaseCapabilities } from '../../../drivers/database/database.ts';
import { type ColumnTypes, columnTypes } from '../../column-types.ts';
import { everyChange, type NotedChange, noteChanges } from '../note-changes.ts';
import type { InstanceSchema } from '../schema.ts';

/** How far deliveries are is not worth restoring: witnesses take a checkpoint twice. */
const NOTED: readonly NotedChange[] = [
  ...everyChange('audit_segments', 'number'),
  ...everyChange('audit_tiles', 'level', 'number'),
  ...everyChange('audit_checkpoints', 'size'),
  ...everyChange('audit_keys', 'id'),
  ...everyChange('audit_witnesses', 'name').map((change) =>
    change.event === 'update' ? { ...change, columns: ['kind', 'settings', 'secret', 'created_at'] } : change,
  ),
];

/** The log over the journal: its entries, its tree, its checkpoints, their keys and who keeps them. */
export async function up(db: Kysely<InstanceSchema>, capabilities: DatabaseCapabilities): Promise<void> {
  const type = columnTypes(capabilities);
  await createTree(db, type);
  await createCheckpoints(db, type);
  await db.schema
    .createTable('audit_state')
    .addColumn('id', 'integer', (column) => column.primaryKey())
    .addColumn('revision', 'bigint', (column) => column.notNull())
    .addColumn('settled_id', 'bigint', (column) => column.notNull())
    .addColumn('fence_id', 'bigint')
    .addColumn('fence_writers', 'text')
    .execute();
  await noteChanges(db, capabilities, NOTED);
}

async function createTree(db: Kysely<InstanceSchema>, type: ColumnTypes): Promise<void> {
  await db.schema
    .createTable('audit_segments')
    .addColumn('number', 'bigint', (column) => column.primaryKey())
    .addColumn('min_id', 'bigint', (column) => column.notNull())
    .addColumn('max_id', 'bigint', (column) => column.notNull())
    .addColumn('size', 'integer', (column) => column.notNull())
    .addColumn('entries', type.bytes, (column) => column.notNull())
    .execute();
  await db.schema.createIndex('audit_segments_ids').on('audit_segments').columns(['max_id', 'min_id']).execute();
  await db.schema
    .createTable('audit_tiles')
    .addColumn('level', 'bigint', (column) => column.notNull())
    .addColumn('number', 'bigint', (column) => column.notNull())
    .addColumn('hashes', type.bytes, (column) => column.notNull())
    .addPrimaryKeyConstraint('audit_tiles_key', ['level', 'number'])
    .execute();
}

async function createCheckpoints(db: Kysely<InstanceSchema>, type: ColumnTypes): Promise<void> {
  await db.schema
    .createTable('audit_checkpoints')
    .addColumn('size', 'bigint', (column) => column.primaryKey())
    .addColumn('at', 'bigint', (column) => column.notNull())
    .addColumn('key_id', type.name, (column) => column.notNull())
    .addColumn('note', 'text', (column) => column.notNull())
    .addColumn('peaks', type.bytes, (column) => column.notNull())
    .execute();
  await db.schema
    .createTable('audit_keys')
    .addColumn('id', type.name, (column) => column.primaryKey())
    .addColumn('public_key', 'text', (column) => column.notNull())
    .addColumn('private_key', type.bytes, (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('retired_at', 'bigint')
    .execute();
  await db.schema
    .createTable('audit_witnesses')
    .addColumn('name', type.name, (column) => column.primaryKey())
    .addColumn('kind', 'text', (column) => column.notNull())
    .addColumn('settings', 'text', (column) => column.notNull())
    .addColumn('secret', type.bytes)
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('delivered_size', 'bigint', (column) => column.notNull().defaultTo(0))
    .addColumn('delivered_at', 'bigint')
    .addColumn('failures', 'integer', (column) => column.notNull().defaultTo(0))
    .addColumn('retry_at', 'bigint')
    .addColumn('error', 'text')
    .execute();
}
