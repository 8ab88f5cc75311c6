import type { PasskeyRow } from '../../db/instance/passkey-rows.ts';

/** A passkey as its owner sees it. */
export interface Passkey {
  readonly id: number;
  readonly name: string;
  /** The host that it signs in to. */
  readonly host: string;
  /** Whether it may be on several devices. */
  readonly isSynced: boolean;
  readonly createdAt: number;
  /** Milliseconds UTC; null: never. */
  readonly lastUsedAt: number | null;
}

export const PASSKEY_COLUMNS = ['id', 'name', 'rp_id', 'is_backed_up', 'created_at', 'last_used_at'] as const;

export function toPasskey(
  row: Pick<PasskeyRow, Exclude<(typeof PASSKEY_COLUMNS)[number], 'id'>> & { id: number },
): Passkey {
  return {
    id: row.id,
    name: row.name,
    host: row.rp_id,
    isSynced: row.is_backed_up !== 0,
    createdAt: row.created_at,
    lastUsedAt: row.last_used_at,
  };
}
