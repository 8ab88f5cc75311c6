import type { Generated } from 'kysely';

/** Tags that stay where they are. */
export interface ImmutableRuleRow {
  id: Generated<number>;
  project_id: number;
  priority: number;
  is_disabled: number;
  /** JSON, see `RuleSelectors`. */
  selectors: string;
  /** Equal for rules that say the same. */
  fingerprint: string;
  created_at: number;
  updated_at: number;
}

/** How much a project may hold. Projects without a row may hold what they like. */
export interface ProjectQuotaRow {
  project_id: number;
  storage_bytes: number;
  created_at: number;
  updated_at: number;
}

/** Which artifacts of a project are kept. */
export interface RetentionPolicyRow {
  id: Generated<number>;
  project_id: number;
  /** JSON, see `RetentionSettings`. */
  settings: string;
  created_at: number;
  updated_at: number;
}

/** The tables of what projects allow and forbid. */
export interface PolicySchema {
  immutable_rules: ImmutableRuleRow;
  project_quotas: ProjectQuotaRow;
  retention_policies: RetentionPolicyRow;
}
