import type { Kysely } from 'kysely';
import type { InstanceSchema } from '../../db/instance/schema.ts';

export interface ListingManifestInput {
  readonly repositoryId: number;
  readonly digests: readonly Buffer[];
  /** Count what is listed and need not be held, too. */
  readonly includesOptional?: boolean;
}

/** The digest of a manifest of the repository that needs one of the given digests, or undefined. */
export async function findListingManifest(
  tx: Kysely<InstanceSchema>,
  { repositoryId, digests, includesOptional = false }: ListingManifestInput,
): Promise<Buffer | undefined> {
  const listed = tx
    .selectFrom('manifest_descriptors')
    .innerJoin('manifests', 'manifests.id', 'manifest_descriptors.manifest_id')
    .select('manifests.digest')
    .where('manifest_descriptors.digest', 'in', [...digests])
    .where('manifest_descriptors.is_optional', '<=', includesOptional ? 1 : 0)
    .limit(1);
  const row =
    (await listed.where('manifest_descriptors.repository_id', '=', repositoryId).executeTakeFirst()) ??
    // What a version before that column wrote; its index is else empty.
    (await listed
      .where('manifest_descriptors.repository_id', 'is', null)
      .where('manifests.repository_id', '=', repositoryId)
      .executeTakeFirst());
  return row?.digest;
}
