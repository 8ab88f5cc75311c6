import type { Kysely } from 'kysely';
import type { InstanceSchema } from '../../db/instance/schema.ts';
import type { Metadata, MetadataKey } from './metadata-keys.ts';

/** null: the key goes. */
export type MetadataChange = Readonly<Partial<Record<MetadataKey, string | null>>>;

/** A part of a change of a project. @returns what was there of these keys */
export async function writeMetadata(
  tx: Kysely<InstanceSchema>,
  projectId: number,
  change: MetadataChange,
): Promise<Metadata> {
  const names = Object.keys(change);
  if (names.length === 0) return {};
  const rows = await tx
    .selectFrom('project_metadata')
    .select(['name', 'value'])
    .where('project_id', '=', projectId)
    .where('name', 'in', names)
    .execute();
  for (const [name, value] of Object.entries(change)) {
    if (value === null) {
      await tx.deleteFrom('project_metadata').where('project_id', '=', projectId).where('name', '=', name).execute();
    } else {
      await tx
        .insertInto('project_metadata')
        .values({ project_id: projectId, name, value })
        .onConflict((conflict) => conflict.columns(['project_id', 'name']).doUpdateSet({ value }))
        .execute();
    }
  }
  return Object.fromEntries(rows.map(({ name, value }) => [name, value]));
}
