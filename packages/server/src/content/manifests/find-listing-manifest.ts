import type { Kysely } from 'kysely';
import type { InstanceSchema } from '../../db/instance/schema.ts';

/** The digest of a manifest of the repository that needs one of the given digests, or undefined. */
export async function findListingManifest(
  tx: Kysely<InstanceSchema>,
  input: { readonly repositoryId: number; readonly digests: readonly Buffer[] },
): Promise<Buffer | undefined> {
  const row = await tx
    .selectFrom('manifest_descriptors')
    .innerJoin('manifests', 'manifests.id', 'manifest_descriptors.manifest_id')
    .select('manifests.digest')
    .where('manifests.repository_id', '=', input.repositoryId)
    .where('manifest_descriptors.digest', 'in', [...input.digests])
    .where('manifest_descriptors.is_optional', '=', 0)
    .limit(1)
    .executeTakeFirst();
  return row?.digest;
}
