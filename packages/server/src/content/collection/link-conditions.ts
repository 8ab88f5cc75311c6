import { type RawBuilder, type SqlBool, sql } from 'kysely';

/**
 * Of a row of `repository_blobs`: a manifest of its repository lists the blob under one of its digests, whether or not it
 * needs it. The second half finds what a version before this column wrote; its index is else empty.
 */
export const LINK_IS_LISTED: RawBuilder<SqlBool> = sql<SqlBool>`(
  exists (
    select 1 from blob_digests n
      join manifest_descriptors d on d.digest = n.digest and d.repository_id = repository_blobs.repository_id
     where n.blob_id = repository_blobs.blob_id)
  or exists (
    select 1 from blob_digests n
      join manifest_descriptors d on d.digest = n.digest and d.repository_id is null
      join manifests m on m.id = d.manifest_id
     where n.blob_id = repository_blobs.blob_id and m.repository_id = repository_blobs.repository_id))`;

/** Of a row of `blobs`: a deleted manifest that may yet be restored lists it. */
export const BLOB_IS_TRASHED: RawBuilder<SqlBool> = sql<SqlBool>`
  exists (
    select 1 from blob_digests n
      join trashed_descriptors t on t.digest = n.digest
     where n.blob_id = blobs.id)`;
