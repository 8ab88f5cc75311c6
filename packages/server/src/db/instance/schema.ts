import type { Generated } from 'kysely';
import type {
  AccessTokenRow,
  CustomRoleRow,
  ProjectMemberRow,
  RefreshTokenRow,
  RobotRow,
  SessionRow,
  SigningKeyRow,
  UserGroupMemberRow,
  UserGroupRow,
  UserRow,
} from './access-rows.ts';
import type { ArtifactSchema } from './artifact-rows.ts';
import type { AuditSchema } from './audit-rows.ts';
import type { DeviceLoginRow } from './device-login-rows.ts';
import type { MailSchema } from './mail-rows.ts';
import type { PasskeyRow, SpentPasskeyChallengeRow, WrongCodeRow } from './passkey-rows.ts';
import type { PolicySchema } from './policy-rows.ts';
import type { ProjectDetailSchema } from './project-rows.ts';
import type { ProviderSchema } from './provider-rows.ts';
import type { RemoteSchema } from './remote-rows.ts';
import type { RecoveryCodeRow, SignInChallengeRow, TotpFactorRow } from './second-factor-rows.ts';
import type { WebhookSchema } from './webhook-rows.ts';
import type { WorkloadRuleRow } from './workload-rows.ts';

/**
 * The tables of one instance. Ids are 64-bit integers, digests are bytes (algorithm, then hash), instants are integer
 * milliseconds UTC, booleans are 0 or 1, JSON is text: the same on every engine.
 */
export interface InstanceSchema
  extends ArtifactSchema,
    AuditSchema,
    MailSchema,
    PolicySchema,
    ProjectDetailSchema,
    ProviderSchema,
    RemoteSchema,
    WebhookSchema {
  settings: SettingRow;
  projects: ProjectRow;
  repositories: RepositoryRow;
  blobs: BlobRow;
  blob_digests: BlobDigestRow;
  repository_blobs: RepositoryBlobRow;
  manifests: ManifestRow;
  manifest_descriptors: ManifestDescriptorRow;
  tags: TagRow;
  tag_history: TagHistoryRow;
  uploads: UploadRow;
  trashed_manifests: TrashedManifestRow;
  trashed_descriptors: TrashedDescriptorRow;
  collection_holds: CollectionHoldRow;
  strays: StrayRow;
  journal: JournalRow;
  users: UserRow;
  signing_keys: SigningKeyRow;
  refresh_tokens: RefreshTokenRow;
  user_groups: UserGroupRow;
  user_group_members: UserGroupMemberRow;
  custom_roles: CustomRoleRow;
  project_members: ProjectMemberRow;
  robots: RobotRow;
  access_tokens: AccessTokenRow;
  sessions: SessionRow;
  job_executions: JobExecutionRow;
  jobs: JobRow;
  job_log: JobLogRow;
  job_schedules: JobScheduleRow;
  row_changes: RowChangeRow;
  audit_forwarding: AuditForwardingRow;
  totp_factors: TotpFactorRow;
  recovery_codes: RecoveryCodeRow;
  sign_in_challenges: SignInChallengeRow;
  passkeys: PasskeyRow;
  device_logins: DeviceLoginRow;
  spent_passkey_challenges: SpentPasskeyChallengeRow;
  wrong_codes: WrongCodeRow;
  workload_rules: WorkloadRuleRow;
  name_redirects: NameRedirectRow;
}

export interface SettingRow {
  name: string;
  value: string;
}

export interface ProjectRow {
  id: Generated<number>;
  name: string;
  is_public: number;
  /** 1: everybody who is signed in may pull. */
  is_internal: Generated<number>;
  owner_id: number;
  created_at: number;
  updated_at: number;
  /** Untagged manifests are deleted after this long; null: never. */
  untagged_after_ms: number | null;
  /** From when on; pushes that began without the policy have ended by then. */
  untagged_from: number | null;
}

