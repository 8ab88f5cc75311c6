import type { Generated } from 'kysely';

/** Whom a project tells of what happens in it. */
export interface WebhookPolicyRow {
  id: Generated<number>;
  project_id: number;
  name: string;
  description: string;
  /** JSON, see `WebhookTarget`. */
  targets: string;
  /** JSON: a list of names. */
  event_types: string;
  is_enabled: number;
  /** The name of who made it. */
  creator: string;
  /** Names the place of the sealed headers: they are sealed before the row has an id. */
  secret_id: string;
  /** Sealed JSON: the header of each target in turn, empty where it has none. */
  auth_headers: Buffer | null;
  /** Rises with each change. */
  version: number;
  created_at: number;
  updated_at: number;
}

export interface WebhookSchema {
  webhook_policies: WebhookPolicyRow;
}
