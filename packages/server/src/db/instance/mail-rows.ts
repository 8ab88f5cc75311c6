import type { Generated } from 'kysely';

export interface MailSchema {
  mail_settings: MailSettingsRow;
  mail_queue: MailQueueRow;
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
