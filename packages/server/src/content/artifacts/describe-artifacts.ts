import { OciError, type ParsedManifest, parseManifest } from '@roadstead/oci';
import type { InstanceTransaction } from '../../db/instance/instance-database.ts';
import { describeArtifact, setAccessoryOfTag } from './describe-artifact.ts';

export interface DescribeArtifactsInput {
  /** Manifests at most. */
  readonly limit: number;
}

/**
 * Describes manifests that no command of this version has stored: from before an update, by a node that is not updated yet, or of a
 * database that was rebuilt. @returns how many; fewer than the limit when it was all of them
 */
export async function describeArtifacts(
  context: InstanceTransaction,
  { limit }: DescribeArtifactsInput,
): Promise<number> {
  const { tx, capabilities } = context;
  // Children of an index were stored before it.
  const query = tx
    .selectFrom('artifacts')
    .select('manifest_id')
    .where('type', 'is', null)
    .orderBy('manifest_id')
    .limit(limit);
  const found = await (capabilities.rowLocks ? query.forUpdate().skipLocked() : query).execute();
  for (const { manifest_id: id } of found) await describeStored(context, id);
  return found.length;
}

/** Describes one manifest by what is stored of it. */
export async function describeStored(context: InstanceTransaction, id: number): Promise<void> {
  const { tx } = context;
  const row = await tx
    .selectFrom('manifests')
    .select(['repository_id', 'media_type', 'bytes', 'size'])
    .where('id', '=', id)
    .executeTakeFirstOrThrow();
  const at = { id, repositoryId: row.repository_id };
  await describeArtifact(context, { ...at, manifest: parse(row.bytes, row.media_type), sizeBytes: row.size });
  const tags = await tx.selectFrom('tags').select('name').where('manifest_id', '=', id).orderBy('name').execute();
  for (const { name } of tags) await setAccessoryOfTag(context, at, name);
}

/** What an earlier version has taken for a manifest may be none by today's rules. */
function parse(bytes: Buffer, mediaType: string): ParsedManifest | undefined {
  try {
    return parseManifest(bytes, mediaType);
  } catch (error) {
    if (error instanceof OciError) return undefined;
    throw error;
  }
}
