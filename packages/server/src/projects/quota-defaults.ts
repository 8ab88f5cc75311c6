import type { Kysely } from 'kysely';
import type { InstanceSchema } from '../db/instance/schema.ts';

/** What an instance's administrators decide about the storage of projects. */
export interface QuotaDefaults {
  /** Whether limits of projects hold at all. */
  readonly isOn: boolean;
  /** The limit that a project gets when it is made, in bytes; -1: none. */
  readonly storageBytes: number;
}

/** The row of the settings. */
export const QUOTA_SETTING = 'quota';

const NO_LIMIT: QuotaDefaults = { isOn: true, storageBytes: -1 };

export async function readQuotaDefaults(db: Kysely<InstanceSchema>): Promise<QuotaDefaults> {
  const row = await db.selectFrom('settings').select('value').where('name', '=', QUOTA_SETTING).executeTakeFirst();
  return row === undefined ? NO_LIMIT : { ...NO_LIMIT, ...(JSON.parse(row.value) as Partial<QuotaDefaults>) };
}

/** A part of the making of a project. @param storageBytes undefined: what is said for new projects */
export async function applyQuota(
  tx: Kysely<InstanceSchema>,
  input: { readonly projectId: number; readonly storageBytes: number | undefined; readonly now: number },
): Promise<void> {
  const { projectId, now } = input;
  const storageBytes = input.storageBytes ?? (await readQuotaDefaults(tx)).storageBytes;
  if (storageBytes < 0) return;
  await tx
    .insertInto('project_quotas')
    .values({ project_id: projectId, storage_bytes: storageBytes, created_at: now, updated_at: now })
    .execute();
}
