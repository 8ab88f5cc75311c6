import type { InstanceTransaction } from '../../db/instance/instance-database.ts';
import { journalAuditSink } from '../../journal/journal-audit-sink.ts';
import type { Actor } from '../../kernel/actor.ts';
import {
  describeWorkloadRule,
  toWorkloadRule,
  WORKLOAD_RULE_COLUMNS,
  type WorkloadRule,
  type WorkloadRuleSettings,
} from './workload-rule.ts';

export interface UpdateWorkloadRuleInput {
  readonly id: number;
  readonly projectId: number;
  readonly settings: WorkloadRuleSettings;
  readonly actor: Actor;
  readonly now: number;
}

/** Puts other settings in the place of all those before, and ends what was issued by the rule. */
export async function updateWorkloadRule(
  { tx }: InstanceTransaction,
  { id, projectId, settings, actor, now }: UpdateWorkloadRuleInput,
): Promise<WorkloadRule | 'missing' | 'name-taken'> {
  const rows = tx.selectFrom('workload_rules').where('project_id', '=', projectId);
  const before = await rows.select(WORKLOAD_RULE_COLUMNS).where('id', '=', id).executeTakeFirst();
  if (before === undefined) return 'missing';
  const { name, issuer, audience, isDisabled } = settings;
  const namesake = await rows.select('id').where('name', '=', name).where('id', '<>', id).executeTakeFirst();
  if (namesake !== undefined) return 'name-taken';
  const after = await tx
    .updateTable('workload_rules')
    .set((row) => ({
      ...{ name, issuer, audience },
      conditions: JSON.stringify(settings.conditions),
      permissions: JSON.stringify(settings.permissions),
      disabled_at: isDisabled ? (before.disabled_at ?? now) : null,
      version: row('version', '+', 1),
      updated_at: now,
    }))
    .where('id', '=', id)
    .returning(WORKLOAD_RULE_COLUMNS)
    .executeTakeFirstOrThrow();
  await journalAuditSink.record(tx, {
    at: now,
    actor,
    kind: 'workload-rule.updated',
    resource: name,
    projectId,
    outcome: 'done',
    detail: {
      ruleId: id,
      before: describeWorkloadRule(toWorkloadRule(before)),
      after: describeWorkloadRule(settings),
    },
  });
  return toWorkloadRule(after);
}
