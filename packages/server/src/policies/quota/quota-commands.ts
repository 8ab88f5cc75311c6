import type { InstanceTransaction } from '../../db/instance/instance-database.ts';
import { journalAuditSink } from '../../journal/journal-audit-sink.ts';
import type { Actor } from '../../kernel/actor.ts';
import { QUOTA_SETTING, type QuotaDefaults } from '../../projects/quota-defaults.ts';

export interface SetStorageLimitInput {
  readonly projectId: number;
  /** Bytes; -1: none. */
  readonly storageBytes: number;
  readonly actor: Actor;
  readonly now: number;
}

/** What the project holds already stays, also when that is more. @returns whether the project exists */
export async function setStorageLimit(
  { tx, capabilities }: InstanceTransaction,
  { projectId, storageBytes, actor, now }: SetStorageLimitInput,
): Promise<boolean> {
  const query = tx.selectFrom('projects').select('name').where('id', '=', projectId);
  const project = await (capabilities.rowLocks ? query.forNoKeyUpdate() : query).executeTakeFirst();
  if (project === undefined) return false;
  const limits = tx.selectFrom('project_quotas').select('storage_bytes').where('project_id', '=', projectId);
  const before = (await limits.executeTakeFirst())?.storage_bytes ?? -1;
  if (before === storageBytes) return true;
  if (storageBytes < 0) {
    await tx.deleteFrom('project_quotas').where('project_id', '=', projectId).execute();
  } else {
    const values = { storage_bytes: storageBytes, updated_at: now };
    await tx
      .insertInto('project_quotas')
      .values({ project_id: projectId, ...values, created_at: now })
      .onConflict((conflict) => conflict.column('project_id').doUpdateSet(values))
      .execute();
  }
  const detail = { before, after: storageBytes };
  const kind = 'quota.updated';
  await journalAuditSink.record(tx, {
    ...{ at: now, actor, kind, resource: project.name, projectId, outcome: 'done' as const, detail },
  });
  return true;
}

export interface SetQuotaDefaultsInput {
  readonly defaults: QuotaDefaults;
  readonly actor: Actor;
  readonly now: number;
}

/** Of projects that are made from now on; that limits hold at all, of every project. */
export async function setQuotaDefaults(
  { tx }: InstanceTransaction,
  { defaults, actor, now }: SetQuotaDefaultsInput,
): Promise<void> {
  const value = JSON.stringify(defaults);
  await tx
    .insertInto('settings')
    .values({ name: QUOTA_SETTING, value })
    .onConflict((conflict) => conflict.column('name').doUpdateSet({ value }))
    .execute();
  const { isOn, storageBytes } = defaults;
  const kind = 'quota-defaults.set';
  const detail = { isOn, storageBytes };
  await journalAuditSink.record(tx, { at: now, actor, kind, resource: 'quota', outcome: 'done', detail });
}
