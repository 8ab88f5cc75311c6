import type { Generated } from 'kysely';

export interface MailSchema {
  mail_settings: MailSettingsRow;
  mail_queue: MailQueueRow;
  account_links: AccountLinkRow;
  expiry_notices: ExpiryNoticeRow;
  password_reset_requests: PasswordResetRequestRow;
}

/** How the instance sends mail. */
export interface MailSettingsRow {
  name: string;
  is_enabled: number;
  /** JSON. */
  settings: string;
  /** Sealed. */
  password: Buffer | null;
  updated_at: number;
}

/** A mail that waits, or one that went out or was given up not long ago. */
export interface MailQueueRow {
  id: Generated<number>;
  /** What it tells; see `Notice`. */
  kind: string;
  user_id: number;
  address: string;
  /** The user's choice when it was queued; null: that of the settings. */
  language: string | null;
  /** JSON: what stands in it besides its link. */
  parameters: string;
  /** Whose secret stands in it; null: none. */
  link_id: string | null;
  /** `waiting`, `sent` or `failed` */
  status: string;
  attempts: Generated<number>;
  /** Not before this instant. */
  next_at: number;
  last_error: Generated<string | null>;
  created_at: number;
  /** When it was sent, or given up. */
  ended_at: Generated<number | null>;
}

/** What a link in a mail opens, once. */
export interface AccountLinkRow {
  id: string;
  user_id: number;
  /** `password-reset`, `invitation` or `address` */
  purpose: string;
  /** SHA-256 */
  token_hash: Buffer;
  /** Sealed, until the mail has gone; null from then on. */
  token: Buffer | null;
  /** Where the mail goes. */
  address: string;
  /** The user's when it was made: what ends sign-ins ends links. */
  token_epoch: number;
  created_at: number;
  expires_at: number;
}

/** Somebody says to have forgotten a password. Whether there is such an account is looked at later. */
export interface PasswordResetRequestRow {
  id: string;
  /** Sealed: what was typed may be anything, a password too. */
  identifier: Buffer;
  /** JSON: address, user agent and id of the request. */
  origin: string;
  created_at: number;
}

/** Somebody was told that something ends soon. */
export interface ExpiryNoticeRow {
  /** `access-token` or `robot` */
  subject_kind: string;
  subject_id: number;
  /** When it ends: what is prolonged is told of again. */
  expires_at: number;
  /** So many days before its end. */
  days: number;
}
