import type { Generated } from 'kysely';

/** A rule by which tokens of another issuer open a project. */
export interface WorkloadRuleRow {
  id: Generated<number>;
  project_id: number;
  name: string;
  issuer: string;
  audience: string;
  /** JSON, see `ClaimConditions`. */
  conditions: string;
  /** JSON: a list of `PermissionKey`, all of them in the project. */
  permissions: string;
  disabled_at: number | null;
  /** Rises with each change: what was issued before ends. */
  version: number;
  created_at: number;
  updated_at: number;
}
