import type { Kysely } from 'kysely';
import type { InstanceSchema } from '../../db/instance/schema.ts';
import type { ShownMetadata } from './metadata-keys.ts';

/** Two queries, however many projects. Those that have none are not in it. */
export async function readMetadata(
  reader: Kysely<InstanceSchema>,
  projectIds: readonly number[],
): Promise<ReadonlyMap<number, ShownMetadata>> {
  if (projectIds.length === 0) return new Map();
  const rows = await reader
    .selectFrom('project_metadata')
    .selectAll()
    .where('project_id', 'in', [...projectIds])
    .orderBy('name')
    .execute();
  const found = new Map<number, Record<string, string>>();
  const add = (id: number, name: string, value: string) => {
    const metadata = found.get(id) ?? {};
    found.set(id, metadata);
    metadata[name] = value;
  };
  for (const { project_id: id, name, value } of rows) add(id, name, value);
  const policies = await reader
    .selectFrom('retention_policies')
    .select(['project_id', 'id'])
    .where('project_id', 'in', [...projectIds])
    .execute();
  for (const { project_id: projectId, id } of policies) add(projectId, 'retention_id', String(id));
  return found;
}
