import type { Generated } from 'kysely';

/** The tables of where people sign in besides here. */
export interface ProviderSchema {
  login_providers: LoginProviderRow;
  external_identities: ExternalIdentityRow;
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
