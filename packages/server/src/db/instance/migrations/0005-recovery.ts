import type { Kysely } from 'kysely';
import type { DatabaseCapabilities } from '../../../drivers/database/database.ts';
import { columnTypes } from '../../column-types.ts';
import { everyChange, type NotedChange, noteChanges } from '../note-changes.ts';
import type { InstanceSchema } from '../schema.ts';

/** State of work in the background, which begins anew. */
const HOUSEKEEPING = ['collection', 'scrub', 'recovery'];

const NOTED: readonly NotedChange[] = [
  ...everyChange('settings', 'name').map((change) => ({ ...change, except: HOUSEKEEPING })),
  ...everyChange('users', 'id'),
  ...everyChange('signing_keys', 'id'),
  ...everyChange('projects', 'id'),
  ...everyChange('repositories', 'id'),
  // A blob is there when it has a digest.
  { table: 'blobs', event: 'update', columns: ['size', 'storage_key', 'encoding', 'key_id', 'lost_at'], key: ['id'] },
  { table: 'blob_digests', event: 'insert', source: 'blobs', key: ['blob_id'] },
  { table: 'blob_digests', event: 'update', source: 'blobs', key: ['blob_id'] },
  { table: 'blob_digests', event: 'delete', source: 'blobs', key: ['blob_id'] },
  { table: 'repository_blobs', event: 'insert', key: ['repository_id', 'blob_id'] },
  { table: 'repository_blobs', event: 'delete', key: ['repository_id', 'blob_id'] },
  { table: 'manifests', event: 'insert', key: ['id'] },
  { table: 'manifests', event: 'delete', key: ['id'] },
  // Descriptors come and go with their manifest.
  { table: 'manifest_descriptors', event: 'update', source: 'manifests', key: ['manifest_id'] },
  ...everyChange('tags', 'id'),
  ...everyChange('tag_history', 'id'),
  ...everyChange('trashed_manifests', 'id'),
  ...everyChange('job_schedules', 'id'),
  ...everyChange('journal', 'id'),
];

/**
 * Every change of what a lost database is restored from is noted in the transaction of the change, by the database itself: no
 * command can forget it, nor one of a previous version that writes beside this one.
 */
export async function up(db: Kysely<InstanceSchema>, capabilities: DatabaseCapabilities): Promise<void> {
  const type = columnTypes(capabilities);
  await db.schema
    .createTable('row_changes')
    .addColumn('id', type.id, type.idOptions)
    .addColumn('source', type.name, (column) => column.notNull())
    .addColumn('key', type.name, (column) => column.notNull())
    .execute();
  await noteChanges(db, capabilities, NOTED);
}
