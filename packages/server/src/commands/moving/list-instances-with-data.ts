import { existsSync } from 'node:fs';
import { sql } from 'kysely';
import type { Config } from '../../config/config.ts';
import { DEFAULT_INSTANCE_ID } from '../../control-plane/instances/instance-id.ts';
import { locateInstance } from '../../control-plane/instances/instance-location.ts';
import type { ControlPlaneSchema } from '../../db/control-plane/schema.ts';
import type { Database } from '../../drivers/database/database.ts';
import { ProductError } from '../../kernel/errors.ts';

/**
 * Ids of the instances that have a database, `main` also where it has no row: others may have been made beside it.
 * @throws ProductError CONFLICT while one is being destroyed: half of it is gone
 */
export async function listInstancesWithData(
  config: Pick<Config, 'dataDir' | 'databaseUrl'>,
  { reader }: Database<ControlPlaneSchema>,
): Promise<readonly string[]> {
  const rows = await reader.selectFrom('instances').select(['id', 'state']).orderBy('id').execute();
  const destroying = rows.find((row) => row.state !== 'active');
  if (destroying !== undefined) {
    const { id } = destroying;
    throw new ProductError(
      'CONFLICT',
      `the instance ${id} is being destroyed: run \`roadstead admin instance destroy ${id} --yes\` to its end first`,
    );
  }
  const ids = [...new Set([...rows.map((row) => row.id), DEFAULT_INSTANCE_ID])].toSorted();
  if (config.databaseUrl === undefined) {
    return ids.filter((id) => existsSync(locateInstance(config.dataDir, id).sqliteFile));
  }
  const { rows: schemas } = await sql<{ nspname: string }>`select nspname from pg_namespace`.execute(reader);
  const names = new Set(schemas.map((row) => row.nspname));
  return ids.filter((id) => names.has(locateInstance(config.dataDir, id).postgresSchema));
}
