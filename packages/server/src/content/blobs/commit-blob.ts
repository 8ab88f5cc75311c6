import { type Digest, OciError } from '@roadstead/oci';
import { fixedDispatch, fixedStatement } from '../../db/instance/fixed-statement.ts';
import type { InstanceTransaction } from '../../db/instance/instance-database.ts';
import { appendJournal } from '../../journal/journal.ts';
import type { Actor } from '../../kernel/actor.ts';
import { ProductError } from '../../kernel/errors.ts';
import type { LinkTimes } from '../collection/collection-settings.ts';
import { toDigestBytes } from '../digest-bytes.ts';
import { ensureRepository } from '../repositories/ensure-repository.ts';
import type { RepositoryRef } from '../repository-ref.ts';
import { removeUpload } from '../uploads/upload-rows.ts';
import { linkBlob } from './link-blob.ts';

export interface CommitBlobInput extends LinkTimes {
  readonly uploadId: string;
  readonly repository: RepositoryRef;
  /** Every digest that was computed over the bytes; the first is the one that the client named. */
  readonly digests: readonly [Digest, ...Digest[]];
  readonly sizeBytes: number;
  /** Where the bytes lie already, durable (invariant 1). */
  readonly storageKey: string;
  readonly now: number;
  readonly actor: Actor;
}

export interface CommitBlobOutput {
  /** The copy that the blob had before; then the one under `storageKey` is not needed, if that one is still there. */
  readonly earlierCopy: EarlierCopy | undefined;
}

/** A stored copy of a blob. */
export interface BlobCopy {
  readonly blobId: number;
  readonly storageKey: string;
}

export interface EarlierCopy extends BlobCopy {
  /** A read has found it gone. */
  readonly isLost: boolean;
}

/**
 * Ends an upload: the stored bytes become a blob of the repository.
 * @throws OciError BLOB_UPLOAD_UNKNOWN when the upload was ended by somebody else meanwhile; ProductError UNAVAILABLE when
 *   the collector is removing the stored bytes.
 */
export async function commitBlob(context: InstanceTransaction, input: CommitBlobInput): Promise<CommitBlobOutput> {
  const { tx } = context;
  const { repository, sizeBytes, now, actor } = input;
  const [digest] = input.digests;
  await context.assertCanPush(actor, {
    kind: 'blob',
    projectId: repository.projectId,
    repository: repository.name,
    digest,
    sizeBytes,
  });
  const repositoryId = await ensureRepository(context, repository, now);
  const isOpen = await removeUpload(context, { id: input.uploadId });
  if (!isOpen) throw new OciError('BLOB_UPLOAD_UNKNOWN', 'This upload is not open any more.');
  const { blobId, reused } = await findOrInsertBlob(context, input);
  const earlierCopy = reused ? await findCopy(context, blobId) : undefined;
  await linkBlob(context, {
    repositoryId,
    blobId,
    now,
    reviewAfter: input.reviewAfter,
    heldUntil: input.heldUntil,
  });
  await appendJournal(tx, {
    at: now,
    actor,
    kind: 'blob.uploaded',
    projectId: repository.projectId,
    repository: repository.name,
    detail: { digest, sizeBytes, reused },
  });
  return { earlierCopy };
}

async function findCopy({ tx }: InstanceTransaction, blobId: number): Promise<EarlierCopy> {
  const row = await tx
    .selectFrom('blobs')
    .select(['storage_key', 'lost_at'])
    .where('id', '=', blobId)
    .executeTakeFirstOrThrow();
  return { blobId, storageKey: row.storage_key, isLost: row.lost_at !== null };
}

async function findOrInsertBlob(
  context: InstanceTransaction,
  input: CommitBlobInput,
): Promise<{ blobId: number; reused: boolean }> {
  const { tx } = context;
  const [named] = input.digests;
  const known = await findKnownBlob(context, input.digests);
  const candidate = known ?? (await insertBlob(context, input));
  await nameBlob(context, candidate, input.digests);
  // Where writes run side by side, another may have named the same bytes since we looked: the name that the client gave decides.
  const blobId = (context.capabilities.rowLocks ? await findBlobByName(context, named) : known) ?? candidate;
  if (known === undefined && blobId !== candidate) {
    await tx.deleteFrom('blob_digests').where('blob_id', '=', candidate).execute();
    await tx.deleteFrom('blobs').where('id', '=', candidate).execute();
  }
  return { blobId, reused: known !== undefined || blobId !== candidate };
}

async function insertBlob({ tx }: InstanceTransaction, input: CommitBlobInput): Promise<number> {
  const { rows } = await insertBlobRow(tx, input);
  const [inserted] = rows;
  // Only the collector makes a row for a key that it finds in the storage: the bytes are about to go.
  if (inserted !== undefined) return inserted.id;
  throw new ProductError('UNAVAILABLE', 'The stored bytes of this upload are being cleaned up: push the blob again.');
}

const insertBlobRow = fixedStatement<CommitBlobInput, { id: number }>((db, { sizeBytes, storageKey, now }) =>
  db
    .insertInto('blobs')
    .values({
      size: sizeBytes,
      storage_key: storageKey,
      encoding: 'plain',
      key_id: null,
      lost_at: null,
      created_at: now,
    })
    .onConflict((conflict) => conflict.column('storage_key').doNothing())
    .returning('id'),
);

/** The blob with the digest that the client named; else one with another digest of the same bytes. */
async function findKnownBlob(context: InstanceTransaction, digests: readonly Digest[]): Promise<number | undefined> {
  for (const digest of digests) {
    const blobId = await findBlobByName(context, digest);
    if (blobId !== undefined) return blobId;
  }
  return undefined;
}

async function findBlobByName({ tx, capabilities }: InstanceTransaction, digest: Digest): Promise<number | undefined> {
  const query = tx.selectFrom('blob_digests').select('blob_id').where('digest', '=', toDigestBytes(digest));
  return (await (capabilities.rowLocks ? query.forShare() : query).executeTakeFirst())?.blob_id;
}

/** Gives the blob its digests; one that names another copy of the same bytes already stays there. */
async function nameBlob({ tx }: InstanceTransaction, blobId: number, digests: readonly Digest[]): Promise<void> {
  // In one order for all, so that two transactions with the same names never wait for each other.
  for (const digest of digests.toSorted()) await insertDigestRow(tx, { digest: toDigestBytes(digest), blobId });
}

const insertDigestRow = fixedDispatch<{ readonly digest: Buffer; readonly blobId: number }>((db, { digest, blobId }) =>
  db
    .insertInto('blob_digests')
    .values({ digest, blob_id: blobId })
    .onConflict((conflict) => conflict.column('digest').doNothing()),
);
