import type { Digest } from '@roadstead/oci';
import type { InstanceTransaction } from '../../db/instance/instance-database.ts';
import { appendJournal } from '../../journal/journal.ts';
import type { Actor } from '../../kernel/actor.ts';
import { ProductError } from '../../kernel/errors.ts';
import type { LinkTimes } from '../collection/collection-settings.ts';
import { fromDigestBytes } from '../digest-bytes.ts';
import { findMissingContent, type ListedDescriptor } from '../manifests/find-missing-content.ts';
import { ensureRepository } from '../repositories/ensure-repository.ts';
import { findTag } from '../tags/find-tag.ts';
import { moveTag } from '../tags/move-tag.ts';
import { restoreLinks } from './restore-links.ts';
import { restoreRows } from './restore-rows.ts';
import { lockTrashed, type TrashedManifest } from './trashed-manifest.ts';

export interface RestoreManifestInput extends LinkTimes {
  /** The project that the caller has authorized: the trash of others is not looked at. */
  readonly projectId: number;
  readonly trashId: number;
  readonly now: number;
  readonly actor: Actor;
}

/** What became of one manifest; the children of an index come before it. */
export interface RestoredManifest {
  readonly digest: Digest;
  /** It had been pushed again meanwhile. */
  readonly wasThere: boolean;
  /** Tags that stand at it again. */
  readonly tags: readonly string[];
  /** Tags that it had and that somebody has set again meanwhile: they stay where they are. */
  readonly tagsElsewhere: readonly { readonly tag: string; readonly digest: Digest }[];
}

export interface RestoreManifestOutput {
  readonly repository: string;
  readonly manifests: readonly RestoredManifest[];
}

/** One restoration as a whole: children are restored with the index that lists them. */
interface Restoration {
  readonly input: RestoreManifestInput;
  readonly repositoryId: number;
  readonly done: RestoredManifest[];
}

/** More at once would keep other writes waiting. */
const MAX_MANIFESTS = 1_000;

/**
 * Brings a deleted manifest back as it was, with what it lists: the children of an index come with it where they are in the
 * trash too. All of it or nothing, past the gates of a push.
 * @throws ProductError NOT_FOUND; PRECONDITION when something that it needs is gone for good.
 */
export async function restoreManifest(
  context: InstanceTransaction,
  input: RestoreManifestInput,
): Promise<RestoreManifestOutput> {
  const entry = await lockTrashed(context, input.projectId, { id: input.trashId });
  if (entry === undefined) {
    throw new ProductError('NOT_FOUND', 'This manifest is not in the trash: its time is over, or it was restored.');
  }
  const repositoryId = await ensureRepository(context, entry.repository, input.now);
  const restoration: Restoration = { input, repositoryId, done: [] };
  await restoreEntry(context, restoration, entry);
  return { repository: entry.repository.name, manifests: restoration.done };
}

/** Locks as a push does: manifests, then links, then tags. */
async function restoreEntry(
  context: InstanceTransaction,
  restoration: Restoration,
  entry: TrashedManifest,
): Promise<void> {
  const { input, repositoryId, done } = restoration;
  const { repository, digest } = entry;
  const { now, actor } = input;
  const listed = await listTrashed(context, entry.id);
  await restoreChildren(context, restoration, { entry, listed });
  await restoreLinks(context, { ...input, repository, repositoryId, digests: listed.map((item) => item.digest) });
  await assertComplete(context, restoration, { entry, listed });
  const { free, elsewhere } = await findFreeTags(context, repositoryId, entry);
  await context.assertCanPush(actor, {
    kind: 'manifest',
    projectId: repository.projectId,
    repository: repository.name,
    digest,
    mediaType: entry.mediaType,
    artifactType: entry.artifactType,
    subject: entry.subject,
    sizeBytes: entry.sizeBytes,
    tags: free,
  });
  const { manifestId, wasThere } = await restoreRows(context, { ...input, entry, repositoryId });
  const conditions = { ifMatch: undefined, ifNoneMatch: '*' };
  for (const tag of free) {
    await moveTag(context, { repository, repositoryId, tag, manifestId, digest, conditions, now, actor });
  }
  await appendJournal(context.tx, {
    at: now,
    actor,
    kind: 'manifest.restored',
    projectId: repository.projectId,
    repository: repository.name,
    detail: { digest, deletedAt: entry.deletedAt, tags: free, wasThere },
  });
  done.push({ digest, wasThere, tags: free, tagsElsewhere: elsewhere });
}

async function listTrashed({ tx }: InstanceTransaction, trashId: number): Promise<readonly ListedDescriptor[]> {
  const rows = await tx
    .selectFrom('trashed_descriptors')
    .select(['digest', 'role', 'is_optional', 'size', 'media_type'])
    .where('trash_id', '=', trashId)
    .orderBy('position')
    .execute();
  return rows.map((row) => ({
    digest: fromDigestBytes(row.digest),
    role: row.role as ListedDescriptor['role'],
    mediaType: row.media_type,
    sizeBytes: row.size,
    isForeign: row.is_optional === 1,
  }));
}

interface EntryContent {
  readonly entry: TrashedManifest;
  readonly listed: readonly ListedDescriptor[];
}

/** Children that are neither here nor in the trash may be blobs: what is missing in the end is said then. */
async function restoreChildren(
  context: InstanceTransaction,
  restoration: Restoration,
  { entry, listed }: EntryContent,
): Promise<void> {
  const { input, repositoryId, done } = restoration;
  const children = listed.filter((item) => item.role === 'manifest' && !item.isForeign);
  const repository = entry.repository.name;
  for (const digest of await findMissingContent(context, repositoryId, children)) {
    const child = await lockTrashed(context, input.projectId, { repository, digest });
    if (child === undefined) continue;
    if (done.length >= MAX_MANIFESTS) {
      throw new ProductError(
        'PRECONDITION',
        `${entry.digest} has too many parts in the trash: restore some of them first.`,
      );
    }
    await restoreEntry(context, restoration, child);
  }
}

async function assertComplete(
  context: InstanceTransaction,
  { repositoryId }: Restoration,
  { entry, listed }: EntryContent,
): Promise<void> {
  const needed = listed.filter((item) => !item.isForeign);
  const [missing] = await findMissingContent(context, repositoryId, needed);
  if (missing === undefined) return;
  throw new ProductError(
    'PRECONDITION',
    `${entry.digest} cannot be restored: it lists ${missing}, which is gone for good. Push it again.`,
  );
}

/** In the order in which everybody locks tags. */
async function findFreeTags(
  context: InstanceTransaction,
  repositoryId: number,
  { tags, digest }: TrashedManifest,
): Promise<{ readonly free: readonly string[]; readonly elsewhere: RestoredManifest['tagsElsewhere'] }> {
  const free: string[] = [];
  const elsewhere: { readonly tag: string; readonly digest: Digest }[] = [];
  for (const tag of tags.toSorted()) {
    const current = await findTag(context, repositoryId, tag);
    if (current === undefined) free.push(tag);
    else if (current.digest !== digest) elsewhere.push({ tag, digest: current.digest });
  }
  return { free, elsewhere };
}
