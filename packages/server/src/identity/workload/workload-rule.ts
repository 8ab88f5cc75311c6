import type { WorkloadRuleRow } from '../../db/instance/workload-rows.ts';
import type { PermissionKey } from '../../kernel/permission.ts';
import type { ClaimConditions } from './claim-conditions.ts';

/** What somebody decides about a rule. */
export interface WorkloadRuleSettings {
  readonly name: string;
  readonly issuer: string;
  readonly audience: string;
  readonly conditions: ClaimConditions;
  /** All of them in the rule's project. */
  readonly permissions: readonly PermissionKey[];
  readonly isDisabled: boolean;
}

/** A rule by which tokens of another issuer open a project: no account, and no secret. */
export interface WorkloadRule extends WorkloadRuleSettings {
  readonly id: number;
  readonly projectId: number;
  /** Rises with each change: what was issued before ends. */
  readonly version: number;
  readonly createdAt: number;
  readonly updatedAt: number;
}

export const WORKLOAD_RULE_COLUMNS = [
  'id',
  'project_id',
  'name',
  'issuer',
  'audience',
  'conditions',
  'permissions',
  'disabled_at',
  'version',
  'created_at',
  'updated_at',
] as const;

export type SelectedWorkloadRule = Omit<WorkloadRuleRow, 'id'> & { readonly id: number };

export function toWorkloadRule(row: SelectedWorkloadRule): WorkloadRule {
  return {
    id: row.id,
    projectId: row.project_id,
    name: row.name,
    issuer: row.issuer,
    audience: row.audience,
    conditions: JSON.parse(row.conditions) as ClaimConditions,
    permissions: JSON.parse(row.permissions) as PermissionKey[],
    isDisabled: row.disabled_at !== null,
    version: row.version,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}

/** What the audit log says of a rule. */
export function describeWorkloadRule(rule: WorkloadRuleSettings): string {
  const { name, issuer, audience, conditions, permissions, isDisabled } = rule;
  return JSON.stringify({ name, issuer, audience, conditions, permissions, isDisabled });
}
