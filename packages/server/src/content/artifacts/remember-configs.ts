import type { InstanceTransaction } from '../../db/instance/instance-database.ts';

export interface RememberConfigsInput {
  readonly configs: readonly { readonly manifestId: number; readonly attributes: string }[];
}

/** Keeps what was read of configs, so that no list reads them again. Manifests that are gone meanwhile are left out. */
export async function rememberConfigs(
  { tx, capabilities }: InstanceTransaction,
  { configs }: RememberConfigsInput,
): Promise<void> {
  const ids = configs.map(({ manifestId }) => manifestId);
  const query = tx.selectFrom('manifests').select('id').where('id', 'in', ids).orderBy('id');
  const there = new Set((await (capabilities.rowLocks ? query.forKeyShare() : query).execute()).map(({ id }) => id));
  const values = configs
    .filter(({ manifestId }) => there.has(manifestId))
    .map(({ manifestId, attributes }) => ({ manifest_id: manifestId, attributes }));
  if (values.length === 0) return;
  await tx
    .insertInto('manifest_configs')
    .values(values)
    .onConflict((conflict) => conflict.column('manifest_id').doNothing())
    .execute();
}
