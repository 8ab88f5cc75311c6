import type { Digest } from '@roadstead/oci';
import type { InstanceDatabase } from '../../db/instance/instance-database.ts';
import { toDigestBytes } from '../digest-bytes.ts';
import { isVisible, seesEverything, type Visibility } from '../repositories/visibility.ts';

/** A stored blob as a repository sees it. */
export interface StoredBlob {
  readonly id: number;
  readonly size: number;
  readonly storageKey: string;
  /** A read has found its bytes gone. */
  readonly isLost: boolean;
}

/** A blob together with the link that makes it the repository's. */
export interface LinkedBlob extends StoredBlob {
  readonly repositoryId: number;
  /** Until when somebody who pushes relies on it. */
  readonly heldUntil: number | null;
}

export interface BlobReads {
  /** The blob, if this repository holds it, whether or not its bytes were lost. */
  find(repository: string, digest: Digest): Promise<LinkedBlob | undefined>;
  /** The name of a repository of the given projects that holds the blob, for a mount that names no source. */
  findHolder(digest: Digest, visibility: Visibility): Promise<string | undefined>;
}

interface BlobReadRow {
  readonly id: number;
  readonly size: number;
  readonly storage_key: string;
  readonly lost_at: number | null;
  readonly repository_id: number;
  readonly held_until: number | null;
}

export function createBlobReads(database: InstanceDatabase): BlobReads {
  const readBlob = database.prepareRead<BlobReadRow>(
    'blob-by-digest',
    `select b.id, b.size, b.storage_key, b.lost_at, l.repository_id, l.held_until
       from repository_blobs l
       join blobs b on b.id = l.blob_id
      where l.repository_id = (select id from repositories where name = ?)
        and l.blob_id = (select blob_id from blob_digests where digest = ?)`,
  );
  return {
    find: async (repository, digest) => {
      const [row] = await readBlob([repository, toDigestBytes(digest)]);
      if (row === undefined) return undefined;
      return {
        id: row.id,
        size: row.size,
        storageKey: row.storage_key,
        isLost: row.lost_at !== null,
        repositoryId: row.repository_id,
        heldUntil: row.held_until,
      };
    },
    findHolder: (digest, visibility) => findHolder(database, digest, visibility),
  };
}

async function findHolder(
  database: InstanceDatabase,
  digest: Digest,
  visibility: Visibility,
): Promise<string | undefined> {
  let query = database.reader
    .selectFrom('blob_digests')
    .innerJoin('repository_blobs', 'repository_blobs.blob_id', 'blob_digests.blob_id')
    .innerJoin('repositories', 'repositories.id', 'repository_blobs.repository_id')
    .innerJoin('projects', 'projects.id', 'repositories.project_id')
    .select('repositories.name')
    .innerJoin('blobs', 'blobs.id', 'blob_digests.blob_id')
    .where('blob_digests.digest', '=', toDigestBytes(digest))
    .where('blobs.lost_at', 'is', null)
    .limit(1);
  if (!seesEverything(visibility)) query = query.where(isVisible(visibility));
  return (await query.executeTakeFirst())?.name;
}
