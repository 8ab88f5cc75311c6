import { type Kysely, type SqlBool, sql } from 'kysely';
import type { DatabaseCapabilities } from '../../../drivers/database/database.ts';
import { type ColumnTypes, columnTypes } from '../../column-types.ts';
import type { InstanceSchema } from '../schema.ts';

/** What content from before the collector gets: the delays that it would have had from the start. */
const REVIEW_DELAY_MS = 24 * 3_600_000;
const PUSH_WINDOW_MS = 3_600_000;

/** Review queues, push holds, the trash, holds of the collector, strays, and the policy on untagged manifests. */
export async function up(db: Kysely<InstanceSchema>, capabilities: DatabaseCapabilities): Promise<void> {
  const type = columnTypes(capabilities);
  await addDescriptorRepository(db);
  await addQueues(db);
  await addUntaggedPolicy(db, type);
  await createTrash(db, type);
  await createCollection(db, type);
}

/**
 * So that one probe tells whether a repository lists a digest. Rows of a previous version that still writes meanwhile have no
 * repository: readers look for those too, in an index of their own.
 */
async function addDescriptorRepository(db: Kysely<InstanceSchema>): Promise<void> {
  await db.schema.alterTable('manifest_descriptors').addColumn('repository_id', 'bigint').execute();
  await sql`
    update manifest_descriptors set repository_id =
      (select repository_id from manifests where manifests.id = manifest_descriptors.manifest_id)`.execute(db);
  await db.schema
    .createIndex('manifest_descriptors_repository')
    .on('manifest_descriptors')
    .columns(['repository_id', 'digest'])
    .execute();
  await db.schema
    .createIndex('manifest_descriptors_unplaced')
    .on('manifest_descriptors')
    .column('digest')
    .where(sql<SqlBool>`repository_id is null`)
    .execute();
  await db.schema.dropIndex('manifest_descriptors_digest').execute();
}

/** Content without use from before is queued; what a manifest lists, or a repository holds, need not be. */
async function addQueues(db: Kysely<InstanceSchema>): Promise<void> {
  await db.schema.alterTable('repository_blobs').addColumn('review_after', 'bigint').execute();
  await db.schema.alterTable('repository_blobs').addColumn('held_until', 'bigint').execute();
  await sql`
    update repository_blobs
       set review_after = linked_at + ${sql.lit(REVIEW_DELAY_MS)}, held_until = linked_at + ${sql.lit(PUSH_WINDOW_MS)}
     where not exists (
       select 1 from blob_digests n
         join manifest_descriptors d on d.digest = n.digest
        where n.blob_id = repository_blobs.blob_id and d.repository_id = repository_blobs.repository_id)`.execute(db);
  await db.schema.alterTable('blobs').addColumn('review_after', 'bigint').execute();
  await db.schema
    .alterTable('blobs')
    .addColumn('review_count', 'integer', (column) => column.notNull().defaultTo(0))
    .execute();
  await db.schema.alterTable('blobs').addColumn('deleting_at', 'bigint').execute();
  await sql`
    update blobs set review_after = created_at + ${sql.lit(REVIEW_DELAY_MS)}
     where not exists (select 1 from repository_blobs l where l.blob_id = blobs.id)`.execute(db);
  await db.schema
    .createIndex('repository_blobs_review')
    .on('repository_blobs')
    .columns(['review_after', 'repository_id', 'blob_id'])
    .where('review_after', 'is not', null)
    .execute();
  await db.schema
    .createIndex('blobs_review')
    .on('blobs')
    .columns(['review_after', 'id'])
    .where('review_after', 'is not', null)
    .execute();
  // Few at a time, among what may be very many that wait for a confirmation.
  await db.schema
    .createIndex('blobs_deleting')
    .on('blobs')
    .columns(['deleting_at', 'review_after', 'id'])
    .where('deleting_at', 'is not', null)
    .execute();
  await db.schema
    .createIndex('blobs_lost')
    .on('blobs')
    .columns(['lost_at', 'id'])
    .where('lost_at', 'is not', null)
    .execute();
}

