import { rm } from 'node:fs/promises';
import { type BlobsConfig, openBlobStorage } from '../blob-storages.ts';
import type { InstanceData } from '../control-plane/instances/destroy-instance.ts';
import { locateInstance } from '../control-plane/instances/instance-location.ts';
import type { DatabaseConfig } from '../databases.ts';

const CONNECT_TIMEOUT_MS = 5_000;

/** Removes what an instance has on this machine, in this database and in this blob storage. */
export function createInstanceData(config: DatabaseConfig & BlobsConfig): InstanceData {
  const { dataDir, databaseUrl } = config;
  return {
    async dropDatabase(id) {
      const { sqliteFile, postgresSchema } = locateInstance(dataDir, id);
      if (databaseUrl === undefined) {
        for (const suffix of ['', '-wal', '-shm']) await rm(`${sqliteFile}${suffix}`, { force: true });
        return;
      }
      const { dropPostgresSchema } = await import('../drivers/database/postgres/postgres-database.ts');
      const connection = { maxConnections: 1, connectTimeoutMs: CONNECT_TIMEOUT_MS };
      await dropPostgresSchema({ url: databaseUrl, schema: postgresSchema, ...connection });
    },
    async deleteBlobs(id) {
      const storage = await openBlobStorage(config, id);
      try {
        await storage.destroy();
      } finally {
        await storage.close();
      }
    },
    // The instance's keys were sealed in its database and went with it; the folder is the last trace.
    async destroyKeys(id) {
      await rm(locateInstance(dataDir, id).folder, { recursive: true, force: true });
    },
  };
}
