import Type from 'typebox';
import { AnyObject, Flag, Int64, Integer, mapOf, model, Text } from '../openapi/schemas.ts';

export const RetentionRuleParamMetadata = model('RetentionRuleParamMetadata', {
  type: Text,
  unit: Text,
  required: Flag,
});
export type RetentionRuleParamMetadata = Type.Static<typeof RetentionRuleParamMetadata>;

export const RetentionRuleMetadata = model('RetentionRuleMetadata', {
  rule_template: Text,
  display_text: Text,
  action: Text,
  params: Type.Array(RetentionRuleParamMetadata),
});
export type RetentionRuleMetadata = Type.Static<typeof RetentionRuleMetadata>;

export const RetentionSelectorMetadata = model('RetentionSelectorMetadata', {
  display_text: Text,
  kind: Text,
  decorations: Type.Array(Text),
});
export type RetentionSelectorMetadata = Type.Static<typeof RetentionSelectorMetadata>;

export const RetentionMetadata = model('RetentionMetadata', {
  templates: Type.Array(RetentionRuleMetadata),
  scope_selectors: Type.Array(RetentionSelectorMetadata),
  tag_selectors: Type.Array(RetentionSelectorMetadata),
});
export type RetentionMetadata = Type.Static<typeof RetentionMetadata>;

export const RetentionSelector = model('RetentionSelector', {
  kind: Text,
  decoration: Text,
  pattern: Text,
  extras: Text,
});
export type RetentionSelector = Type.Static<typeof RetentionSelector>;

export const RetentionRule = model('RetentionRule', {
  id: Integer,
  priority: Integer,
  disabled: Flag,
  action: Text,
  template: Text,
  params: AnyObject,
  tag_selectors: Type.Array(RetentionSelector),
  scope_selectors: mapOf(Type.Array(RetentionSelector)),
});
export type RetentionRule = Type.Static<typeof RetentionRule>;

export const RetentionRuleTrigger = model('RetentionRuleTrigger', {
  kind: Text,
  settings: AnyObject,
  references: AnyObject,
});
export type RetentionRuleTrigger = Type.Static<typeof RetentionRuleTrigger>;

export const RetentionPolicyScope = model('RetentionPolicyScope', { level: Text, ref: Integer });
export type RetentionPolicyScope = Type.Static<typeof RetentionPolicyScope>;

export const RetentionPolicy = model('RetentionPolicy', {
  id: Int64,
  algorithm: Text,
  rules: Type.Array(RetentionRule),
  trigger: RetentionRuleTrigger,
  scope: RetentionPolicyScope,
});
export type RetentionPolicy = Type.Static<typeof RetentionPolicy>;

export const RetentionExecution = model('RetentionExecution', {
  id: Int64,
  policy_id: Int64,
  start_time: Text,
  end_time: Text,
  status: Text,
  trigger: Text,
  dry_run: Flag,
});
export type RetentionExecution = Type.Static<typeof RetentionExecution>;

export const RetentionExecutionTask = model('RetentionExecutionTask', {
  id: Int64,
  execution_id: Int64,
  repository: Text,
  job_id: Text,
  status: Text,
  status_code: Integer,
  status_revision: Int64,
  start_time: Text,
  end_time: Text,
  total: Integer,
  retained: Integer,
});
export type RetentionExecutionTask = Type.Static<typeof RetentionExecutionTask>;
