import { type Digest, isNonDistributable, type ParsedManifest } from '@roadstead/oci';
import type { InstanceTransaction } from '../../db/instance/instance-database.ts';
import { fromDigestBytes, toDigestBytes } from '../digest-bytes.ts';

/** One thing that a manifest lists, as it is stored. */
export interface ListedDescriptor {
  readonly digest: Digest;
  readonly role: 'config' | 'layer' | 'manifest';
  readonly mediaType: string;
  readonly sizeBytes: number;
  /** Held elsewhere by design (foreign layers): the registry need not have it. */
  readonly isForeign: boolean;
}

/** Everything that the manifest lists, in document order; its subject is no part of it. */
export function listDescriptors(manifest: ParsedManifest): readonly ListedDescriptor[] {
  const config = manifest.config === undefined ? [] : [{ descriptor: manifest.config, role: 'config' as const }];
  const layers = manifest.layers.map((descriptor) => ({ descriptor, role: 'layer' as const }));
  const entries = manifest.manifests.map((descriptor) => ({ descriptor, role: 'manifest' as const }));
  return [...config, ...layers, ...entries].map(({ descriptor, role }) => ({
    digest: descriptor.digest,
    role,
    mediaType: descriptor.mediaType,
    sizeBytes: descriptor.size,
    isForeign: role === 'layer' && (isNonDistributable(descriptor.mediaType) || (descriptor.urls ?? []).length > 0),
  }));
}

/**
 * Digests of the list that the repository does not hold. What it does hold stays locked until the transaction ends, so that
 * no delete can slip between this look and the commit (invariant 3).
 */
export async function findMissingContent(
  context: InstanceTransaction,
  repositoryId: number,
  listed: readonly ListedDescriptor[],
): Promise<ReadonlySet<Digest>> {
  const entries = listed.filter((item) => item.role === 'manifest').map((item) => item.digest);
  const heldManifests = await holdManifests(context, repositoryId, [...new Set(entries)]);
  // An entry of an index may be a blob: older BuildKit caches list their layers so.
  const wanted = listed.filter((item) => !heldManifests.has(item.digest)).map((item) => item.digest);
  const heldBlobs = await holdBlobs(context, repositoryId, [...new Set(wanted)]);
  return new Set(wanted.filter((digest) => !heldBlobs.has(digest)));
}

function holdManifests(
  { tx, capabilities }: InstanceTransaction,
  repositoryId: number,
  digests: readonly Digest[],
): Promise<ReadonlySet<Digest>> {
  return hold(digests, (keys) => {
    const query = tx
      .selectFrom('manifests')
      .select('digest')
      .where('repository_id', '=', repositoryId)
      .where('digest', 'in', keys)
      .orderBy('id');
    return (capabilities.rowLocks ? query.forShare() : query).execute();
  });
}

function holdBlobs(
  { tx, capabilities }: InstanceTransaction,
  repositoryId: number,
  digests: readonly Digest[],
): Promise<ReadonlySet<Digest>> {
  return hold(digests, (keys) => {
    const query = tx
      .selectFrom('repository_blobs')
      .innerJoin('blob_digests', 'blob_digests.blob_id', 'repository_blobs.blob_id')
      .innerJoin('blobs', 'blobs.id', 'repository_blobs.blob_id')
      .select('blob_digests.digest')
      .where('blobs.lost_at', 'is', null)
      .where('repository_blobs.repository_id', '=', repositoryId)
      .where('blob_digests.digest', 'in', keys)
      .orderBy('repository_blobs.blob_id');
    return (capabilities.rowLocks ? query.forShare('repository_blobs') : query).execute();
  });
}

const BATCH_SIZE = 1_000;

/** Those of the digests that `select` finds, asked some at a time: a statement binds a bounded number of values. */
async function hold(
  digests: readonly Digest[],
  select: (keys: Buffer[]) => Promise<readonly { readonly digest: Buffer }[]>,
): Promise<ReadonlySet<Digest>> {
  const held = new Set<Digest>();
  for (let start = 0; start < digests.length; start += BATCH_SIZE) {
    const rows = await select(digests.slice(start, start + BATCH_SIZE).map(toDigestBytes));
    for (const row of rows) held.add(fromDigestBytes(row.digest));
  }
  return held;
}
