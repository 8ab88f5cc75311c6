import type { Kysely } from 'kysely';
import type { InstanceTransaction } from '../../db/instance/instance-database.ts';
import type { InstanceSchema } from '../../db/instance/schema.ts';
import { journalAuditSink } from '../../journal/journal-audit-sink.ts';
import type { Actor } from '../../kernel/actor.ts';

/** What an instance records beyond what it always does. */
export interface AuditSettings {
  readonly recordsPulls: boolean;
}

const NAME = 'audit';
const DEFAULT: AuditSettings = { recordsPulls: false };

export async function readAuditSettings(db: Kysely<InstanceSchema>): Promise<AuditSettings> {
  const row = await db.selectFrom('settings').select('value').where('name', '=', NAME).executeTakeFirst();
  return row === undefined ? DEFAULT : { ...DEFAULT, ...(JSON.parse(row.value) as Partial<AuditSettings>) };
}

export interface SetAuditSettingsInput {
  readonly settings: AuditSettings;
  readonly actor: Actor;
  readonly now: number;
}

export async function setAuditSettings({ tx }: InstanceTransaction, input: SetAuditSettingsInput): Promise<void> {
  const { settings, actor, now } = input;
  const before = await readAuditSettings(tx);
  const value = JSON.stringify(settings);
  await tx
    .insertInto('settings')
    .values({ name: NAME, value })
    .onConflict((conflict) => conflict.column('name').doUpdateSet({ value }))
    .execute();
  await journalAuditSink.record(tx, {
    at: now,
    actor,
    kind: 'audit.settings-changed',
    resource: 'audit settings',
    outcome: 'done',
    detail: { recordsPulls: settings.recordsPulls, recordsPullsBefore: before.recordsPulls },
  });
}
