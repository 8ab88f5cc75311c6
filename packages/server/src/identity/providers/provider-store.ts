import type { Kysely } from 'kysely';
import type { LoginProviderRow } from '../../db/instance/provider-rows.ts';
import type { InstanceSchema } from '../../db/instance/schema.ts';
import type { LoginProvider, ProviderKind } from './login-provider.ts';

/** In the order in which people see them. */
export async function listProviderRows(reader: Kysely<InstanceSchema>): Promise<readonly LoginProviderRow[]> {
  return reader.selectFrom('login_providers').selectAll().orderBy('position').orderBy('name').execute();
}

export async function findProviderRow(
  reader: Kysely<InstanceSchema>,
  id: string,
): Promise<LoginProviderRow | undefined> {
  return reader.selectFrom('login_providers').selectAll().where('id', '=', id).executeTakeFirst();
}

export function toLoginProvider(row: LoginProviderRow): LoginProvider {
  return {
    ...({ kind: row.kind, settings: readSettings(row) } as ProviderKind),
    id: row.id,
    name: row.name,
    position: row.position,
    hasSecret: row.secret !== null,
    version: row.version,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}

function readSettings({ kind, settings }: LoginProviderRow): unknown {
  // Rows from before there were parameters have none.
  return { ...(kind === 'oidc' && { extraParameters: {} }), ...(JSON.parse(settings) as object) };
}
