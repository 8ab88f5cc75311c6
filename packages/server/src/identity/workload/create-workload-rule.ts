import type { InstanceTransaction } from '../../db/instance/instance-database.ts';
import { journalAuditSink } from '../../journal/journal-audit-sink.ts';
import type { Actor } from '../../kernel/actor.ts';
import {
  toWorkloadRule,
  WORKLOAD_RULE_COLUMNS,
  type WorkloadRule,
  type WorkloadRuleSettings,
} from './workload-rule.ts';

export interface CreateWorkloadRuleInput {
  readonly projectId: number;
  readonly settings: WorkloadRuleSettings;
  readonly maxRules: number;
  readonly actor: Actor;
  readonly now: number;
}

/** @returns what stands in the way when it is not made */
export async function createWorkloadRule(
  { tx }: InstanceTransaction,
  { projectId, settings, maxRules, actor, now }: CreateWorkloadRuleInput,
): Promise<WorkloadRule | 'name-taken' | 'too-many'> {
  const { name, issuer, audience, isDisabled } = settings;
  const conditions = JSON.stringify(settings.conditions);
  const permissions = JSON.stringify(settings.permissions);
  const { total } = await tx
    .selectFrom('workload_rules')
    .select((row) => row.fn.countAll<number>().as('total'))
    .where('project_id', '=', projectId)
    .executeTakeFirstOrThrow();
  if (Number(total) >= maxRules) return 'too-many';
  const row = await tx
    .insertInto('workload_rules')
    .values({
      project_id: projectId,
      ...{ name, issuer, audience, conditions, permissions },
      disabled_at: isDisabled ? now : null,
      version: 1,
      created_at: now,
      updated_at: now,
    })
    .onConflict((conflict) => conflict.columns(['project_id', 'name']).doNothing())
    .returning(WORKLOAD_RULE_COLUMNS)
    .executeTakeFirst();
  if (row === undefined) return 'name-taken';
  await journalAuditSink.record(tx, {
    at: now,
    actor,
    kind: 'workload-rule.created',
    resource: name,
    projectId,
    outcome: 'done',
    detail: { ruleId: row.id, name, issuer, audience, conditions, permissions, isDisabled },
  });
  return toWorkloadRule(row);
}
