import type { Kysely } from 'kysely';
import type { InstanceSchema } from '../db/instance/schema.ts';

/**
 * The keys of an instance stand in its settings, each wrapped by a master key, so that they go wherever its rows go: into backups, into
 * another engine, into the records from which a lost database is rebuilt.
 */
export const SECRET_KEY_PREFIX = 'secrets.key.';
/** Names the key that seals. */
export const CURRENT_KEY_SETTING = 'secrets.current';

export interface SecretKeyRow {
  readonly id: string;
  /** `wrapKey` made it. */
  readonly wrapped: string;
}

export interface CurrentKey {
  readonly id: string;
  /** Not everything is sealed by it yet. */
  readonly isResealing: boolean;
}

export interface SecretKeyRows {
  readonly keys: readonly SecretKeyRow[];
  readonly current: CurrentKey | undefined;
}

export async function readSecretKeyRows(db: Kysely<InstanceSchema>): Promise<SecretKeyRows> {
  const rows = await db
    .selectFrom('settings')
    .select(['name', 'value'])
    .where('name', '>=', 'secrets.')
    .where('name', '<', 'secrets/')
    .execute();
  const current = rows.find(({ name }) => name === CURRENT_KEY_SETTING);
  return {
    keys: rows.flatMap(({ name, value }) => {
      const id = secretKeyIdOf(name);
      return id === undefined ? [] : [{ id, wrapped: value }];
    }),
    current: current === undefined ? undefined : (JSON.parse(current.value) as CurrentKey),
  };
}

/** @returns undefined for a setting that is no key */
export function secretKeyIdOf(settingName: string): string | undefined {
  return settingName.startsWith(SECRET_KEY_PREFIX) ? settingName.slice(SECRET_KEY_PREFIX.length) : undefined;
}

export async function putSetting(tx: Kysely<InstanceSchema>, name: string, value: string): Promise<void> {
  await tx
    .insertInto('settings')
    .values({ name, value })
    .onConflict((conflict) => conflict.column('name').doUpdateSet({ value }))
    .execute();
}
