import { type DatabaseConfig, openInstanceDatabase } from '../databases.ts';
import type { WritableInstanceDatabase } from '../db/instance/instance-database.ts';
import { endLeases } from '../jobs/end-leases.ts';
import type { Clock } from '../kernel/clock.ts';

/**
 * Opens the SQLite file of an instance where its one writer is. The server holds the data folder, so whoever has a lease on
 * one of its jobs is a process that died with an earlier server.
 */
export async function openWrittenDatabase(
  config: DatabaseConfig,
  instance: string,
  clock: Clock,
): Promise<WritableInstanceDatabase> {
  const database = await openInstanceDatabase(config, instance);
  try {
    await database.execute(endLeases, { now: clock.now() });
    return database;
  } catch (error) {
    await database.close();
    throw error;
  }
}
