import type { Digest, Reference } from '@roadstead/oci';
import { sql } from 'kysely';
import type { InstanceTransaction } from '../../db/instance/instance-database.ts';
import { journalAuditSink } from '../../journal/journal-audit-sink.ts';
import { ProductError } from '../../kernel/errors.ts';
import { toDigestBytes } from '../digest-bytes.ts';
import { type LabelPromotion, promoteLabels } from '../labels/promote-labels.ts';
import { ensureRepository } from '../repositories/ensure-repository.ts';
import { findTag } from '../tags/find-tag.ts';
import { type ClosureInput, copyClosure, isAccessory, isThere } from './copy-closure.ts';
import { getArtifactLocked, type LockedArtifact } from './find-artifact.ts';

export interface PromoteArtifactInput extends ClosureInput {
  readonly reference: Reference;
  /** That it has in the target afterwards; none: it is found by its digest. */
  readonly tags: readonly string[];
  readonly withLabels: boolean;
  /** Nothing is left of it but the answer. */
  readonly isDryRun: boolean;
}

export interface PromotedTag {
  readonly name: string;
  /** Where it stood before; undefined: nowhere. */
  readonly before: Digest | undefined;
}

export interface PromotedManifest {
  readonly digest: Digest;
  /** The target had it. */
  readonly wasThere: boolean;
}

export interface Promotion {
  readonly digest: Digest;
  readonly tags: readonly PromotedTag[];
  /** Parts before what lists them, accessories after what they belong to. */
  readonly manifests: readonly PromotedManifest[];
  /** Tags of signatures that stand at something of the target's own: they stay there. */
  readonly keptTags: readonly string[];
  readonly labels: LabelPromotion;
  /** The target is not as it was. */
  readonly isChanged: boolean;
}

/**
 * Copies an artifact with everything that belongs to it into another repository, where it gets the tags; done again it changes nothing.
 * All of it or nothing, past the gates of a push.
 * @throws ProductError NOT_FOUND (the source), DENIED for an accessory, PRECONDITION when something that it needs is gone; what gates throw
 */
export async function promoteArtifact(context: InstanceTransaction, input: PromoteArtifactInput): Promise<Promotion> {
  if (!input.isDryRun) return promote(context, input);
  const { tx } = context;
  await sql`savepoint dry_run`.execute(tx);
  try {
    return await promote(context, input);
  } finally {
    await sql`rollback to savepoint dry_run`.execute(tx);
    await sql`release savepoint dry_run`.execute(tx);
  }
}

async function promote(context: InstanceTransaction, input: PromoteArtifactInput): Promise<Promotion> {
  const { source, repository, now } = input;
  const artifact = await getArtifactLocked(context, source, input.reference, 'share');
  if (await isAccessory(context, artifact.id)) {
    throw new ProductError('DENIED', 'an accessory is promoted with the artifact that it belongs to, and not alone');
  }
  const repositoryId = await ensureRepository(context, repository, now);
  const manifests: PromotedManifest[] = [];
  const keptTags: string[] = [];
  const moved: string[] = [];
  const tags: PromotedTag[] = [];
  // In the order in which everybody locks tags.
  for (const name of [...new Set(input.tags)].toSorted()) {
    tags.push({ name, before: (await findTag(context, repositoryId, name))?.digest });
  }
  const copy = {
    input,
    repositoryId,
    copied: new Set<number>(),
    onManifest: async (each: LockedArtifact) => {
      manifests.push({ digest: each.digest, wasThere: await isThere(context, repositoryId, each) });
    },
    maySetTag: async (tag: string, accessory: LockedArtifact) => {
      const current = await findTag(context, repositoryId, tag);
      if (current?.digest === accessory.digest) return true;
      const may = current === undefined || (await hasStoodAt(context, accessory.repository_id, tag, current.digest));
      (may ? moved : keptTags).push(tag);
      return may;
    },
  };
  const names = tags.map(({ name }) => name);
  await copyClosure(context, copy, artifact, names);
  const labels = input.withLabels
    ? await promoteLabels(context, { ...input, repositoryId, artifact })
    : { added: [], leftOut: [] };
  const isChanged =
    manifests.some(({ wasThere }) => !wasThere) ||
    tags.some(({ before }) => before !== artifact.digest) ||
    moved.length > 0 ||
    labels.added.length > 0;
  const promotion = { digest: artifact.digest, tags, manifests, keptTags, labels, isChanged };
  if (isChanged) await record(context, input, promotion);
  return promotion;
}

/** What the source's tag has left behind is an earlier state of it; anything else the target has made itself. */
async function hasStoodAt(
  { tx }: InstanceTransaction,
  repositoryId: number,
  tag: string,
  digest: Digest,
): Promise<boolean> {
  const row = await tx
    .selectFrom('tag_history')
    .select('id')
    .where('repository_id', '=', repositoryId)
    .where('name', '=', tag)
    .where('digest', '=', toDigestBytes(digest))
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}

/** Both projects are told. */
async function record(
  { tx }: InstanceTransaction,
  { source, repository, actor, now }: PromoteArtifactInput,
  { digest, tags, manifests, labels }: Promotion,
): Promise<void> {
  for (const projectId of new Set([source.projectId, repository.projectId])) {
    await journalAuditSink.record(tx, {
      at: now,
      actor,
      kind: 'artifact.promoted',
      resource: repository.name,
      projectId,
      outcome: 'done',
      detail: {
        digest,
        from: source.name,
        tags: tags.map(({ name }) => name).join(' '),
        manifests: manifests.length,
        newManifests: manifests.filter(({ wasThere }) => !wasThere).length,
        ...(labels.added.length > 0 && { labels: labels.added.join(', ') }),
      },
    });
  }
}
