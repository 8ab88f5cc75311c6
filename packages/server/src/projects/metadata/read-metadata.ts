import type { Kysely } from 'kysely';
import type { InstanceSchema } from '../../db/instance/schema.ts';
import type { Metadata } from './metadata-keys.ts';

/** One query, however many projects. Those that have none are not in it. */
export async function readMetadata(
  reader: Kysely<InstanceSchema>,
  projectIds: readonly number[],
): Promise<ReadonlyMap<number, Metadata>> {
  if (projectIds.length === 0) return new Map();
  const rows = await reader
    .selectFrom('project_metadata')
    .selectAll()
    .where('project_id', 'in', [...projectIds])
    .orderBy('name')
    .execute();
  const found = new Map<number, Record<string, string>>();
  for (const { project_id: id, name, value } of rows) {
    const metadata = found.get(id) ?? {};
    found.set(id, metadata);
    metadata[name] = value;
  }
  return found;
}