export interface RepositoryRow {
  id: Generated<number>;
  project_id: number;
  /** The full name, project included. */
  name: string;
  /** What it says of itself. */
  description: Generated<string>;
  created_at: number;
  updated_at: number;
}

/** A former name: of a project, or with its project of a repository. No project and no repository has such a name. */
export interface NameRedirectRow {
  name: string;
  project_id: number | null;
  repository_id: number | null;
  created_at: number;
}

export interface BlobRow {
  id: Generated<number>;
  size: number;
  /** Names the stored copy; fresh for each copy, so that a late delete never takes re-uploaded bytes. */
  storage_key: string;
  /** How the copy is stored: `plain`; sealed copies name the key in `key_id`. */
  encoding: string;
  key_id: string | null;
  /** When a read found the stored copy gone: until it is replaced the blob counts as absent. */
  lost_at: number | null;
  created_at: number;
  /** When the collector looks at it next; null while a repository or the trash holds it. */
  review_after: number | null;
  /** How often removing the stored copy has failed. */
  review_count: Generated<number>;
  /** Since then the stored copy is being removed: no digest and no repository leads here any more. */
  deleting_at: number | null;
}

export interface BlobDigestRow {
  digest: Buffer;
  blob_id: number;
}

export interface RepositoryBlobRow {
  repository_id: number;
  blob_id: number;
  linked_at: number;
  /** When the collector looks at it next; null only while a manifest of the repository lists the blob. */
  review_after: number | null;
  /** Somebody who pushes was told that the blob is here, and may rely on it until then. */
  held_until: number | null;
}

export interface ManifestRow {
  id: Generated<number>;
  repository_id: number;
  digest: Buffer;
  media_type: string;
  kind: string;
  artifact_type: string | null;
  subject_digest: Buffer | null;
  annotations: string;
  size: number;
  created_at: number;
  pushed_by: string;
  bytes: Buffer;
  /** Somebody who pushes was told that it is here: no policy takes it before. */
  held_until: number | null;
}

export interface ManifestDescriptorRow {
  manifest_id: number;
  /** The manifest's; null in rows that a version before the collector wrote while the schema had moved on. */
  repository_id: number | null;
  position: number;
  digest: Buffer;
  /** `config`, `layer` or `manifest` (an entry of an index, which may be a blob). */
  role: string;
  /** 1 when nothing here needs to hold it: foreign layers, entries of a sparse index. */
  is_optional: number;
  size: number;
  media_type: string;
}

export interface TagRow {
  id: Generated<number>;
  repository_id: number;
  name: string;
  manifest_id: number;
  created_at: number;
  updated_at: number;
}

export interface TagHistoryRow {
  id: Generated<number>;
  repository_id: number;
  name: string;
  /** Null when the tag was deleted. */
  digest: Buffer | null;
  /** Where the tag stood before; null when it was new. */
  before_digest: Buffer | null;
  at: number;
  actor: string;
}

export interface UploadRow {
  id: string;
  project_id: number;
  repository: string;
  principal: string;
  algorithm: string;
  size: number;
  /** The driver's own state, JSON. */
  state: string;
  created_at: number;
  expires_at: number;
}

/** A deleted manifest that may still be restored. No registry read looks here. */
export interface TrashedManifestRow {
  id: Generated<number>;
  project_id: number;
  /** The full name; its row may be gone. */
  repository: string;
  digest: Buffer;
  media_type: string;
  kind: string;
  artifact_type: string | null;
  subject_digest: Buffer | null;
  annotations: string;
  size: number;
  created_at: number;
  pushed_by: string;
  /** JSON: names of the tags that stood at it. */
  tags: string;
  deleted_at: number;
  expires_at: number;
  deleted_by: string;
  /** `client`, or the name of a policy. */
  reason: string;
  bytes: Buffer;
}

/** What a deleted manifest listed: the stored copies of these digests stay. */
export interface TrashedDescriptorRow {
  trash_id: number;
  position: number;
  digest: Buffer;
  role: string;
  is_optional: number;
  size: number;
  media_type: string;
}