async function addUntaggedPolicy(db: Kysely<InstanceSchema>, type: ColumnTypes): Promise<void> {
  await db.schema.alterTable('projects').addColumn('untagged_after_ms', 'bigint').execute();
  await db.schema.alterTable('projects').addColumn('untagged_from', 'bigint').execute();
  await db.schema.alterTable('manifests').addColumn('held_until', 'bigint').execute();
  await db.schema.alterTable('tag_history').addColumn('before_digest', type.bytes).execute();
  await sql`
    update tag_history set before_digest =
      (select h.digest from tag_history h
        where h.repository_id = tag_history.repository_id and h.name = tag_history.name and h.id < tag_history.id
        order by h.id desc limit 1)`.execute(db);
  await db.schema
    .createIndex('tag_history_before')
    .on('tag_history')
    .columns(['repository_id', 'before_digest', 'at'])
    .where('before_digest', 'is not', null)
    .execute();
}

async function createTrash(db: Kysely<InstanceSchema>, type: ColumnTypes): Promise<void> {
  await db.schema
    .createTable('trashed_manifests')
    .addColumn('id', type.id, type.idOptions)
    .addColumn('project_id', 'bigint', (column) => column.notNull())
    .addColumn('repository', type.name, (column) => column.notNull())
    .addColumn('digest', type.bytes, (column) => column.notNull())
    .addColumn('media_type', 'text', (column) => column.notNull())
    .addColumn('kind', 'text', (column) => column.notNull())
    .addColumn('artifact_type', 'text')
    .addColumn('subject_digest', type.bytes)
    .addColumn('annotations', 'text', (column) => column.notNull())
    .addColumn('size', 'bigint', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('pushed_by', 'text', (column) => column.notNull())
    .addColumn('tags', 'text', (column) => column.notNull())
    .addColumn('deleted_at', 'bigint', (column) => column.notNull())
    .addColumn('expires_at', 'bigint', (column) => column.notNull())
    .addColumn('deleted_by', 'text', (column) => column.notNull())
    .addColumn('reason', 'text', (column) => column.notNull())
    .addColumn('bytes', type.bytes, (column) => column.notNull())
    .execute();
  await db.schema.createIndex('trashed_manifests_expiry').on('trashed_manifests').column('expires_at').execute();
  await db.schema
    .createIndex('trashed_manifests_project')
    .on('trashed_manifests')
    .columns(['project_id', 'repository', 'digest'])
    .execute();
  await db.schema
    .createTable('trashed_descriptors')
    .addColumn('trash_id', 'bigint', (column) =>
      column.notNull().references('trashed_manifests.id').onDelete('cascade'),
    )
    .addColumn('position', 'integer', (column) => column.notNull())
    .addColumn('digest', type.bytes, (column) => column.notNull())
    .addColumn('role', 'text', (column) => column.notNull())
    .addColumn('is_optional', 'integer', (column) => column.notNull())
    .addColumn('size', 'bigint', (column) => column.notNull())
    .addColumn('media_type', 'text', (column) => column.notNull())
    .addPrimaryKeyConstraint('trashed_descriptors_key', ['trash_id', 'position'])
    .execute();
  await db.schema.createIndex('trashed_descriptors_digest').on('trashed_descriptors').column('digest').execute();
}

async function createCollection(db: Kysely<InstanceSchema>, type: ColumnTypes): Promise<void> {
  await db.schema
    .createTable('collection_holds')
    .addColumn('name', type.name, (column) => column.primaryKey())
    .addColumn('until', 'bigint', (column) => column.notNull())
    .execute();
  await db.schema
    .createTable('strays')
    .addColumn('kind', type.name, (column) => column.notNull())
    .addColumn('name', type.name, (column) => column.notNull())
    .addColumn('size', 'bigint', (column) => column.notNull())
    .addColumn('first_seen_at', 'bigint', (column) => column.notNull())
    .addColumn('last_seen_at', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('strays_key', ['kind', 'name'])
    .execute();
}
