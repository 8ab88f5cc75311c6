import type { Generated } from 'kysely';

/**
 * The tables of one instance. Ids are 64-bit integers, digests are bytes (algorithm, then hash), instants are integer
 * milliseconds UTC, booleans are 0 or 1, JSON is text: the same on every engine.
 */
export interface InstanceSchema {
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
  journal: JournalRow;
  users: UserRow;
  signing_keys: SigningKeyRow;
  refresh_tokens: RefreshTokenRow;
}

export interface SettingRow {
  name: string;
  value: string;
}

export interface ProjectRow {
  id: Generated<number>;
  name: string;
  is_public: number;
  owner_id: number;
  created_at: number;
  updated_at: number;
}

export interface RepositoryRow {
  id: Generated<number>;
  project_id: number;
  /** The full name, project included. */
  name: string;
  created_at: number;
  updated_at: number;
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
}

export interface BlobDigestRow {
  digest: Buffer;
  blob_id: number;
}

export interface RepositoryBlobRow {
  repository_id: number;
  blob_id: number;
  linked_at: number;
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
}

export interface ManifestDescriptorRow {
  manifest_id: number;
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

export interface UserRow {
  id: Generated<number>;
  username: string;
  /** PHC string of argon2id; null for accounts that sign in elsewhere. */
  password_hash: string | null;
  is_administrator: number;
  /** Tokens issued before this epoch are refused. */
  token_epoch: number;
  created_at: number;
  updated_at: number;
}

export interface SigningKeyRow {
  id: string;
  public_jwk: string;
  private_jwk: Buffer;
  created_at: number;
  /** From then on it signs nothing new. */
  retired_at: number | null;
  /** From then on its tokens are refused. */
  expires_at: number | null;
}

export interface RefreshTokenRow {
  id: string;
  token_hash: Buffer;
  user_id: number;
  token_epoch: number;
  client_id: string;
  created_at: number;
  expires_at: number;
}
