import type { InstanceSchema } from '../../db/instance/schema.ts';
import { RECOVERED_POLICIES } from './recovered-policies.ts';
import { RECOVERED_REMOTES } from './recovered-remotes.ts';
import { RECOVERED_SCANNERS } from './recovered-scanners.ts';

/** What is shipped of a table, and restored from that. */
export interface RecoveredTable {
  readonly name: keyof InstanceSchema;
  /** The columns that name a row. */
  readonly key: readonly string[];
  /** The others. A table has no more than these, but what `NOT_RECOVERED` lists. */
  readonly columns: readonly string[];
  /** Rows of another table that are a part of the row. */
  readonly parts?: RecoveredParts;
  /** Where the bytes of the row are counted, which may be many. */
  readonly sizeColumn?: string;
  /** The condition of rows that are there; others count as absent. */
  readonly where?: string;
  /** Columns that leave the database sealed only. */
  readonly sealed?: readonly string[];
  /** Whether the database gives the ids. */
  readonly hasIds: boolean;
}

export interface RecoveredParts {
  readonly table: keyof InstanceSchema;
  /** The column that names the row that they are a part of. */
  readonly of: string;
  readonly orderBy: string;
  readonly columns: readonly string[];
}

const DESCRIPTOR_COLUMNS = ['position', 'digest', 'role', 'is_optional', 'size', 'media_type'];
const MANIFEST_COLUMNS = [
  'digest',
  'media_type',
  'kind',
  'artifact_type',
  'subject_digest',
  'annotations',
  'size',
  'created_at',
  'pushed_by',
  'bytes',
];

