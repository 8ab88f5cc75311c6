import { type Digest, OciError, type ParsedManifest } from '@roadstead/oci';
import type { Insertable } from 'kysely';
import { fixedStatement } from '../../db/instance/fixed-statement.ts';
import type { InstanceTransaction } from '../../db/instance/instance-database.ts';
import type { ManifestRow } from '../../db/instance/schema.ts';
import { dispatch } from '../../drivers/database/database.ts';
import { appendJournal } from '../../journal/journal.ts';
import type { Actor } from '../../kernel/actor.ts';
import { principalKey } from '../../kernel/principal.ts';
import { describeArtifact } from '../artifacts/describe-artifact.ts';
import { toDigestBytes } from '../digest-bytes.ts';
import { assertConditions, type PushConditions } from '../push-conditions.ts';
import { ensureRepository } from '../repositories/ensure-repository.ts';
import type { RepositoryRef } from '../repository-ref.ts';
import { moveTag } from '../tags/move-tag.ts';
import { findMissingContent, type ListedDescriptor, listDescriptors } from './find-missing-content.ts';

export interface PutManifestInput {
  readonly repository: RepositoryRef;
  readonly digest: Digest;
  readonly manifest: ParsedManifest;
  readonly bytes: Buffer;
  readonly tags: readonly string[];
  readonly conditions: PushConditions;
  /** Accept what lists content that the repository does not hold. */
  readonly allowsSparse: boolean;
  /** The repository that it was copied from, for the journal. */
  readonly copiedFrom?: string;
  readonly now: number;
  readonly actor: Actor;
}

export interface PutManifestOutput {
  /** It was there before and has no tag by this push: a policy of its project might take it, unless it is held. */
  readonly exposed: ExposedManifest | undefined;
}

export interface ExposedManifest {
  readonly manifestId: number;
  readonly heldUntil: number | null;
}

/**
 * Stores a manifest, byte for byte, and moves tags to it: all of it or nothing.
 * @throws OciError MANIFEST_BLOB_UNKNOWN with the missing digests; PRECONDITION_FAILED (RFC 9110 §13.1).
 */
export async function putManifest(context: InstanceTransaction, input: PutManifestInput): Promise<PutManifestOutput> {
  const { repository, digest, manifest, now, actor } = input;
  await context.assertCanPush(actor, {
    kind: 'manifest',
    projectId: repository.projectId,
    repository: repository.name,
    digest,
    mediaType: manifest.mediaType,
    artifactType: manifest.artifactType,
    subject: manifest.subject?.digest,
    sizeBytes: input.bytes.length,
    tags: input.tags,
  });
  const repositoryId = await ensureRepository(context, repository, now);
  const { id: manifestId, existing } = await findOrInsert(context, repositoryId, input);
  // Everybody locks tags in the same order, so that two pushes with several tags never wait for each other.
  for (const tag of input.tags.toSorted()) {
    await moveTag(context, {
      repository,
      repositoryId,
      tag,
      manifestId,
      digest,
      conditions: input.conditions,
      now,
      actor,
    });
  }
  const mayGo = existing !== undefined && input.tags.length === 0 && (await deletesUntagged(context, repository));
  return { exposed: mayGo ? { manifestId, heldUntil: existing.held_until } : undefined };
}

interface ManifestFound {
  readonly id: number;
  readonly existing: { readonly held_until: number | null } | undefined;
}

async function findOrInsert(
  context: InstanceTransaction,
  repositoryId: number,
  input: PutManifestInput,
): Promise<ManifestFound> {
  for (let look = 0; look < MAX_LOOKS; look += 1) {
    const existing = await findManifest(context, repositoryId, input.digest);
    if (input.tags.length === 0) assertDigestConditions(input, existing !== undefined);
    if (existing !== undefined) {
      await completeSparse(context, { repositoryId, manifestId: existing.id }, input);
      return { id: existing.id, existing };
    }
    const inserted = await insert(context, repositoryId, input);
    if (inserted !== undefined) return { id: inserted, existing: undefined };
  }
  throw new OciError('UNAVAILABLE', `The manifest ${input.digest} is being changed by others: try again.`);
}

/** Others may push and delete the manifest between a look and an insert; nobody does so ten times in a row. */
const MAX_LOOKS = 10;

function assertDigestConditions({ digest, conditions }: PutManifestInput, exists: boolean): void {
  const current = exists ? digest : undefined;
  assertConditions(conditions, { what: `The manifest ${digest}`, subject: { digest }, digest: current });
}

async function deletesUntagged({ tx }: InstanceTransaction, { projectId }: RepositoryRef): Promise<boolean> {
  const query = tx.selectFrom('projects').select('untagged_after_ms').where('id', '=', projectId);
  return ((await query.executeTakeFirst())?.untagged_after_ms ?? null) !== null;
}

async function findManifest(
  { tx, capabilities }: InstanceTransaction,
  repositoryId: number,
  digest: Digest,
): Promise<{ readonly id: number; readonly held_until: number | null } | undefined> {
  const query = tx
    .selectFrom('manifests')
    .select(['id', 'held_until'])
    .where('repository_id', '=', repositoryId)
    .where('digest', '=', toDigestBytes(digest));
  return (capabilities.rowLocks ? query.forShare() : query).executeTakeFirst();
}

