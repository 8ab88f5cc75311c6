import type { InstanceTransaction } from '../../db/instance/instance-database.ts';
import { journalAuditSink } from '../../journal/journal-audit-sink.ts';
import type { Actor } from '../../kernel/actor.ts';
import { ProductError } from '../../kernel/errors.ts';
import { noSuchRetention } from './no-such-retention.ts';
import type { RetentionSettings } from './retention-policy.ts';

interface RetentionChange {
  readonly projectId: number;
  readonly actor: Actor;
  readonly now: number;
}

export interface CreateRetentionInput extends RetentionChange {
  readonly settings: RetentionSettings;
}

/** @returns the id @throws ProductError BAD_REQUEST (the project has one), PROJECT_NOT_FOUND */
export async function createRetention(
  context: InstanceTransaction,
  { projectId, settings, actor, now }: CreateRetentionInput,
): Promise<number> {
  const { tx } = context;
  const project = await tx.selectFrom('projects').select('id').where('id', '=', projectId).executeTakeFirst();
  if (project === undefined) throw new ProductError('PROJECT_NOT_FOUND', 'the project does not exist any more');
  const inserted = await tx
    .insertInto('retention_policies')
    .values({ project_id: projectId, settings: JSON.stringify(settings), created_at: now, updated_at: now })
    .onConflict((conflict) => conflict.column('project_id').doNothing())
    .returning('id')
    .executeTakeFirst();
  if (inserted === undefined) {
    throw new ProductError('BAD_REQUEST', 'the project has a retention policy already: change that one');
  }
  await record(context, 'retention-policy.created', inserted.id, { projectId, actor, now }, settings);
  return inserted.id;
}

export interface UpdateRetentionInput extends CreateRetentionInput {
  readonly id: number;
}

/** Puts other settings in the place of those before. @throws ProductError NOT_FOUND */
export async function updateRetention(
  context: InstanceTransaction,
  { id, projectId, settings, actor, now }: UpdateRetentionInput,
): Promise<void> {
  const updated = await context.tx
    .updateTable('retention_policies')
    .set({ settings: JSON.stringify(settings), updated_at: now })
    .where('id', '=', id)
    .where('project_id', '=', projectId)
    .executeTakeFirst();
  if (updated.numUpdatedRows === 0n) throw noSuchRetention(id);
  await record(context, 'retention-policy.updated', id, { projectId, actor, now }, settings);
}

export interface DeleteRetentionInput extends RetentionChange {
  readonly id: number;
}

/** @throws ProductError NOT_FOUND */
export async function deleteRetention(
  context: InstanceTransaction,
  { id, projectId, actor, now }: DeleteRetentionInput,
): Promise<void> {
  const removed = await context.tx
    .deleteFrom('retention_policies')
    .where('id', '=', id)
    .where('project_id', '=', projectId)
    .executeTakeFirst();
  if (removed.numDeletedRows === 0n) throw noSuchRetention(id);
  await record(context, 'retention-policy.deleted', id, { projectId, actor, now });
}

async function record(
  { tx }: InstanceTransaction,
  kind: string,
  id: number,
  { projectId, actor, now }: RetentionChange,
  settings?: RetentionSettings,
): Promise<void> {
  const detail = { policyId: id, ...(settings !== undefined && { policy: JSON.stringify(settings) }) };
  await journalAuditSink.record(tx, { at: now, actor, kind, resource: String(id), projectId, outcome: 'done', detail });
}
