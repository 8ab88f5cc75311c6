import { OciError, type ParsedManifest, parseFallbackTag, parseManifest } from '@roadstead/oci';
import type { InstanceTransaction } from '../../db/instance/instance-database.ts';
import type { Actor } from '../../kernel/actor.ts';
import { ProductError } from '../../kernel/errors.ts';
import type { LinkTimes } from '../collection/collection-settings.ts';
import { fromDigestBytes, toDigestBytes } from '../digest-bytes.ts';
import { findMissingContent, type ListedDescriptor } from '../manifests/find-missing-content.ts';
import { putManifest } from '../manifests/put-manifest.ts';
import type { RepositoryRef } from '../repository-ref.ts';
import { restoreLinks } from '../trash/restore-links.ts';
import { findAccessoryIds, findChildIds, type LockedArtifact, lockArtifact } from './find-artifact.ts';

export interface ClosureInput extends LinkTimes {
  /** Which the caller may read. */
  readonly source: RepositoryRef;
  readonly repository: RepositoryRef;
  readonly now: number;
  readonly actor: Actor;
}

export interface ClosureCopy {
  readonly input: ClosureInput;
  /** Of the target. */
  readonly repositoryId: number;
  /** Ids of manifests of the source. */
  readonly copied: Set<number>;
  /** Told of each manifest before it is copied. */
  readonly onManifest?: (artifact: LockedArtifact) => Promise<void>;
  /** Whether a tag by which clients find an accessory may be set in the target. Default: each of them. */
  readonly maySetTag?: (tag: string, artifact: LockedArtifact) => Promise<boolean>;
}

/** More at once would keep other writes waiting. */
const MAX_MANIFESTS = 1_000;
const NO_CONDITIONS = { ifMatch: undefined, ifNoneMatch: undefined };

/**
 * A part of a command: copies an artifact with everything that belongs to it, past the gates of a push and without a byte of a blob.
 * Parts come before the index that lists them, and accessories after what they belong to.
 * @throws ProductError PRECONDITION when something that it needs is gone, or it is too much
 */
export async function copyClosure(
  context: InstanceTransaction,
  copy: ClosureCopy,
  artifact: LockedArtifact,
  tags: readonly string[],
): Promise<void> {
  const { copied, maySetTag = async () => true } = copy;
  if (copied.has(artifact.id)) return;
  copied.add(artifact.id);
  if (copied.size > MAX_MANIFESTS) {
    throw new ProductError('PRECONDITION', 'this artifact has too many accessories and parts to be copied at once');
  }
  for (const id of await findChildIds(context, artifact)) {
    const child = await lockArtifact(context, id, 'share');
    if (child !== undefined) await copyClosure(context, copy, child, []);
  }
  await copy.onManifest?.(artifact);
  await copyManifest(context, copy, artifact, tags);
  for (const id of await findAccessoryIds(context, artifact)) {
    const accessory = await lockArtifact(context, id, 'share');
    if (accessory === undefined) continue;
    // Clients find what cosign 2 has signed, and lists of referrers, by their tags.
    const names: string[] = [];
    for (const tag of await listTagNames(context, id)) {
      if (parseFallbackTag(tag)?.digest === artifact.digest && (await maySetTag(tag, accessory))) names.push(tag);
    }
    await copyClosure(context, copy, accessory, names);
  }
}

async function copyManifest(
  context: InstanceTransaction,
  { input, repositoryId }: ClosureCopy,
  artifact: LockedArtifact,
  tags: readonly string[],
): Promise<void> {
  const { repository, now, actor } = input;
  const required = await listRequired(context, artifact.id);
  const digests = required.map(({ digest }) => digest);
  await restoreLinks(context, { ...input, repository, repositoryId, digests });
  const [missing] = await findMissingContent(context, repositoryId, required);
  if (missing !== undefined) {
    throw new ProductError('PRECONDITION', `${missing}, which ${artifact.digest} needs, cannot be read: push it again`);
  }
  const bytes = await readBytes(context, artifact.id);
  await putManifest(context, {
    repository,
    digest: artifact.digest,
    manifest: parse(artifact, bytes),
    bytes,
    tags,
    conditions: NO_CONDITIONS,
    // What the source does not hold itself may be missing here too.
    allowsSparse: true,
    copiedFrom: input.source.name,
    now,
    actor,
  });
}

/** What the source holds of what the manifest lists; anything else of that digest is not for who may read the source. */
async function listRequired({ tx }: InstanceTransaction, id: number): Promise<readonly ListedDescriptor[]> {
  const rows = await tx
    .selectFrom('manifest_descriptors')
    .select(['digest', 'role', 'size', 'media_type'])
    .where('manifest_id', '=', id)
    .where('is_optional', '=', 0)
    .orderBy('position')
    .execute();
  return rows.map((row) => ({
    digest: fromDigestBytes(row.digest),
    role: row.role as ListedDescriptor['role'],
    mediaType: row.media_type,
    sizeBytes: row.size,
    isForeign: false,
  }));
}

async function readBytes({ tx }: InstanceTransaction, id: number): Promise<Buffer> {
  const row = await tx.selectFrom('manifests').select('bytes').where('id', '=', id).executeTakeFirstOrThrow();
  return row.bytes;
}

function parse({ digest, media_type: mediaType }: LockedArtifact, bytes: Buffer): ParsedManifest {
  try {
    return parseManifest(bytes, mediaType);
  } catch (cause) {
    if (!(cause instanceof OciError)) throw cause;
    throw new ProductError('PRECONDITION', `${digest} is no manifest by today's rules: ${cause.message}`, { cause });
  }
}

/** It goes with what it belongs to, and not alone. */
export async function isAccessory({ tx }: InstanceTransaction, id: number): Promise<boolean> {
  const row = await tx.selectFrom('artifacts').select('has_subject').where('manifest_id', '=', id).executeTakeFirst();
  return (row?.has_subject ?? 0) > 0;
}

export async function isThere(
  { tx }: InstanceTransaction,
  repositoryId: number,
  { digest }: LockedArtifact,
): Promise<boolean> {
  const row = await tx
    .selectFrom('manifests')
    .select('id')
    .where('repository_id', '=', repositoryId)
    .where('digest', '=', toDigestBytes(digest))
    .executeTakeFirst();
  return row !== undefined;
}

export async function listTagNames({ tx }: InstanceTransaction, manifestId: number): Promise<readonly string[]> {
  const rows = await tx
    .selectFrom('tags')
    .select('name')
    .where('manifest_id', '=', manifestId)
    .orderBy('name')
    .execute();
  return rows.map(({ name }) => name);
}
