import type { Digest } from '@roadstead/oci';
import type { Selectable } from 'kysely';
import type { InstanceTransaction } from '../../db/instance/instance-database.ts';
import type { TrashedManifestRow } from '../../db/instance/schema.ts';
import { fromDigestBytes, toDigestBytes } from '../digest-bytes.ts';
import type { RepositoryRef } from '../repository-ref.ts';

/** A deleted manifest that can be restored, without its bytes. */
export interface TrashedManifest {
  readonly id: number;
  readonly repository: RepositoryRef;
  readonly digest: Digest;
  readonly mediaType: string;
  readonly artifactType: string | undefined;
  readonly subject: Digest | undefined;
  readonly sizeBytes: number;
  readonly pushedAt: number;
  readonly pushedBy: string;
  /** The tags that stood at it. */
  readonly tags: readonly string[];
  readonly deletedAt: number;
  readonly expiresAt: number;
  readonly deletedBy: string;
  /** `client`, or the policy that deleted it. */
  readonly reason: string;
}

export const TRASHED_COLUMNS = [
  'id',
  'project_id',
  'repository',
  'digest',
  'media_type',
  'artifact_type',
  'subject_digest',
  'size',
  'created_at',
  'pushed_by',
  'tags',
  'deleted_at',
  'expires_at',
  'deleted_by',
  'reason',
] as const;

type TrashedRow = Pick<Selectable<TrashedManifestRow>, (typeof TRASHED_COLUMNS)[number]>;

export function toTrashedManifest(row: TrashedRow): TrashedManifest {
  return {
    id: row.id,
    repository: { projectId: row.project_id, name: row.repository },
    digest: fromDigestBytes(row.digest),
    mediaType: row.media_type,
    artifactType: row.artifact_type ?? undefined,
    subject: row.subject_digest === null ? undefined : fromDigestBytes(row.subject_digest),
    sizeBytes: row.size,
    pushedAt: row.created_at,
    pushedBy: row.pushed_by,
    tags: JSON.parse(row.tags) as readonly string[],
    deletedAt: row.deleted_at,
    expiresAt: row.expires_at,
    deletedBy: row.deleted_by,
    reason: row.reason,
  };
}

/** Which of a project's deleted manifests: by its id, or the last one of that digest in a repository. */
export type TrashKey = { readonly id: number } | { readonly repository: string; readonly digest: Digest };

/** Locked, so that it is not purged or restored twice. */
export async function lockTrashed(
  { tx, capabilities }: InstanceTransaction,
  projectId: number,
  key: TrashKey,
): Promise<TrashedManifest | undefined> {
  const all = tx
    .selectFrom('trashed_manifests')
    .select([...TRASHED_COLUMNS])
    .where('project_id', '=', projectId);
  const query =
    'id' in key
      ? all.where('id', '=', key.id)
      : all
          .where('repository', '=', key.repository)
          .where('digest', '=', toDigestBytes(key.digest))
          .orderBy('id', 'desc')
          .limit(1);
  const row = await (capabilities.rowLocks ? query.forUpdate() : query).executeTakeFirst();
  return row === undefined ? undefined : toTrashedManifest(row);
}
