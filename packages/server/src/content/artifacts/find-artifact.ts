import { type Digest, quoteForMessage, type Reference } from '@roadstead/oci';
import type { InstanceTransaction } from '../../db/instance/instance-database.ts';
import { ProductError } from '../../kernel/errors.ts';
import { fromDigestBytes, toDigestBytes } from '../digest-bytes.ts';
import type { RepositoryRef } from '../repository-ref.ts';

/** The manifest of an artifact, locked until the transaction ends. */
export interface LockedArtifact {
  readonly id: number;
  readonly repository_id: number;
  readonly digest: Digest;
  readonly media_type: string;
  readonly artifact_type: string | null;
  readonly subject_digest: Buffer | null;
  readonly size: number;
}

/** `update`: it may go; `share`: it stays. */
export type ArtifactLock = 'update' | 'share';

/** @throws ProductError NOT_FOUND */
export async function getArtifactLocked(
  context: InstanceTransaction,
  repository: RepositoryRef,
  reference: Reference,
  lock: ArtifactLock,
): Promise<LockedArtifact> {
  const { tx } = context;
  const within = tx
    .selectFrom('repositories')
    .select('id')
    .where('name', '=', repository.name)
    .where('project_id', '=', repository.projectId);
  const found = tx.selectFrom('manifests').select('id').where('repository_id', '=', within);
  const row =
    reference.kind === 'digest'
      ? await found.where('digest', '=', toDigestBytes(reference.digest)).executeTakeFirst()
      : await found
          .where('id', 'in', (eb) =>
            eb
              .selectFrom('tags')
              .select('manifest_id')
              .where('tags.repository_id', '=', within)
              .where('tags.name', '=', reference.tag),
          )
          .executeTakeFirst();
  const locked = row === undefined ? undefined : await lockArtifact(context, row.id, lock);
  return locked ?? noSuchArtifact(repository, reference);
}

/** @returns undefined when it is not there any more */
export async function lockArtifact(
  { tx, capabilities }: InstanceTransaction,
  id: number,
  lock: ArtifactLock,
): Promise<LockedArtifact | undefined> {
  const query = tx
    .selectFrom('manifests')
    .select(['id', 'repository_id', 'digest', 'media_type', 'artifact_type', 'subject_digest', 'size'])
    .where('id', '=', id);
  const locked = lock === 'update' ? query.forUpdate() : query.forShare();
  const row = await (capabilities.rowLocks ? locked : query).executeTakeFirst();
  return row === undefined ? undefined : { ...row, digest: fromDigestBytes(row.digest) };
}

/** Manifests of the repository that are accessories of this one, by id. */
export async function findAccessoryIds(
  { tx }: InstanceTransaction,
  { repository_id: repositoryId, digest }: Pick<LockedArtifact, 'repository_id' | 'digest'>,
): Promise<readonly number[]> {
  const rows = await tx
    .selectFrom('artifacts')
    .select('manifest_id')
    .where('repository_id', '=', repositoryId)
    .where('subject_digest', '=', toDigestBytes(digest))
    .orderBy('manifest_id')
    .execute();
  return rows.map((row) => row.manifest_id);
}

/** Manifests of the repository that this one lists, in its order; each once. */
export async function findChildIds(
  { tx }: InstanceTransaction,
  { id, repository_id: repositoryId }: Pick<LockedArtifact, 'id' | 'repository_id'>,
): Promise<readonly number[]> {
  const rows = await tx
    .selectFrom('manifest_descriptors as d')
    .innerJoin('manifests as m', 'm.digest', 'd.digest')
    .select('m.id')
    .where('d.manifest_id', '=', id)
    .where('d.role', '=', 'manifest')
    .where('m.repository_id', '=', repositoryId)
    .orderBy('d.position')
    .execute();
  return [...new Set(rows.map((row) => row.id))];
}

/** @throws ProductError NOT_FOUND */
export function noSuchArtifact({ name }: RepositoryRef, reference: Reference): never {
  const is = reference.kind === 'tag' ? `:${reference.tag}` : `@${reference.digest}`;
  throw new ProductError('NOT_FOUND', `artifact ${quoteForMessage(`${name}${is}`)} not found`);
}
