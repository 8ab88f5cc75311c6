import type { Reference } from '@roadstead/oci';
import type { InstanceTransaction } from '../../db/instance/instance-database.ts';
import { appendJournal } from '../../journal/journal.ts';
import type { Actor } from '../../kernel/actor.ts';
import { ProductError } from '../../kernel/errors.ts';
import { getArtifactLocked, noSuchArtifact } from '../artifacts/find-artifact.ts';
import type { RepositoryRef } from '../repository-ref.ts';
import { noSuchLabel } from './label-commands.ts';

export interface ArtifactLabelInput {
  readonly repository: RepositoryRef;
  /** Of the artifact. */
  readonly reference: Reference;
  readonly labelId: number;
  readonly actor: Actor;
  readonly now: number;
}

/** So that a page of artifacts stays of a size. */
export const MAX_LABELS = 100;

/**
 * Puts a label of the registry or of the project on an artifact.
 * @throws ProductError NOT_FOUND (the artifact, or the label, also one of another project), CONFLICT (it has it), BAD_REQUEST (it has too many)
 */
export async function addArtifactLabel(context: InstanceTransaction, input: ArtifactLabelInput): Promise<void> {
  const { tx } = context;
  const { repository, labelId, now } = input;
  await holdRepository(context, input);
  const { id } = await getArtifactLocked(context, repository, input.reference, 'update');
  const name = await lockLabel(context, labelId, repository.projectId);
  const { total } = await tx
    .selectFrom('artifact_labels')
    .select((row) => row.fn.countAll<number>().as('total'))
    .where('manifest_id', '=', id)
    .executeTakeFirstOrThrow();
  const inserted = await tx
    .insertInto('artifact_labels')
    .values({ manifest_id: id, label_id: labelId, created_at: now })
    .onConflict((conflict) => conflict.columns(['manifest_id', 'label_id']).doNothing())
    .executeTakeFirst();
  if (inserted.numInsertedOrUpdatedRows === 0n)
    throw new ProductError('CONFLICT', `the artifact has the label ${JSON.stringify(name)} already`);
  if (Number(total) >= MAX_LABELS)
    throw new ProductError('BAD_REQUEST', `an artifact has at most ${MAX_LABELS} labels`);
  await record(context, 'artifact.labelled', input, name);
}

/** @throws ProductError NOT_FOUND (the artifact, or it does not have the label) */
export async function removeArtifactLabel(context: InstanceTransaction, input: ArtifactLabelInput): Promise<void> {
  const { repository, labelId } = input;
  const { id } = await getArtifactLocked(context, repository, input.reference, 'share');
  const name = await lockLabel(context, labelId, repository.projectId);
  const deleted = await context.tx
    .deleteFrom('artifact_labels')
    .where('manifest_id', '=', id)
    .where('label_id', '=', labelId)
    .executeTakeFirst();
  if (deleted.numDeletedRows === 0n) throw noSuchLabel(labelId);
  await record(context, 'artifact.unlabelled', input, name);
}

/** It cannot move to another project before this ends: the label would go with it, and belong to nobody there. */
async function holdRepository(
  { tx, capabilities }: InstanceTransaction,
  { repository, reference }: ArtifactLabelInput,
): Promise<void> {
  const query = tx
    .selectFrom('repositories')
    .select('id')
    .where('name', '=', repository.name)
    .where('project_id', '=', repository.projectId);
  const held = await (capabilities.rowLocks ? query.forKeyShare() : query).executeTakeFirst();
  if (held === undefined) noSuchArtifact(repository, reference);
}

/** @returns its name */
async function lockLabel({ tx, capabilities }: InstanceTransaction, id: number, projectId: number): Promise<string> {
  const query = tx
    .selectFrom('labels')
    .select('name')
    .where('id', '=', id)
    .where((eb) => eb.or([eb('project_id', 'is', null), eb('project_id', '=', projectId)]));
  const row = await (capabilities.rowLocks ? query.forKeyShare() : query).executeTakeFirst();
  if (row === undefined) throw noSuchLabel(id);
  return row.name;
}

async function record(
  { tx }: InstanceTransaction,
  kind: string,
  { repository: { projectId, name: repository }, reference, labelId, actor, now }: ArtifactLabelInput,
  label: string,
): Promise<void> {
  const detail = { labelId, label, reference: reference.kind === 'tag' ? reference.tag : reference.digest };
  await appendJournal(tx, { at: now, actor, kind, projectId, repository, detail });
}
