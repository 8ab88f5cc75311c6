import { sql } from 'kysely';
import type { InstanceTransaction } from '../../db/instance/instance-database.ts';
import type { Actor } from '../../kernel/actor.ts';
import { principalKey } from '../../kernel/principal.ts';
import type { RepositoryRef } from '../repository-ref.ts';

export interface TrashManifestInput {
  readonly manifestId: number;
  readonly repository: RepositoryRef;
  /** The tags that stand at it. */
  readonly tags: readonly string[];
  readonly deletedAt: number;
  readonly expiresAt: number;
  readonly reason: string;
  readonly actor: Actor;
}

/** Copies a manifest that is about to go, with what it lists, to where it can be restored from. */
export async function trashManifest({ tx }: InstanceTransaction, input: TrashManifestInput): Promise<void> {
  const { manifestId, repository, tags, deletedAt, expiresAt, reason, actor } = input;
  const integer = (value: number) => sql<number>`cast(${value} as bigint)`;
  const text = (value: string) => sql<string>`cast(${value} as text)`;
  const { id } = await tx
    .insertInto('trashed_manifests')
    .columns([
      ...MANIFEST_COLUMNS,
      'project_id',
      'repository',
      'tags',
      'deleted_at',
      'expires_at',
      'deleted_by',
      'reason',
    ])
    .expression(
      tx
        .selectFrom('manifests')
        .select([...MANIFEST_COLUMNS])
        .select([
          integer(repository.projectId).as('project_id'),
          text(repository.name).as('repository'),
          text(JSON.stringify(tags)).as('tags'),
          integer(deletedAt).as('deleted_at'),
          integer(expiresAt).as('expires_at'),
          text(principalKey(actor.principal)).as('deleted_by'),
          text(reason).as('reason'),
        ])
        .where('id', '=', manifestId),
    )
    .returning('id')
    .executeTakeFirstOrThrow();
  await tx
    .insertInto('trashed_descriptors')
    .columns(['trash_id', ...DESCRIPTOR_COLUMNS])
    .expression(
      tx
        .selectFrom('manifest_descriptors')
        .select(integer(id).as('trash_id'))
        .select([...DESCRIPTOR_COLUMNS])
        .where('manifest_id', '=', manifestId),
    )
    .execute();
}

/** What the rows of manifests have in the trash as they had it before. */
export const MANIFEST_COLUMNS = [
  'digest',
  'media_type',
  'kind',
  'artifact_type',
  'subject_digest',
  'annotations',
  'size',
  'created_at',
  'pushed_by',
  'bytes',
] as const;

export const DESCRIPTOR_COLUMNS = ['position', 'digest', 'role', 'is_optional', 'size', 'media_type'] as const;
