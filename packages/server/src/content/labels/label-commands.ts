import type { InstanceTransaction } from '../../db/instance/instance-database.ts';
import { journalAuditSink } from '../../journal/journal-audit-sink.ts';
import type { Actor } from '../../kernel/actor.ts';
import { ProductError } from '../../kernel/errors.ts';
import { GLOBAL_SCOPE, type LabelSettings } from './label.ts';

interface LabelChange {
  /** Undefined: of the registry as a whole. */
  readonly projectId: number | undefined;
  readonly actor: Actor;
  readonly now: number;
}

export interface CreateLabelInput extends LabelChange {
  readonly settings: LabelSettings;
}

/** @returns its id @throws ProductError CONFLICT, PROJECT_NOT_FOUND */
export async function createLabel(context: InstanceTransaction, input: CreateLabelInput): Promise<number> {
  const { settings, projectId, now } = input;
  await assertProject(context, projectId);
  const inserted = await context.tx
    .insertInto('labels')
    .values({
      project_id: projectId ?? null,
      scope: projectId ?? GLOBAL_SCOPE,
      ...settings,
      created_at: now,
      updated_at: now,
    })
    .onConflict((conflict) => conflict.columns(['scope', 'name']).doNothing())
    .returning('id')
    .executeTakeFirst();
  if (inserted === undefined) throw taken(settings.name);
  await record(context, 'label.created', input, { labelId: inserted.id, ...settings });
  return inserted.id;
}

export interface UpdateLabelInput extends CreateLabelInput {
  readonly id: number;
}

/** @throws ProductError NOT_FOUND, CONFLICT */
export async function updateLabel(context: InstanceTransaction, input: UpdateLabelInput): Promise<void> {
  const { id, settings, projectId = GLOBAL_SCOPE, now } = input;
  const { tx } = context;
  // Of two who take a name at once the second is refused by the database, as a conflict too.
  const twin = await tx
    .selectFrom('labels')
    .select('id')
    .where('scope', '=', projectId)
    .where('name', '=', settings.name)
    .where('id', '<>', id)
    .executeTakeFirst();
  if (twin !== undefined) throw taken(settings.name);
  const updated = await tx
    .updateTable('labels')
    .set({ ...settings, updated_at: now })
    .where('id', '=', id)
    .where('scope', '=', projectId)
    .executeTakeFirst();
  if (updated.numUpdatedRows === 0n) throw noSuchLabel(id);
  await record(context, 'label.updated', input, { labelId: id, ...settings });
}

export interface DeleteLabelInput extends LabelChange {
  readonly id: number;
}

/** It is taken from all artifacts. @throws ProductError NOT_FOUND */
export async function deleteLabel(context: InstanceTransaction, input: DeleteLabelInput): Promise<void> {
  const { id, projectId = GLOBAL_SCOPE } = input;
  const deleted = await context.tx
    .deleteFrom('labels')
    .where('id', '=', id)
    .where('scope', '=', projectId)
    .returning('name')
    .executeTakeFirst();
  if (deleted === undefined) throw noSuchLabel(id);
  await record(context, 'label.deleted', input, { labelId: id, name: deleted.name });
}

async function assertProject({ tx, capabilities }: InstanceTransaction, id: number | undefined): Promise<void> {
  if (id === undefined) return;
  const query = tx.selectFrom('projects').select('id').where('id', '=', id);
  if ((await (capabilities.rowLocks ? query.forKeyShare() : query).executeTakeFirst()) !== undefined) return;
  throw new ProductError('PROJECT_NOT_FOUND', 'the project does not exist any more');
}

async function record(
  { tx }: InstanceTransaction,
  kind: string,
  { projectId, actor, now }: LabelChange,
  detail: Readonly<Record<string, string | number>>,
): Promise<void> {
  await journalAuditSink.record(tx, {
    at: now,
    actor,
    kind,
    resource: String(detail['name']),
    outcome: 'done',
    ...(projectId !== undefined && { projectId }),
    detail,
  });
}

function taken(name: string): ProductError {
  return new ProductError('CONFLICT', `there is a label ${JSON.stringify(name)} already`);
}

export function noSuchLabel(id: number): ProductError {
  return new ProductError('NOT_FOUND', `there is no label ${id}`);
}
