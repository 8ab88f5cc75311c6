import type { Generated } from 'kysely';

/** What an authenticator app shares with the server. */
export interface TotpFactorRow {
  user_id: number;
  /** Sealed. */
  secret: Buffer;
  created_at: number;
  /** Null: no code has shown yet that the app has the secret. */
  confirmed_at: number | null;
  /** The time step (RFC 6238 § 4.2) of the last code that was taken: it and those before it are over. */
  last_step: Generated<number>;
}

export interface RecoveryCodeRow {
  id: Generated<number>;
  user_id: number;
  /** SHA-256 in hexadecimal. */
  code_hash: string;
}

/** A password was right, and the second factor is waited for. */
export interface SignInChallengeRow {
  /** SHA-256 */
  token_hash: Buffer;
  user_id: number;
  /** The user's, when the password was checked. */
  token_epoch: number;
  failures: Generated<number>;
  expires_at: number;
}
