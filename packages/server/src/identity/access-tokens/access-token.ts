import type { AccessTokenRow } from '../../db/instance/access-rows.ts';
import type { PermissionBlock } from '../../kernel/permission.ts';
import type { Principal } from '../../kernel/principal.ts';

/** A user's own password for a tool. */
export interface AccessToken {
  readonly id: number;
  readonly userId: number;
  readonly name: string;
  /** What bounds it; undefined: it may do whatever its owner may. */
  readonly permissions: readonly PermissionBlock[] | undefined;
  readonly expiresAt: number | undefined;
  readonly lastUsedAt: number | undefined;
  readonly createdAt: number;
}

/** An access token as a principal, with its owner's epoch when it was shown. */
export type AccessTokenPrincipal = Extract<Principal, { readonly kind: 'access-token' }> & {
  readonly tokenEpoch: number;
};

export const ACCESS_TOKEN_COLUMNS = [
  'id',
  'user_id',
  'name',
  'permissions',
  'expires_at',
  'last_used_at',
  'created_at',
] as const;

export type SelectedAccessToken = Omit<AccessTokenRow, 'id' | 'token_hash'> & { readonly id: number };

export function toAccessToken(row: SelectedAccessToken): AccessToken {
  return {
    id: row.id,
    userId: row.user_id,
    name: row.name,
    permissions: row.permissions === null ? undefined : (JSON.parse(row.permissions) as PermissionBlock[]),
    expiresAt: row.expires_at ?? undefined,
    lastUsedAt: row.last_used_at ?? undefined,
    createdAt: row.created_at,
  };
}
