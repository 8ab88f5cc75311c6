import type { InstanceSchema } from '../db/instance/schema.ts';

/** A column whose values are sealed, each at the place `table|key|column`. */
export interface SealedColumn {
  readonly table: keyof InstanceSchema & string;
  /** The column that names a row. */
  readonly key: string;
  readonly column: string;
}

/** Every sealed column: a rotation seals their values anew. */
export const SEALED_COLUMNS: readonly SealedColumn[] = [
  { table: 'signing_keys', key: 'id', column: 'private_jwk' },
  { table: 'audit_forwarding', key: 'name', column: 'secret' },
  { table: 'login_providers', key: 'id', column: 'secret' },
  { table: 'provider_grants', key: 'user_id', column: 'refresh_token' },
  { table: 'audit_keys', key: 'id', column: 'private_key' },
  { table: 'mail_settings', key: 'name', column: 'password' },
  { table: 'account_links', key: 'id', column: 'token' },
  { table: 'password_reset_requests', key: 'id', column: 'identifier' },
  { table: 'audit_witnesses', key: 'name', column: 'secret' },
  { table: 'remote_registries', key: 'secret_id', column: 'access_secret' },
  { table: 'scanners', key: 'uuid', column: 'access_credential' },
  { table: 'webhook_policies', key: 'secret_id', column: 'auth_headers' },
  { table: 'totp_factors', key: 'user_id', column: 'secret' },
];

export function placeOf({ table, column }: SealedColumn, key: string | number): string {
  return `${table}|${key}|${column}`;
}
