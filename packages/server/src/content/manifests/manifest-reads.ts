import type { Digest, Reference } from '@roadstead/oci';
import type { InstanceDatabase } from '../../db/instance/instance-database.ts';
import { fromDigestBytes, toDigestBytes } from '../digest-bytes.ts';

export interface StoredManifest {
  readonly digest: Digest;
  readonly mediaType: string;
  readonly sizeBytes: number;
}

export interface StoredManifestContent extends StoredManifest {
  readonly bytes: Buffer;
}

/** A manifest as somebody who pushes finds it. */
export interface ExposedManifestRead extends StoredManifest {
  readonly id: number;
  readonly heldUntil: number | null;
  /** A policy of its project deletes untagged manifests. */
  readonly isExposed: boolean;
}

export interface ManifestReads {
  /** Without the bytes, for HEAD. */
  find(repository: string, reference: Reference): Promise<StoredManifest | undefined>;
  /** Without the bytes, and with what a push needs to know of policies. */
  findForPush(repository: string, digest: Digest): Promise<ExposedManifestRead | undefined>;
  findContent(repository: string, reference: Reference): Promise<StoredManifestContent | undefined>;
}

interface ManifestHeadRow {
  readonly digest: Buffer;
  readonly media_type: string;
  readonly size: number;
}

// Subqueries rather than joins: SQLite plans a join anew for each binding of its parameters, at several times the cost.
const REPOSITORY = '(select id from repositories where name = ?)';
const BY_TAG = `from manifests m
 where m.id = (select manifest_id from tags where repository_id = ${REPOSITORY} and name = ?)`;
const BY_DIGEST = `from manifests m where m.repository_id = ${REPOSITORY} and m.digest = ?`;

interface ManifestPushRow extends ManifestHeadRow {
  readonly id: number;
  readonly held_until: number | null;
  readonly untagged_after_ms: number | null;
}

const FOR_PUSH = `select m.id, m.digest, m.media_type, m.size, m.held_until, p.untagged_after_ms
  from repositories r
  join projects p on p.id = r.project_id
  join manifests m on m.repository_id = r.id
 where r.name = ? and m.digest = ?`;

/** The hot reads of a registry, on statements prepared once. */
export function createManifestReads(database: InstanceDatabase): ManifestReads {
  const headColumns = 'select m.digest, m.media_type, m.size';
  const headByTag = database.prepareRead<ManifestHeadRow>('manifest-head-by-tag', `${headColumns} ${BY_TAG}`);
  const headByDigest = database.prepareRead<ManifestHeadRow>('manifest-head-by-digest', `${headColumns} ${BY_DIGEST}`);
  const forPush = database.prepareRead<ManifestPushRow>('manifest-for-push', FOR_PUSH);
  const contentColumns = `${headColumns}, m.bytes`;
  type ContentRow = ManifestHeadRow & { readonly bytes: Buffer };
  const contentByTag = database.prepareRead<ContentRow>('manifest-by-tag', `${contentColumns} ${BY_TAG}`);
  const contentByDigest = database.prepareRead<ContentRow>('manifest-by-digest', `${contentColumns} ${BY_DIGEST}`);
  return {
    find: async (repository, reference) => {
      const read = reference.kind === 'tag' ? headByTag : headByDigest;
      const [row] = await read([repository, keyOf(reference)]);
      return row === undefined ? undefined : toStored(row);
    },
    findForPush: async (repository, digest) => {
      const [row] = await forPush([repository, toDigestBytes(digest)]);
      if (row === undefined) return undefined;
      return { ...toStored(row), id: row.id, heldUntil: row.held_until, isExposed: row.untagged_after_ms !== null };
    },
    findContent: async (repository, reference) => {
      const read = reference.kind === 'tag' ? contentByTag : contentByDigest;
      const [row] = await read([repository, keyOf(reference)]);
      return row === undefined ? undefined : { ...toStored(row), bytes: row.bytes };
    },
  };
}

function keyOf(reference: Reference): string | Buffer {
  return reference.kind === 'tag' ? reference.tag : toDigestBytes(reference.digest);
}

function toStored(row: ManifestHeadRow): StoredManifest {
  return { digest: fromDigestBytes(row.digest), mediaType: row.media_type, sizeBytes: row.size };
}