/** Those that a row refers to come before it. */
export const RECOVERED_TABLES: readonly RecoveredTable[] = [
  {
    name: 'settings',
    key: ['name'],
    columns: ['value'],
    // State of work in the background, which begins anew.
    where: "name not in ('collection', 'scrub', 'recovery')",
    hasIds: false,
  },
  {
    name: 'users',
    key: ['id'],
    columns: [
      'username',
      'password_hash',
      'is_administrator',
      'token_epoch',
      'email',
      'real_name',
      'comment',
      'disabled_at',
      'must_change_password',
      'has_second_factor',
      'language',
      'wants_notices',
      'is_email_trusted',
      'created_at',
      'updated_at',
    ],
    sealed: ['password_hash'],
    hasIds: true,
  },
  {
    name: 'signing_keys',
    key: ['id'],
    // The private half is sealed in the database already.
    columns: ['public_jwk', 'private_jwk', 'created_at', 'retired_at', 'expires_at'],
    hasIds: false,
  },
  {
    name: 'projects',
    key: ['id'],
    columns: [
      'name',
      'is_public',
      'is_internal',
      'owner_id',
      'created_at',
      'updated_at',
      'untagged_after_ms',
      'untagged_from',
    ],
    hasIds: true,
  },
  {
    name: 'user_groups',
    key: ['id'],
    columns: ['name', 'kind', 'external_name', 'created_at', 'updated_at'],
    hasIds: true,
  },
  { name: 'user_group_members', key: ['group_id', 'user_id'], columns: [], hasIds: false },
  {
    name: 'custom_roles',
    key: ['id'],
    columns: ['name', 'description', 'permissions', 'created_at', 'updated_at'],
    hasIds: true,
  },
  { name: 'project_metadata', key: ['project_id', 'name'], columns: ['value'], hasIds: false },
  {
    name: 'project_cve_allowlists',
    key: ['project_id'],
    columns: ['cve_ids', 'expires_at', 'created_at', 'updated_at'],
    hasIds: false,
  },
  {
    name: 'labels',
    key: ['id'],
    columns: ['project_id', 'scope', 'name', 'description', 'color', 'created_at', 'updated_at'],
    hasIds: true,
  },
  {
    name: 'project_members',
    key: ['id'],
    columns: ['project_id', 'user_id', 'group_id', 'role', 'repositories', 'created_at', 'updated_at'],
    hasIds: true,
  },
  {
    name: 'robots',
    key: ['id'],
    columns: [
      'full_name',
      'project_id',
      'description',
      'secret_hash',
      'duration_days',
      'expires_at',
      'disabled_at',
      'permissions',
      'epoch',
      'created_by',
      'created_at',
      'updated_at',
    ],
    sealed: ['secret_hash'],
    hasIds: true,
  },
  {
    name: 'workload_rules',
    key: ['id'],
    columns: [
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
    ],
    hasIds: true,
  },
  ...RECOVERED_POLICIES,
  {
    name: 'access_tokens',
    key: ['id'],
    columns: ['user_id', 'name', 'token_hash', 'permissions', 'expires_at', 'created_at'],
    hasIds: true,
  },
  // The secret is sealed in the database already.
  { name: 'totp_factors', key: ['user_id'], columns: ['secret', 'created_at', 'confirmed_at'], hasIds: false },
  { name: 'recovery_codes', key: ['id'], columns: ['user_id', 'code_hash'], hasIds: true },
  {
    name: 'passkeys',
    key: ['id'],
    columns: [
      'user_id',
      'credential_id',
      'rp_id',
      'public_key',
      'counter',
      'transports',
      'name',
      'is_backup_eligible',
      'is_backed_up',
      'created_at',
    ],
    hasIds: true,
  },
  {
    name: 'repositories',
    key: ['id'],
    columns: ['project_id', 'name', 'description', 'created_at', 'updated_at'],
    hasIds: true,
  },
  { name: 'name_redirects', key: ['name'], columns: ['project_id', 'repository_id', 'created_at'], hasIds: false },
  {
    name: 'blobs',
    key: ['id'],
    columns: ['size', 'storage_key', 'encoding', 'key_id', 'lost_at', 'created_at'],
    parts: { table: 'blob_digests', of: 'blob_id', orderBy: 'digest', columns: ['digest'] },
    // One whose stored copy is being removed has none.
    where: 'exists (select 1 from blob_digests where blob_digests.blob_id = blobs.id)',
    hasIds: true,
  },
  { name: 'repository_blobs', key: ['repository_id', 'blob_id'], columns: ['linked_at'], hasIds: false },
  {
    name: 'manifests',
    key: ['id'],
    columns: ['repository_id', ...MANIFEST_COLUMNS],
    parts: { table: 'manifest_descriptors', of: 'manifest_id', orderBy: 'position', columns: DESCRIPTOR_COLUMNS },
    sizeColumn: 'size',
    hasIds: true,
  },
  {
    name: 'tags',
    key: ['id'],
    columns: ['repository_id', 'name', 'manifest_id', 'created_at', 'updated_at'],
    hasIds: true,
  },
  { name: 'artifact_labels', key: ['manifest_id', 'label_id'], columns: ['created_at'], hasIds: false },
  // What is kept by when it was last pulled would else go.
  { name: 'pulls', key: ['kind', 'id'], columns: ['last_at', 'count'], hasIds: false },
  {
    name: 'tag_history',
    key: ['id'],
    columns: ['repository_id', 'name', 'digest', 'before_digest', 'at', 'actor'],
    hasIds: true,
  },
  {
    name: 'trashed_manifests',
    key: ['id'],
    columns: [
      'project_id',
      'repository',
      ...MANIFEST_COLUMNS,
      'tags',
      'deleted_at',
      'expires_at',
      'deleted_by',
      'reason',
    ],
    parts: { table: 'trashed_descriptors', of: 'trash_id', orderBy: 'position', columns: DESCRIPTOR_COLUMNS },
    sizeColumn: 'size',
    hasIds: true,
  },
  {
    name: 'job_schedules',
    key: ['id'],
    columns: [
      'name',
      'kind',
      'subject',
      'cron',
      'time_zone',
      'parameters',
      'max_attempts',
      'is_paused',
      'next_at',
      'last_at',
      'created_at',
      'updated_at',
    ],
    hasIds: true,
  },
  {
    name: 'journal',
    key: ['id'],
    columns: ['at', 'kind', 'actor', 'request_id', 'address', 'user_agent', 'project_id', 'repository', 'detail'],
    hasIds: true,
  },
  // A log that began anew would look to its witnesses as if it had been cut off.
  {
    name: 'audit_segments',
    key: ['number'],
    columns: ['min_id', 'max_id', 'size', 'entries'],
    sizeColumn: 'size',
    hasIds: false,
  },
  { name: 'audit_tiles', key: ['level', 'number'], columns: ['hashes'], hasIds: false },
  { name: 'audit_checkpoints', key: ['size'], columns: ['at', 'key_id', 'note', 'peaks'], hasIds: false },
  // Private halves and what witnesses are given are sealed in the database already.
  {
    name: 'audit_keys',
    key: ['id'],
    columns: ['public_key', 'private_key', 'created_at', 'retired_at'],
    hasIds: false,
  },
  { name: 'audit_witnesses', key: ['name'], columns: ['kind', 'settings', 'secret', 'created_at'], hasIds: false },
  {
    name: 'audit_forwarding',
    key: ['name'],
    // The secret is sealed in the database already.
    columns: ['is_enabled', 'target', 'secret', 'version', 'last_id', 'updated_at'],
    hasIds: false,
  },
  {
    name: 'login_providers',
    key: ['id'],
    // The secret is sealed in the database already.
    columns: ['kind', 'name', 'position', 'settings', 'secret', 'version', 'created_at', 'updated_at'],
    hasIds: false,
  },
  {
    name: 'external_identities',
    key: ['id'],
    columns: ['provider_id', 'issuer', 'subject', 'user_id', 'is_origin', 'created_at'],
    hasIds: true,
  },
  {
    name: 'cli_secrets',
    key: ['user_id'],
    columns: ['secret_hash', 'updated_at'],
    sealed: ['secret_hash'],
    hasIds: false,
  },
  // The password is sealed in the database already.
  {
    name: 'mail_settings',
    key: ['name'],
    columns: ['is_enabled', 'settings', 'password', 'updated_at'],
    hasIds: false,
  },
  ...RECOVERED_REMOTES,
  ...RECOVERED_SCANNERS,
];

