import type { Generated } from 'kysely';

export interface UserRow {
  id: Generated<number>;
  username: string;
  /** PHC string of argon2id; null for accounts that sign in elsewhere. */
  password_hash: string | null;
  is_administrator: number;
  /** Tokens issued before this epoch are refused. */
  token_epoch: number;
  /** Unique, whatever its case. */
  email: Generated<string | null>;
  real_name: Generated<string>;
  comment: Generated<string>;
  /** Since then the account is refused everywhere; null: it is not. */
  disabled_at: Generated<number | null>;
  /** 1: nothing but a new password is taken from it. */
  must_change_password: Generated<number>;
  /** 1: a password alone opens nothing. */
  has_second_factor: Generated<number>;
  /** Of mails: `en` or `fr`; null: that of the instance. */
  language: Generated<string | null>;
  /** 0: mails about anything but the safety of the account are not sent. */
  wants_notices: Generated<number>;
  /** 1: an administrator has set the address, or its owner has shown that mail arrives there. */
  is_email_trusted: Generated<number>;
  created_at: number;
  updated_at: number;
}

export interface UserGroupRow {
  id: Generated<number>;
  name: string;
  /** `internal`: its members are set here; `ldap` and `oidc`: by the provider, at each sign-in. */
  kind: string;
  /** What the provider calls it; null for internal ones. */
  external_name: string | null;
  created_at: number;
  updated_at: number;
}

export interface UserGroupMemberRow {
  group_id: number;
  user_id: number;
}

export interface CustomRoleRow {
  id: Generated<number>;
  name: string;
  description: string;
  /** JSON: `resource:action` of project resources, sorted. */
  permissions: string;
  created_at: number;
  updated_at: number;
}

/** A role of a user or of a group in a project; exactly one of `user_id` and `group_id` is set. */
export interface ProjectMemberRow {
  id: Generated<number>;
  project_id: number;
  user_id: number | null;
  group_id: number | null;
  /** The name of one of Harbor's five, or `custom:<id>`. */
  role: string;
  /** A pattern of repositories, without the project; empty: the whole project. */
  repositories: string;
  created_at: number;
  updated_at: number;
}

export interface RobotRow {
  id: Generated<number>;
  /** Without the prefix: `ci` of the system, `library+ci` of a project. */
  full_name: string;
  /** Null at the level of the system. */
  project_id: number | null;
  description: string;
  /** `sha256:<hex>` of a random secret, the PHC string of one that somebody chose; null: it was lost, and none works. */
  secret_hash: string | null;
  /** The secret before, while both work. */
  previous_secret_hash: string | null;
  previous_secret_until: number | null;
  /** -1: for ever. */
  duration_days: number;
  expires_at: number | null;
  disabled_at: number | null;
  /** JSON, see `PermissionBlock`. */
  permissions: string;
  /** Tokens issued before this epoch are refused. */
  epoch: number;
  /** The key of the principal that made it. */
  created_by: string;
  last_used_at: number | null;
  created_at: number;
  updated_at: number;
}

/** A user's own password for a tool. It may do what the user may, within `permissions` if there are any. */
export interface AccessTokenRow {
  id: Generated<number>;
  user_id: number;
  name: string;
  /** SHA-256 */
  token_hash: Buffer;
  /** JSON, see `PermissionBlock`; null: everything that the user may. */
  permissions: string | null;
  expires_at: number | null;
  last_used_at: number | null;
  created_at: number;
}

/** A browser that is signed in. */
export interface SessionRow {
  /** For lists; the cookie holds another secret. */
  id: string;
  /** SHA-256 of what the cookie holds. */
  token_hash: Buffer;
  user_id: number;
  token_epoch: number;
  address: string;
  user_agent: string;
  created_at: number;
  last_used_at: number;
  expires_at: number;
  /** The login provider that it was opened by; null: it was a password here. */
  provider_id: string | null;
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
