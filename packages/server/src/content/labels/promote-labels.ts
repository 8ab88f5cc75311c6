import type { Digest } from '@roadstead/oci';
import type { InstanceTransaction } from '../../db/instance/instance-database.ts';
import { ProductError } from '../../kernel/errors.ts';
import { toDigestBytes } from '../digest-bytes.ts';
import type { RepositoryRef } from '../repository-ref.ts';
import { MAX_LABELS } from './artifact-label-commands.ts';
import { GLOBAL_SCOPE } from './label.ts';

export interface PromoteLabelsInput {
  readonly artifact: { readonly id: number; readonly digest: Digest };
  /** Where it is now too. */
  readonly repository: RepositoryRef;
  readonly repositoryId: number;
  readonly now: number;
}

/** Names of labels. */
export interface LabelPromotion {
  readonly added: readonly string[];
  /** Those of the source's project of which the target's project has none of that name. */
  readonly leftOut: readonly string[];
}

/**
 * A part of a command: puts the labels of an artifact on its copy in another repository. Those of the registry are the same there; of
 * those of a project the target's project has its own, of the same names.
 */
export async function promoteLabels(context: InstanceTransaction, input: PromoteLabelsInput): Promise<LabelPromotion> {
  const { tx } = context;
  const { artifact, repository, repositoryId, now } = input;
  const labels = await tx
    .selectFrom('artifact_labels as a')
    .innerJoin('labels as l', 'l.id', 'a.label_id')
    .select(['l.id', 'l.name', 'l.scope'])
    .where('a.manifest_id', '=', artifact.id)
    .orderBy('l.id')
    .execute();
  const { id: copyId } = await tx
    .selectFrom('manifests')
    .select('id')
    .where('repository_id', '=', repositoryId)
    .where('digest', '=', toDigestBytes(artifact.digest))
    .executeTakeFirstOrThrow();
  const added: string[] = [];
  const leftOut: string[] = [];
  for (const { id, name, scope } of labels) {
    const labelId = scope === GLOBAL_SCOPE ? id : await findOwn(context, repository.projectId, name);
    if (labelId === undefined) leftOut.push(name);
    else if (await put(context, copyId, labelId, now)) added.push(name);
  }
  return { added, leftOut };
}

/** @returns whether it did not have it yet */
async function put({ tx }: InstanceTransaction, manifestId: number, labelId: number, now: number): Promise<boolean> {
  const inserted = await tx
    .insertInto('artifact_labels')
    .values({ manifest_id: manifestId, label_id: labelId, created_at: now })
    .onConflict((conflict) => conflict.columns(['manifest_id', 'label_id']).doNothing())
    .executeTakeFirst();
  if (inserted.numInsertedOrUpdatedRows === 0n) return false;
  const { total } = await tx
    .selectFrom('artifact_labels')
    .select((row) => row.fn.countAll<number>().as('total'))
    .where('manifest_id', '=', manifestId)
    .executeTakeFirstOrThrow();
  if (Number(total) <= MAX_LABELS) return true;
  throw new ProductError('BAD_REQUEST', `an artifact has at most ${MAX_LABELS} labels`);
}

async function findOwn(
  { tx, capabilities }: InstanceTransaction,
  projectId: number,
  name: string,
): Promise<number | undefined> {
  const query = tx.selectFrom('labels').select('id').where('scope', '=', projectId).where('name', '=', name);
  return (await (capabilities.rowLocks ? query.forKeyShare() : query).executeTakeFirst())?.id;
}
