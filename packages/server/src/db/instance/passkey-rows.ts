import type { Generated } from 'kysely';

/** A key of an account whose private half an authenticator holds (WebAuthn). */
export interface PasskeyRow {
  id: Generated<number>;
  user_id: number;
  /** In base64url, as browsers send it. */
  credential_id: string;
  /** The host that it was made for: it signs for no other. */
  rp_id: string;
  /** As the authenticator gave it (COSE, RFC 9052). */
  public_key: Buffer;
  /** Of its signatures; authenticators that keep none say 0 for ever. */
  counter: number;
  /** JSON: how a browser reaches the authenticator, as it says itself. */
  transports: string;
  name: string;
  /** 1: it may be copied to the owner's other devices. */
  is_backup_eligible: number;
  /** 1: it was, when it was used last. */
  is_backed_up: number;
  created_at: number;
  last_used_at: number | null;
}

/** A challenge that a passkey has signed, until it is over by itself: none is taken twice. */
export interface SpentPasskeyChallengeRow {
  /** SHA-256 */
  challenge_hash: Buffer;
  expires_at: number;
}

/** Wrong codes of an account's authenticator app, wherever they came from. */
export interface WrongCodeRow {
  user_id: number;
  /** When the first of them came. */
  since: number;
  count: number;
}
