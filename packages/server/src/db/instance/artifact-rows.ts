/** What the management API knows of artifacts beside what the registry stores. */
export interface ArtifactSchema {
  artifacts: ArtifactRow;
  manifest_configs: ManifestConfigRow;
  pulls: PullRow;
}

/**
 * One narrow row beside each manifest, for lists: no list reads a manifest's bytes to find its page. Triggers make the row and keep
 * its counts; `type` and what stands below it are read from the manifest by `describeArtifact`.
 */
export interface ArtifactRow {
  manifest_id: number;
  repository_id: number;
  /** The repository's. */
  project_id: number;
  pushed_at: number;
  /** When somebody last pulled it, to some minutes; null: nobody has. */
  pulled_at: number | null;
  /** As the referrers API has it. */
  artifact_type: string | null;
  /** Tags that stand at it. */
  tag_count: number;
  /** How often indexes of the repository list it. */
  parent_count: number;
  /** 1 when the manifest that `subject_digest` names is in the repository. */
  has_subject: number;
  /** 1 when a list of artifacts shows it: no accessory of something that is here, and tagged or no part of an index. */
  is_listed: number;
  /** `IMAGE`, `CHART` …; null until it was described. */
  type: string | null;
  /** Of the config; an index has its own. */
  media_type: string | null;
  /** The manifest with what it lists, children of an index with what they list. */
  size: number | null;
  /** `signature.cosign` …; null: it is no accessory. */
  accessory_type: string | null;
  /** What it is an accessory of. */
  subject_digest: Buffer | null;
}

/** What the config of a manifest says about it, read when it was first asked for. */
export interface ManifestConfigRow {
  manifest_id: number;
  /** A JSON object. */
  attributes: string;
}

/** When something was last pulled, and how often. */
export interface PullRow {
  /** `manifest`, `tag` or `repository`. */
  kind: string;
  /** Of that row. */
  id: number;
  last_at: number;
  count: number;
}
