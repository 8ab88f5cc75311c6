import type { Generated } from 'kysely';

/** The tables of where people sign in besides here. */
export interface ProviderSchema {
  login_providers: LoginProviderRow;
  external_identities: ExternalIdentityRow;
  sign_ins_under_way: SignInUnderWayRow;
  cli_secrets: CliSecretRow;
}

export interface LoginProviderRow {
  id: string;
  /** `oidc` or `ldap`. */
  kind: string;
  name: string;
  /** The lowest comes first. */
  position: number;
  /** JSON. */
  settings: string;
  /** Sealed; null: there is none. */
  secret: Buffer | null;
  /** Rises with each change. */
  version: number;
  created_at: number;
  updated_at: number;
}

/** Who somebody is at a provider: the only way from there to an account. */
export interface ExternalIdentityRow {
  id: Generated<number>;
  provider_id: string;
  issuer: string;
  subject: string;
  user_id: number;
  /** 1: the account was made by it; 0: its user has added it. */
  is_origin: number;
  created_at: number;
}

/** Somebody is signing in at a provider, or has come back from there and chooses a name. */
export interface SignInUnderWayRow {
  /** SHA-256 of what names it. */
  key_hash: Buffer;
  /** SHA-256 of what only the browser has that began it. */
  browser_hash: Buffer;
  provider_id: string;
  /** The provider's when it was begun. */
  provider_version: number;
  /** `provider` or `name`. */
  stage: string;
  /** JSON. */
  detail: string;
  expires_at: number;
}

/** What somebody who signs in at a provider uses as a password where there is no browser. */
export interface CliSecretRow {
  user_id: number;
  /** A PHC string. */
  secret_hash: string;
  updated_at: number;
}