/** What is not shipped, whole tables and columns, and why. A test compares both lists with the schema. */
export const NOT_RECOVERED: Readonly<Record<string, string>> = {
  uploads: 'open uploads end: clients begin them again',
  refresh_tokens: 'whoever holds one signs in again',
  sessions: 'people sign in again',
  sign_in_challenges: 'people sign in again',
  sign_ins_under_way: 'people sign in again',
  provider_grants: 'people sign in again',
  device_logins: 'people sign in again',
  'passkeys.last_used_at': 'it is noted again when it is used',
  spent_passkey_challenges: 'they are over before a database is rebuilt',
  wrong_codes: 'codes are counted anew',
  'totp_factors.last_step': 'the code of that time is over',
  'robots.previous_secret_hash': 'only the newest secret works',
  'robots.previous_secret_until': 'only the newest secret works',
  'robots.last_used_at': 'it is noted again when it is used',
  'access_tokens.last_used_at': 'it is noted again when it is used',
  mail_queue: 'what was not sent may have been, or tells of what is over',
  expiry_notices: 'somebody is told twice',
  account_links: 'who needs one asks for another',
  password_reset_requests: 'who needs a link asks again',
  collection_holds: 'a backup or an export that held the collector has ended',
  strays: 'the next sweeps find them again',
  job_executions: 'work in the background and its history begin anew',
  jobs: 'work in the background and its history begin anew',
  job_log: 'work in the background and its history begin anew',
  row_changes: 'what is not shipped yet',
  audit_state: 'the sequencer looks through the journal anew, and finds what it has',
  'audit_witnesses.delivered_size': 'a witness gets its checkpoints again',
  'audit_witnesses.delivered_at': 'a witness gets its checkpoints again',
  'audit_witnesses.failures': 'a witness gets its checkpoints again',
  'audit_witnesses.retry_at': 'a witness gets its checkpoints again',
  'audit_witnesses.error': 'a witness gets its checkpoints again',
  'audit_forwarding.gaps': 'entries that were not committed are not restored',
  'audit_forwarding.failures': 'the next try tells',
  'audit_forwarding.last_error': 'the next try tells',
  'audit_forwarding.failed_at': 'the next try tells',
  'audit_forwarding.retry_at': 'it is tried at once',
  'audit_forwarding.succeeded_at': 'the next try tells',
  'blobs.review_after': 'the collector looks at everything anew',
  'blobs.review_count': 'the collector looks at everything anew',
  'blobs.deleting_at': 'what is being removed is not restored',
  'repository_blobs.review_after': 'the collector looks at everything anew',
  'repository_blobs.held_until': 'every link is held for a push window',
  'manifests.held_until': 'every manifest that a policy may take is held for a push window',
  'manifest_descriptors.repository_id': 'that of its manifest',
  artifacts: 'the database makes them of manifests and tags, and they are described anew',
  manifest_configs: 'they are read again where they are asked for',
};

export function findRecoveredTable(name: string): RecoveredTable | undefined {
  return RECOVERED_TABLES.find((table) => table.name === name);
}
