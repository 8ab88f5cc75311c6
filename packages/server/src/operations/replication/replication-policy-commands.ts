import type { Kysely } from 'kysely';
import type { InstanceTransaction } from '../../db/instance/instance-database.ts';
import type { InstanceSchema } from '../../db/instance/schema.ts';
import { journalAuditSink } from '../../journal/journal-audit-sink.ts';
import type { Actor } from '../../kernel/actor.ts';
import { ProductError } from '../../kernel/errors.ts';
import { noSuchReplicationPolicy, toReplicationPolicy, type WantedReplicationPolicy } from './replication-policy.ts';

export interface CreateReplicationPolicyInput {
  readonly policy: WantedReplicationPolicy;
  readonly actor: Actor;
  readonly now: number;
}

/** @returns its id @throws ProductError BAD_REQUEST (there is no such registry), CONFLICT */
export async function createReplicationPolicy(
  { tx }: InstanceTransaction,
  { policy, actor, now }: CreateReplicationPolicyInput,
): Promise<number> {
  await assertFits(tx, policy);
  const { id } = await tx
    .insertInto('replication_policies')
    .values({ ...columnsOf(policy), created_at: now, updated_at: now })
    .returning('id')
    .executeTakeFirstOrThrow();
  const detail = { policyId: id, policy: textOf(policy) };
  const event = { at: now, actor, resource: policy.name, outcome: 'done' } as const;
  await journalAuditSink.record(tx, { ...event, kind: 'replication-policy.created', detail });
  return id;
}

/** @throws ProductError NOT_FOUND, BAD_REQUEST (there is no such registry), CONFLICT */
export async function updateReplicationPolicy(
  { tx }: InstanceTransaction,
  { id, policy, actor, now }: CreateReplicationPolicyInput & { readonly id: number },
): Promise<void> {
  const row = await tx.selectFrom('replication_policies').selectAll().where('id', '=', id).executeTakeFirst();
  if (row === undefined) throw noSuchReplicationPolicy(id);
  await assertFits(tx, policy, id);
  await tx
    .updateTable('replication_policies')
    .set({ ...columnsOf(policy), updated_at: now })
    .where('id', '=', id)
    .execute();
  const detail = { policyId: id, before: textOf(toReplicationPolicy(row)), after: textOf(policy) };
  const event = { at: now, actor, resource: policy.name, outcome: 'done' } as const;
  await journalAuditSink.record(tx, { ...event, kind: 'replication-policy.updated', detail });
}

export interface DeleteReplicationPolicyInput {
  readonly id: number;
  readonly actor: Actor;
  readonly now: number;
}

/** @throws ProductError NOT_FOUND, PRECONDITION (it is running) */
export async function deleteReplicationPolicy(
  { tx }: InstanceTransaction,
  { id, actor, now }: DeleteReplicationPolicyInput,
): Promise<void> {
  const row = await tx.selectFrom('replication_policies').select('name').where('id', '=', id).executeTakeFirst();
  if (row === undefined) throw noSuchReplicationPolicy(id);
  const running = await tx
    .selectFrom('job_executions')
    .select('id')
    .where('kind', '=', REPLICATION)
    .where('subject', '=', String(id))
    .where('status', 'in', ['pending', 'running'])
    .limit(1)
    .executeTakeFirst();
  if (running !== undefined) {
    throw new ProductError('PRECONDITION', `replication policy ${id} is running: stop execution ${running.id} first`);
  }
  await tx.deleteFrom('replication_policies').where('id', '=', id).execute();
  const event = { at: now, actor, resource: row.name, outcome: 'done' } as const;
  await journalAuditSink.record(tx, { ...event, kind: 'replication-policy.deleted', detail: { policyId: id } });
}

/** What the executions of policies are called; each has its policy's id as subject. */
export const REPLICATION = 'replication';

async function assertFits(
  tx: Kysely<InstanceSchema>,
  { name, srcRegistryId, destRegistryId }: WantedReplicationPolicy,
  exceptId = 0,
): Promise<void> {
  const registryId = srcRegistryId ?? destRegistryId ?? 0;
  const registry = await tx
    .selectFrom('remote_registries')
    .select('id')
    .where('id', '=', registryId)
    .executeTakeFirst();
  if (registry === undefined) throw new ProductError('BAD_REQUEST', `registry ${registryId} not found`);
  const other = await tx
    .selectFrom('replication_policies')
    .select('id')
    .where('name', '=', name)
    .where('id', '!=', exceptId)
    .executeTakeFirst();
  if (other !== undefined) throw new ProductError('CONFLICT', `replication policy ${name} already exists`);
}

function columnsOf({ name, description, srcRegistryId, destRegistryId, isEnabled, settings }: WantedReplicationPolicy) {
  return {
    ...{ name, description },
    src_registry_id: srcRegistryId ?? null,
    dest_registry_id: destRegistryId ?? null,
    is_enabled: isEnabled ? 1 : 0,
    settings: JSON.stringify(settings),
  };
}

function textOf({ name, srcRegistryId, destRegistryId, isEnabled, settings }: WantedReplicationPolicy): string {
  return JSON.stringify({ name, srcRegistryId, destRegistryId, isEnabled, ...settings });
}
