import type { Kysely } from 'kysely';
import type { InstanceTransaction } from '../../db/instance/instance-database.ts';
import type { InstanceSchema } from '../../db/instance/schema.ts';
import { journalAuditSink } from '../../journal/journal-audit-sink.ts';
import type { Actor } from '../../kernel/actor.ts';
import { ProductError } from '../../kernel/errors.ts';
import { noSuchWebhookPolicy, type WebhookSettings } from './webhook-policy.ts';

interface WebhookChange {
  readonly projectId: number;
  readonly actor: Actor;
  readonly now: number;
}

export interface CreateWebhookPolicyInput extends WebhookChange {
  readonly settings: WebhookSettings;
  readonly creator: string;
  readonly secretId: string;
  /** Sealed. */
  readonly authHeaders: Uint8Array | null;
}

/** @returns its id @throws ProductError BAD_REQUEST (too many), CONFLICT (the name is taken), PROJECT_NOT_FOUND */
export async function createWebhookPolicy(
  { tx }: InstanceTransaction,
  { projectId, settings, creator, secretId, authHeaders, actor, now }: CreateWebhookPolicyInput,
): Promise<number> {
  const project = await tx.selectFrom('projects').select('id').where('id', '=', projectId).executeTakeFirst();
  if (project === undefined) throw new ProductError('PROJECT_NOT_FOUND', 'the project does not exist any more');
  const inserted = await tx
    .insertInto('webhook_policies')
    .values({
      ...columnsOf(settings),
      project_id: projectId,
      creator,
      secret_id: secretId,
      auth_headers: authHeaders === null ? null : Buffer.from(authHeaders),
      version: 1,
      created_at: now,
      updated_at: now,
    })
    .onConflict((conflict) => conflict.columns(['project_id', 'name']).doNothing())
    .returning('id')
    .executeTakeFirst();
  if (inserted === undefined) throw taken(settings.name);
  await record(tx, 'webhook-policy.created', { projectId, actor, now }, inserted.id, settings);
  return inserted.id;
}

export interface UpdateWebhookPolicyInput extends WebhookChange {
  readonly id: number;
  /** As it was when the change was made up. */
  readonly version: number;
  readonly settings: WebhookSettings;
  /** Sealed. */
  readonly authHeaders: Uint8Array | null;
}

/** @throws ProductError NOT_FOUND, CONFLICT (the name is taken, or somebody else has changed it meanwhile) */
export async function updateWebhookPolicy(
  { tx }: InstanceTransaction,
  { id, projectId, version, settings, authHeaders, actor, now }: UpdateWebhookPolicyInput,
): Promise<void> {
  const policies = tx.selectFrom('webhook_policies').select('id').where('project_id', '=', projectId);
  if ((await policies.where('id', '=', id).executeTakeFirst()) === undefined) throw noSuchWebhookPolicy();
  const other = await policies.where('name', '=', settings.name).where('id', '!=', id).executeTakeFirst();
  if (other !== undefined) throw taken(settings.name);
  const { numUpdatedRows } = await tx
    .updateTable('webhook_policies')
    .set({
      ...columnsOf(settings),
      auth_headers: authHeaders === null ? null : Buffer.from(authHeaders),
      version: version + 1,
      updated_at: now,
    })
    .where('id', '=', id)
    .where('version', '=', version)
    .executeTakeFirst();
  if (numUpdatedRows === 0n) {
    throw new ProductError('CONFLICT', 'this webhook policy was changed meanwhile: read it again');
  }
  await record(tx, 'webhook-policy.updated', { projectId, actor, now }, id, settings);
}

export interface DeleteWebhookPolicyInput extends WebhookChange {
  readonly id: number;
}

/** @throws ProductError NOT_FOUND */
export async function deleteWebhookPolicy(
  { tx }: InstanceTransaction,
  { id, projectId, actor, now }: DeleteWebhookPolicyInput,
): Promise<void> {
  const removed = await tx
    .deleteFrom('webhook_policies')
    .where('id', '=', id)
    .where('project_id', '=', projectId)
    .executeTakeFirst();
  if (removed.numDeletedRows === 0n) throw noSuchWebhookPolicy();
  await record(tx, 'webhook-policy.deleted', { projectId, actor, now }, id);
}

function columnsOf({ name, description, targets, eventTypes, isEnabled }: WebhookSettings) {
  return {
    name,
    description,
    targets: JSON.stringify(targets),
    event_types: JSON.stringify(eventTypes),
    is_enabled: isEnabled ? 1 : 0,
  };
}

function taken(name: string): ProductError {
  return new ProductError('CONFLICT', `the project has a webhook policy ${name} already`);
}

/** Of addresses only the origins are told: the rest may be a secret of the receiver's. */
async function record(
  tx: Kysely<InstanceSchema>,
  kind: string,
  { projectId, actor, now }: WebhookChange,
  id: number,
  settings?: WebhookSettings,
): Promise<void> {
  const detail = {
    policyId: id,
    ...(settings !== undefined && {
      name: settings.name,
      origins: settings.targets.map(({ address }) => new URL(address).origin).join(' '),
      eventTypes: settings.eventTypes.join(' '),
      isEnabled: settings.isEnabled,
    }),
  };
  await journalAuditSink.record(tx, { at: now, actor, kind, resource: String(id), projectId, outcome: 'done', detail });
}
