import type { Generated } from 'kysely';

/** What projects say of themselves, and labels. */
export interface ProjectDetailSchema {
  project_metadata: ProjectMetadataRow;
  project_cve_allowlists: ProjectCveAllowlistRow;
  labels: LabelRow;
  artifact_labels: ArtifactLabelRow;
}

/** A key of Harbor's with its value, which is always a text. */
export interface ProjectMetadataRow {
  project_id: number;
  name: string;
  value: string;
}

export interface ProjectCveAllowlistRow {
  project_id: number;
  /** A JSON array. */
  cve_ids: string;
  /** Seconds UTC; null: the list always counts. */
  expires_at: number | null;
  created_at: number;
  updated_at: number;
}

export interface LabelRow {
  id: Generated<number>;
  /** null: of the registry as a whole. */
  project_id: number | null;
  /** The project's id, or 0. */
  scope: number;
  name: string;
  description: string;
  /** `#0079B8`, or empty. */
  color: string;
  created_at: number;
  updated_at: number;
}

export interface ArtifactLabelRow {
  manifest_id: number;
  label_id: number;
  created_at: number;
}
