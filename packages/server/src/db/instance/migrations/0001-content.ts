import type { Kysely } from 'kysely';
import type { DatabaseCapabilities } from '../../../drivers/database/database.ts';
import { columnTypes } from '../../column-types.ts';
import type { InstanceSchema } from '../schema.ts';

/** Projects, repositories, blobs, manifests, tags, uploads and the journal. */
export async function up(db: Kysely<InstanceSchema>, capabilities: DatabaseCapabilities): Promise<void> {
  await createProjects(db, capabilities);
  await createBlobs(db, capabilities);
  await createManifests(db, capabilities);
  await createTags(db, capabilities);
  await createUploads(db, capabilities);
  await createJournal(db, capabilities);
}

async function createProjects(db: Kysely<InstanceSchema>, capabilities: DatabaseCapabilities): Promise<void> {
  const type = columnTypes(capabilities);
  await db.schema
    .createTable('settings')
    .addColumn('name', type.name, (column) => column.primaryKey())
    .addColumn('value', 'text', (column) => column.notNull())
    .execute();
  await db.schema
    .createTable('projects')
    .addColumn('id', type.id, type.idOptions)
    .addColumn('name', type.name, (column) => column.notNull().unique())
    .addColumn('is_public', 'integer', (column) => column.notNull())
    .addColumn('owner_id', 'bigint', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('updated_at', 'bigint', (column) => column.notNull())
    .execute();
  await db.schema
    .createTable('repositories')
    .addColumn('id', type.id, type.idOptions)
    .addColumn('project_id', 'bigint', (column) => column.notNull().references('projects.id'))
    .addColumn('name', type.name, (column) => column.notNull().unique())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('updated_at', 'bigint', (column) => column.notNull())
    .execute();
  await db.schema.createIndex('repositories_project').on('repositories').columns(['project_id', 'name']).execute();
}

async function createBlobs(db: Kysely<InstanceSchema>, capabilities: DatabaseCapabilities): Promise<void> {
  const type = columnTypes(capabilities);
  await db.schema
    .createTable('blobs')
    .addColumn('id', type.id, type.idOptions)
    .addColumn('size', 'bigint', (column) => column.notNull())
    .addColumn('storage_key', type.name, (column) => column.notNull().unique())
    .addColumn('encoding', 'text', (column) => column.notNull())
    .addColumn('key_id', 'text')
    .addColumn('lost_at', 'bigint')
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .execute();
  await db.schema
    .createTable('blob_digests')
    .addColumn('digest', type.bytes, (column) => column.primaryKey())
    .addColumn('blob_id', 'bigint', (column) => column.notNull().references('blobs.id'))
    .execute();
  await db.schema.createIndex('blob_digests_blob').on('blob_digests').column('blob_id').execute();
  await db.schema
    .createTable('repository_blobs')
    .addColumn('repository_id', 'bigint', (column) => column.notNull().references('repositories.id'))
    .addColumn('blob_id', 'bigint', (column) => column.notNull().references('blobs.id'))
    .addColumn('linked_at', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('repository_blobs_key', ['repository_id', 'blob_id'])
    .execute();
  await db.schema.createIndex('repository_blobs_blob').on('repository_blobs').column('blob_id').execute();
}

async function createManifests(db: Kysely<InstanceSchema>, capabilities: DatabaseCapabilities): Promise<void> {
  const type = columnTypes(capabilities);
  await db.schema
    .createTable('manifests')
    .addColumn('id', type.id, type.idOptions)
    .addColumn('repository_id', 'bigint', (column) => column.notNull().references('repositories.id'))
    .addColumn('digest', type.bytes, (column) => column.notNull())
    .addColumn('media_type', 'text', (column) => column.notNull())
    .addColumn('kind', 'text', (column) => column.notNull())
    .addColumn('artifact_type', 'text')
    .addColumn('subject_digest', type.bytes)
    .addColumn('annotations', 'text', (column) => column.notNull())
    .addColumn('size', 'bigint', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('pushed_by', 'text', (column) => column.notNull())
    .addColumn('bytes', type.bytes, (column) => column.notNull())
    .addUniqueConstraint('manifests_repository_digest', ['repository_id', 'digest'])
    .execute();
  await db.schema
    .createIndex('manifests_subject')
    .on('manifests')
    .columns(['repository_id', 'subject_digest', 'id'])
    .where('subject_digest', 'is not', null)
    .execute();
  await db.schema
    .createTable('manifest_descriptors')
    .addColumn('manifest_id', 'bigint', (column) => column.notNull().references('manifests.id').onDelete('cascade'))
    .addColumn('position', 'integer', (column) => column.notNull())
    .addColumn('digest', type.bytes, (column) => column.notNull())
    .addColumn('role', 'text', (column) => column.notNull())
    .addColumn('is_optional', 'integer', (column) => column.notNull())
    .addColumn('size', 'bigint', (column) => column.notNull())
    .addColumn('media_type', 'text', (column) => column.notNull())
    .addPrimaryKeyConstraint('manifest_descriptors_key', ['manifest_id', 'position'])
    .execute();
  await db.schema.createIndex('manifest_descriptors_digest').on('manifest_descriptors').column('digest').execute();
}

async function createTags(db: Kysely<InstanceSchema>, capabilities: DatabaseCapabilities): Promise<void> {
  const type = columnTypes(capabilities);
  await db.schema
    .createTable('tags')
    .addColumn('id', type.id, type.idOptions)
    .addColumn('repository_id', 'bigint', (column) => column.notNull().references('repositories.id'))
    .addColumn('name', type.name, (column) => column.notNull())
    .addColumn('manifest_id', 'bigint', (column) => column.notNull().references('manifests.id'))
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('updated_at', 'bigint', (column) => column.notNull())
    .addUniqueConstraint('tags_repository_name', ['repository_id', 'name'])
    .execute();
  await db.schema.createIndex('tags_manifest').on('tags').column('manifest_id').execute();
  await db.schema
    .createTable('tag_history')
    .addColumn('id', type.id, type.idOptions)
    .addColumn('repository_id', 'bigint', (column) => column.notNull().references('repositories.id'))
    .addColumn('name', type.name, (column) => column.notNull())
    .addColumn('digest', type.bytes)
    .addColumn('at', 'bigint', (column) => column.notNull())
    .addColumn('actor', 'text', (column) => column.notNull())
    .execute();
  await db.schema.createIndex('tag_history_name').on('tag_history').columns(['repository_id', 'name', 'id']).execute();
}

async function createUploads(db: Kysely<InstanceSchema>, capabilities: DatabaseCapabilities): Promise<void> {
  const type = columnTypes(capabilities);
  await db.schema
    .createTable('uploads')
    .addColumn('id', type.name, (column) => column.primaryKey())
    .addColumn('project_id', 'bigint', (column) => column.notNull())
    .addColumn('repository', type.name, (column) => column.notNull())
    .addColumn('principal', 'text', (column) => column.notNull())
    .addColumn('algorithm', 'text', (column) => column.notNull())
    .addColumn('size', 'bigint', (column) => column.notNull())
    .addColumn('state', 'text', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('expires_at', 'bigint', (column) => column.notNull())
    .execute();
  await db.schema.createIndex('uploads_expiry').on('uploads').column('expires_at').execute();
}

async function createJournal(db: Kysely<InstanceSchema>, capabilities: DatabaseCapabilities): Promise<void> {
  const type = columnTypes(capabilities);
  await db.schema
    .createTable('journal')
    .addColumn('id', type.id, type.idOptions)
    .addColumn('at', 'bigint', (column) => column.notNull())
    .addColumn('kind', 'text', (column) => column.notNull())
    .addColumn('actor', 'text', (column) => column.notNull())
    .addColumn('request_id', 'text', (column) => column.notNull())
    .addColumn('address', 'text', (column) => column.notNull())
    .addColumn('user_agent', 'text', (column) => column.notNull())
    .addColumn('project_id', 'bigint')
    .addColumn('repository', 'text')
    .addColumn('detail', 'text', (column) => column.notNull())
    .execute();
}