/** While one of these lasts the collector removes nothing: a backup or an export runs. */
export interface CollectionHoldRow {
  name: string;
  until: number;
}

/** Something in the blob storage that no row leads to. */
export interface StrayRow {
  /** `object` or `upload`. */
  kind: string;
  name: string;
  size: number;
  first_seen_at: number;
  last_seen_at: number;
}

export interface JournalRow {
  id: Generated<number>;
  at: number;
  kind: string;
  actor: string;
  request_id: string;
  address: string;
  user_agent: string;
  project_id: number | null;
  repository: string | null;
  detail: string;
}

/** A piece of work that somebody asked for, of one or more jobs; its status follows from theirs. */
export interface JobExecutionRow {
  id: Generated<number>;
  kind: string;
  /** What it is about, in the words of its kind (the id of a policy); empty when it is about nothing in particular. */
  subject: string;
  /** `manual`, `schedule` or `event`. */
  trigger: string;
  /** JSON. */
  parameters: string;
  actor: string;
  /** `pending`, `running`, `success`, `error` or `stopped`. */
  status: string;
  message: string | null;
  created_at: number;
  started_at: number | null;
  ended_at: number | null;
}

export interface JobRow {
  id: Generated<number>;
  /** Null for a recurring job, which is a row of its own. */
  execution_id: number | null;
  /** The name of a recurring job; null for all others, like `repeat_every_ms`. */
  name: string | null;
  repeat_every_ms: number | null;
  kind: string;
  /** JSON. */
  parameters: string;
  /** `pending`, `running`, `success`, `error`, `dead` (out of attempts) or `stopped`. */
  status: string;
  /** Attempts since it was queued, retried by hand or last successful. */
  attempts: number;
  max_attempts: number;
  run_after: number;
  lease_owner: string | null;
  /** The fence: rises with each claim and never falls, so it also counts the runs. */
  lease_token: number;
  /** Null unless it is running. */
  lease_until: number | null;
  stop_requested: number;
  /** JSON, as the job last reported it. */
  progress: string | null;
  /** JSON. */
  result: string | null;
  /** Of the last attempt that failed. */
  error: string | null;
  created_at: number;
  /** Of the last attempt. */
  started_at: number | null;
  ended_at: number | null;
}

export interface JobLogRow {
  job_id: number;
  /** From 1 on in each job; the oldest lines go first. */
  line: number;
  at: number;
  text: string;
}

export interface JobScheduleRow {
  id: Generated<number>;
  name: string;
  kind: string;
  subject: string;
  /** Six fields, seconds first. */
  cron: string;
  time_zone: string;
  /** JSON. */
  parameters: string;
  max_attempts: number;
  is_paused: number;
  /** Null while it is paused, and when the cron text names no later instant. */
  next_at: number | null;
  last_at: number | null;
  created_at: number;
  updated_at: number;
}

/**
 * Something has changed that a lost database is restored from, and was not shipped to the blob storage since. The database
 * itself writes these, in the transaction of the change.
 */
export interface RowChangeRow {
  id: Generated<number>;
  /** The table, or that of which the changed row is a part. */
  source: string;
  /** Its key: the columns with a colon in between. */
  key: string;
}

/** Where the audit log is forwarded to, and how far it is. */
export interface AuditForwardingRow {
  name: string;
  is_enabled: number;
  /** JSON. */
  target: string;
  /** Sealed. */
  secret: Buffer | null;
  /** Rises with each change of the settings. */
  version: number;
  /** Of the last entry that the receiver has taken. */
  last_id: number;
  updated_at: number;
  /** JSON: ids below that were not there, and may still come. */
  gaps: Generated<string>;
  failures: Generated<number>;
  last_error: Generated<string | null>;
  failed_at: Generated<number | null>;
  retry_at: Generated<number | null>;
  succeeded_at: Generated<number | null>;
}
