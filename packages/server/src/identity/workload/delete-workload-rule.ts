import type { InstanceTransaction } from '../../db/instance/instance-database.ts';
import { journalAuditSink } from '../../journal/journal-audit-sink.ts';
import type { Actor } from '../../kernel/actor.ts';
import {
  describeWorkloadRule,
  type SelectedWorkloadRule,
  toWorkloadRule,
  WORKLOAD_RULE_COLUMNS,
} from './workload-rule.ts';

export interface DeleteWorkloadRulesOfProjectInput {
  readonly projectId: number;
  readonly actor: Actor;
  readonly now: number;
}

export interface DeleteWorkloadRuleInput extends DeleteWorkloadRulesOfProjectInput {
  readonly id: number;
}

/** @returns whether the project has the rule */
export async function deleteWorkloadRule(
  context: InstanceTransaction,
  input: DeleteWorkloadRuleInput,
): Promise<boolean> {
  const row = await context.tx
    .deleteFrom('workload_rules')
    .where('id', '=', input.id)
    .where('project_id', '=', input.projectId)
    .returning(WORKLOAD_RULE_COLUMNS)
    .executeTakeFirst();
  if (row !== undefined) await recordDeleted(context, row, input);
  return row !== undefined;
}

/** A part of the deletion of a project. */
export async function deleteWorkloadRulesOfProject(
  context: InstanceTransaction,
  input: DeleteWorkloadRulesOfProjectInput,
): Promise<void> {
  const rows = await context.tx
    .deleteFrom('workload_rules')
    .where('project_id', '=', input.projectId)
    .returning(WORKLOAD_RULE_COLUMNS)
    .execute();
  for (const row of rows) await recordDeleted(context, row, input);
}

async function recordDeleted(
  { tx }: InstanceTransaction,
  row: SelectedWorkloadRule,
  { projectId, actor, now }: DeleteWorkloadRulesOfProjectInput,
): Promise<void> {
  await journalAuditSink.record(tx, {
    at: now,
    actor,
    kind: 'workload-rule.deleted',
    resource: row.name,
    projectId,
    outcome: 'done',
    detail: { ruleId: row.id, before: describeWorkloadRule(toWorkloadRule(row)) },
  });
}
