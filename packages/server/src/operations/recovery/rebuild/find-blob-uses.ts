import { type Kysely, sql } from 'kysely';
import { fromDigestBytes } from '../../../content/digest-bytes.ts';
import type { InstanceSchema } from '../../../db/instance/schema.ts';

/** A manifest that needs a blob. */
export interface BlobUse {
  readonly repository: string;
  readonly manifest: string;
  readonly tags: readonly string[];
  /** It was deleted, and could be restored. */
  readonly isTrashed: boolean;
}

const MAX_USES = 20;

/** Some of the manifests that list the blob; none when it is needed by nothing. */
export async function findBlobUses(db: Kysely<InstanceSchema>, blobId: number): Promise<readonly BlobUse[]> {
  const { rows } = await sql<{ id: number; name: string; digest: Buffer }>`
    select distinct m.id as id, r.name as name, m.digest as digest
      from blob_digests n
      join manifest_descriptors d on d.digest = n.digest
      join manifests m on m.id = d.manifest_id
      join repositories r on r.id = m.repository_id
     where n.blob_id = ${blobId} order by m.id limit ${sql.lit(MAX_USES)}`.execute(db);
  const uses: BlobUse[] = [];
  for (const { id, name, digest } of rows) {
    const tags = await db.selectFrom('tags').select('name').where('manifest_id', '=', id).orderBy('name').execute();
    const manifest = fromDigestBytes(digest);
    uses.push({ repository: name, manifest, tags: tags.map((tag) => tag.name), isTrashed: false });
  }
  return uses.length > 0 ? uses : findTrashedUses(db, blobId);
}

async function findTrashedUses(db: Kysely<InstanceSchema>, blobId: number): Promise<readonly BlobUse[]> {
  const { rows } = await sql<{ repository: string; digest: Buffer }>`
    select distinct t.repository as repository, t.digest as digest
      from blob_digests n
      join trashed_descriptors d on d.digest = n.digest
      join trashed_manifests t on t.id = d.trash_id
     where n.blob_id = ${blobId} limit ${sql.lit(MAX_USES)}`.execute(db);
  return rows.map(({ repository, digest }) => ({
    repository,
    manifest: fromDigestBytes(digest),
    tags: [],
    isTrashed: true,
  }));
}
