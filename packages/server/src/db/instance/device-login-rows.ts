import type { Generated } from 'kysely';

/** A program without a browser that waits for somebody to let it in with one (RFC 8628). */
export interface DeviceLoginRow {
  id: Generated<number>;
  /** SHA-256 of what the program shows when it asks. */
  device_code_hash: Buffer;
  /** SHA-256 of what its user types into the page. */
  user_code_hash: Buffer;
  /** What the program calls its machine. */
  client_name: string;
  address: string;
  /** The network that the address is of, as throttles count it. */
  network: string;
  user_agent: string;
  created_at: number;
  expires_at: number;
  /** How long it waits between two questions; grows with each that comes too soon. */
  interval_ms: number;
  last_polled_at: number | null;
  /** `waiting`, `approved`, `denied`. */
  state: string;
  /** Whose token it gets, once approved. */
  user_id: number | null;
  /** The user's, when it was approved. */
  token_epoch: number | null;
}
