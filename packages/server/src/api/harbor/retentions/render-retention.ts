import {
  type RetentionPolicy as Policy,
  RETENTION_ACTION,
  RETENTION_ALGORITHM,
  RETENTION_LEVEL,
  RETENTION_TRIGGER,
  type RetentionRule as Rule,
} from '../../../policies/retention/retention-policy.ts';
import { RETENTION_TEMPLATES } from '../../../policies/retention/retention-templates.ts';
import type { RetentionExecution as Run, RetentionTask as Task } from '../../../policies/retention/retentions.ts';
import { REPOSITORY_DECORATIONS, type Selector, TAG_DECORATIONS } from '../../../policies/selectors/selector.ts';
import type {
  RetentionExecution,
  RetentionExecutionTask,
  RetentionMetadata,
  RetentionPolicy,
  RetentionRule,
  RetentionSelector,
} from './retentions-models.ts';

const STATUS = {
  pending: 'Pending',
  running: 'Running',
  success: 'Success',
  error: 'Error',
  stopped: 'Stopped',
  dead: 'Error',
} as const;
const TRIGGER = { manual: 'Manual', schedule: 'Schedule', event: 'Event' } as const;

/** What a policy can be made of. */
export const RETENTION_METADATA: RetentionMetadata = {
  templates: RETENTION_TEMPLATES.map(({ name, text, unit }) => ({
    rule_template: name,
    display_text: text,
    action: RETENTION_ACTION,
    params: unit === undefined ? [] : [{ type: 'int', unit, required: true }],
  })),
  scope_selectors: [{ display_text: 'Repositories', kind: 'doublestar', decorations: [...REPOSITORY_DECORATIONS] }],
  tag_selectors: [{ display_text: 'Tags', kind: 'doublestar', decorations: [...TAG_DECORATIONS] }],
};

export function renderRetention({ id, projectId, rules, cron }: Policy): RetentionPolicy {
  return {
    id,
    algorithm: RETENTION_ALGORITHM,
    rules: rules.map((rule, index) => renderRule(rule, index + 1)),
    trigger: { kind: RETENTION_TRIGGER, settings: { cron }, references: {} },
    scope: { level: RETENTION_LEVEL, ref: projectId },
  };
}

function renderRule(rule: Rule, id: number): RetentionRule {
  return {
    id,
    priority: rule.priority,
    disabled: rule.isDisabled,
    action: RETENTION_ACTION,
    template: rule.template,
    params: rule.count === undefined ? {} : { [rule.template]: rule.count },
    tag_selectors: rule.tag_selectors.map(renderSelector),
    scope_selectors: Object.fromEntries(
      Object.entries(rule.scope_selectors).map(([scope, selectors]) => [scope, selectors.map(renderSelector)]),
    ),
  };
}

function renderSelector({ kind, decoration, pattern, extras }: Selector): RetentionSelector {
  return { kind, decoration, pattern, ...(extras !== undefined && { extras }) };
}

export function renderRetentionExecution(policyId: number, run: Run): RetentionExecution {
  return {
    id: run.id,
    policy_id: policyId,
    start_time: new Date(run.startedAt ?? run.createdAt).toISOString(),
    ...(run.endedAt !== undefined && { end_time: new Date(run.endedAt).toISOString() }),
    status: STATUS[run.status],
    trigger: TRIGGER[run.trigger],
    dry_run: run.parameters['dryRun'] === true,
  };
}

export function renderRetentionTask(executionId: number, task: Task): RetentionExecutionTask {
  return {
    id: task.id,
    execution_id: executionId,
    repository: String(task.parameters['repository'] ?? ''),
    job_id: String(task.id),
    status: STATUS[task.status],
    start_time: new Date(task.startedAt ?? task.createdAt).toISOString(),
    ...(task.endedAt !== undefined && { end_time: new Date(task.endedAt).toISOString() }),
  };
}
