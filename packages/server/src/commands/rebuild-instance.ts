import { mkdtemp, rm } from 'node:fs/promises';
import path from 'node:path';
import { openBlobStorage } from '../blob-storages.ts';
import type { Config } from '../config/config.ts';
import { DEFAULT_COLLECTION_SETTINGS } from '../content/collection/collection-settings.ts';
import { locateInstance } from '../control-plane/instances/instance-location.ts';
import { openControlPlane } from '../control-plane.ts';
import { openInstanceAsItIs } from '../databases.ts';
import { INSTANCE_MIGRATIONS } from '../db/instance/migrations.ts';
import type { InstanceSchema } from '../db/instance/schema.ts';
import { migrateDatabase } from '../db/migrate.ts';
import type { Database } from '../drivers/database/database.ts';
import { holdDataFolder } from '../hold-data-folder.ts';
import { systemClock } from '../kernel/clock.ts';
import { systemIds } from '../kernel/ids.ts';
import { recordOperatorAct } from '../operations/audit-events/record-operator-act.ts';
import { isWhole, type RebuildReport, rebuildDatabase } from '../operations/recovery/rebuild/rebuild-database.ts';
import { createLearningEnvelope } from '../secrets/learning-envelope.ts';
import type { RebuildInput } from './admin-rebuild.ts';

/**
 * Restores the database of an instance from its blob storage, while no server of this machine runs. A dry run restores into an
 * SQLite file that is thrown away.
 * @throws ConfigurationError when a server has the data folder; what `rebuildDatabase` throws
 */
export async function rebuildInstance(config: Config, input: RebuildInput): Promise<RebuildReport> {
  const { instanceId, isDryRun, verify, lineage, onProgress } = input;
  // Refuses an id that is none.
  locateInstance(config.dataDir, instanceId);
  await using opened = new AsyncDisposableStack();
  if (!isDryRun) opened.adopt(holdDataFolder(config.dataDir), (lock) => lock.release());
  const controlPlane = opened.adopt(await openControlPlane(config, systemClock), (each) => each.close());
  const storage = opened.adopt(await openBlobStorage(config, instanceId), (each) => each.close());
  const database = isDryRun ? await openScratch(config, opened) : await openInstanceAsItIs(config, instanceId);
  opened.adopt(database, (each) => each.close());
  await migrateDatabase(database, INSTANCE_MIGRATIONS);
  const { reviewDelayMs, pushWindowMs } = { ...DEFAULT_COLLECTION_SETTINGS, ...config.collection };
  const report = await rebuildDatabase(
    {
      instanceId,
      database,
      storage,
      envelope: createLearningEnvelope(controlPlane.masterKeys.all, instanceId),
      clock: systemClock,
      ids: systemIds,
      reviewDelayMs,
      pushWindowMs,
      onProgress,
    },
    { verify, lineage },
  );
  const act = { kind: 'database.rebuilt', restoredTo: report.restoredTo, isWhole: isWhole(report) } as const;
  const told = { command: 'admin rebuild', act, now: systemClock.now() };
  await database.write((tx) => recordOperatorAct({ tx }, told));
  return report;
}

async function openScratch(config: Config, opened: AsyncDisposableStack): Promise<Database<InstanceSchema>> {
  const folder = await mkdtemp(path.join(config.dataDir, 'dry-run-'));
  opened.defer(() => rm(folder, { recursive: true, force: true }));
  const { openSqliteDatabase } = await import('../drivers/database/sqlite/sqlite-database.ts');
  return openSqliteDatabase<InstanceSchema>(path.join(folder, 'rebuilt.sqlite'));
}