/** @returns undefined when another transaction has just stored the same manifest */
async function insert(
  context: InstanceTransaction,
  repositoryId: number,
  input: PutManifestInput,
): Promise<number | undefined> {
  const { repository, digest, manifest, now, actor } = input;
  const listed = listDescriptors(manifest);
  const missing = await findMissingContent(context, repositoryId, listed);
  if (!input.allowsSparse) assertComplete(repository.name, listed, missing);
  const manifestId = await insertRow(context, repositoryId, input);
  if (manifestId === undefined) return undefined;
  await insertDescriptors(context, { repositoryId, manifestId }, listed, missing);
  await describeArtifact(context, { id: manifestId, repositoryId, manifest, sizeBytes: input.bytes.length });
  await appendJournal(context.tx, {
    at: now,
    actor,
    kind: 'manifest.pushed',
    projectId: repository.projectId,
    repository: repository.name,
    detail: {
      digest,
      mediaType: manifest.mediaType,
      artifactType: manifest.artifactType ?? null,
      subject: manifest.subject?.digest ?? null,
      sizeBytes: input.bytes.length,
      ...(input.copiedFrom !== undefined && { copiedFrom: input.copiedFrom }),
    },
  });
  return manifestId;
}

/** Pushed again: what was missing at the first push and is there now is needed from now on. */
async function completeSparse(
  context: InstanceTransaction,
  { repositoryId, manifestId }: { readonly repositoryId: number; readonly manifestId: number },
  { repository, manifest, allowsSparse }: PutManifestInput,
): Promise<void> {
  const optional = await context.tx
    .selectFrom('manifest_descriptors')
    .select('position')
    .where('manifest_id', '=', manifestId)
    .where('is_optional', '=', 1)
    .execute();
  if (optional.length === 0) return;
  const listed = listDescriptors(manifest);
  const missing = await findMissingContent(context, repositoryId, listed);
  if (!allowsSparse) assertComplete(repository.name, listed, missing);
  const present = optional
    .map((row) => row.position)
    .filter((position) => {
      const item = listed[position];
      return item !== undefined && !missing.has(item.digest);
    });
  for (const position of present) {
    await context.tx
      .updateTable('manifest_descriptors')
      .set({ is_optional: 0 })
      .where('manifest_id', '=', manifestId)
      .where('position', '=', position)
      .execute();
  }
}

function assertComplete(repository: string, listed: readonly ListedDescriptor[], missing: ReadonlySet<Digest>): void {
  const lacking = listed.filter((item) => missing.has(item.digest) && !item.isForeign);
  if (lacking.length === 0) return;
  const digests = [...new Set(lacking.map((item) => item.digest))];
  const what = lacking.every((item) => item.role === 'manifest') ? 'manifests' : 'blobs';
  throw new OciError(
    'MANIFEST_BLOB_UNKNOWN',
    `This manifest lists ${digests.length} ${what} that ${repository} does not hold: push them first.`,
    { detail: digests.slice(0, 100).map((digest) => ({ digest })) },
  );
}

async function insertRow(
  { tx }: InstanceTransaction,
  repositoryId: number,
  { digest, manifest, bytes, now, actor }: PutManifestInput,
): Promise<number | undefined> {
  const { rows } = await insertManifestRow(tx, {
    repository_id: repositoryId,
    digest: toDigestBytes(digest),
    media_type: manifest.mediaType,
    kind: manifest.kind,
    artifact_type: manifest.artifactType ?? null,
    subject_digest: manifest.subject === undefined ? null : toDigestBytes(manifest.subject.digest),
    annotations: JSON.stringify(manifest.annotations),
    size: bytes.length,
    created_at: now,
    pushed_by: principalKey(actor.principal),
    bytes,
  });
  return rows[0]?.id;
}

const insertManifestRow = fixedStatement<Insertable<ManifestRow>, { readonly id: number }>((db, row) =>
  db
    .insertInto('manifests')
    .values({
      repository_id: row.repository_id,
      digest: row.digest,
      media_type: row.media_type,
      kind: row.kind,
      artifact_type: row.artifact_type,
      subject_digest: row.subject_digest,
      annotations: row.annotations,
      size: row.size,
      created_at: row.created_at,
      pushed_by: row.pushed_by,
      bytes: row.bytes,
    })
    .onConflict((conflict) => conflict.columns(['repository_id', 'digest']).doNothing())
    .returning('id'),
);

const VALUES_PER_ROW = 8;
const MAX_ROWS_PER_INSERT = 500;

async function insertDescriptors(
  { tx, capabilities }: InstanceTransaction,
  { repositoryId, manifestId }: { readonly repositoryId: number; readonly manifestId: number },
  listed: readonly ListedDescriptor[],
  missing: ReadonlySet<Digest>,
): Promise<void> {
  const rows = listed.map((item, position) => ({
    manifest_id: manifestId,
    repository_id: repositoryId,
    position,
    digest: toDigestBytes(item.digest),
    role: item.role,
    is_optional: missing.has(item.digest) ? 1 : 0,
    size: item.sizeBytes,
    media_type: item.mediaType,
  }));
  const batchSize = Math.min(MAX_ROWS_PER_INSERT, Math.floor(capabilities.maxBoundValues / VALUES_PER_ROW));
  for (let start = 0; start < rows.length; start += batchSize) {
    await dispatch(
      tx,
      tx
        .insertInto('manifest_descriptors')
        .values(rows.slice(start, start + batchSize))
        .onConflict((conflict) => conflict.columns(['manifest_id', 'position']).doNothing()),
    );
  }
}
